"""Admins learn that a CRM no longer lets us in: once, when it begins, and before it where that can be known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select

from agents.crm.alarms import tell_of_endings
from agents.crm.systems import Systems
from bot.app import App
from bot.jobs import Job
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.crm import Connection
from infra.spine.database import Database
from infra.spine.models import Notice, User
from integrations.connectors.tokens import Grant
from integrations.hubspot.oauth import endpoint
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.fakes.hubspot import FakeHubSpot


@pytest.fixture
def portal() -> Iterator[FakeHubSpot]:
    """An empty portal."""
    with FakeHubSpot() as made:
        yield made
    assert made.breaches == []


@pytest.fixture
def app(home: Path, portal: FakeHubSpot) -> Iterator[App]:
    """An app that was connected by consent, with an admin and a rep."""
    settings = Settings(
        home=home,
        hubspot_base_url=portal.url,
        hubspot_client_id="id",
        hubspot_client_secret="secret",
        hubspot_token_url=f"{portal.url}/oauth/v1/token",
    )
    database = Database(settings.spine_url)
    database.migrate()
    database.close()
    made = App(settings, clock=FixedClock(NOW))
    _people(made.database)
    made.crm.systems.keep("hubspot", Grant("good", portal.refresh_token))
    yield made
    made.close()


def _people(database: Database) -> None:
    with database.transaction() as session:
        for name, role in (("ines", "admin"), ("dana", "rep")):
            session.add(User(id=name, name=name.title(), name_key=name, email=f"{name}@ours.example", role=role, active=True, source="t", source_at=NOW))  # fmt: skip


def _told(database: Database) -> list[tuple[str, str]]:
    with database.session() as session:
        rows = session.scalars(select(Notice).order_by(Notice.created_at, Notice.key)).all()
        return [(one.user_id, str(one.payload["headline"])) for one in rows]


def test_a_refused_token_is_told_of_once_and_again_only_after_it_was_mended(app: App, portal: FakeHubSpot) -> None:
    good, refreshed = set(portal.tokens), portal.refresh_token
    assert app.crm.read("hubspot", Job())["streams"]
    out = ("ines", "HubSpot no longer lets us in.")
    for day in range(3):
        app.clock = app.crm.systems._clock = FixedClock(NOW + timedelta(days=day))
        portal.tokens, portal.refresh_token = set(), "another"
        with pytest.raises(Fatal, match="no longer takes our token"):
            app.crm.read("hubspot", Job())
    assert _told(app.database) == [out]
    portal.tokens, portal.refresh_token = good, refreshed
    app.crm.read("hubspot", Job())
    with app.database.session() as session:
        assert session.get_one(Connection, "hubspot").state == "connected"
    portal.tokens, portal.refresh_token = set(), "another"
    with pytest.raises(Fatal):
        app.crm.read("hubspot", Job())
    assert _told(app.database) == [out, out]


def test_another_secret_of_the_client_is_named_as_what_it_is(app: App, portal: FakeHubSpot) -> None:
    portal.tokens = set()
    portal.client_secret = "rotated"
    with pytest.raises(Fatal, match="client id and secret"):
        app.crm.read("hubspot", Job())
    ended = {"grant_type": "refresh_token", "refresh_token": "ended"}
    ours = {"client_id": "id", "client_secret": portal.client_secret}
    assert endpoint(f"{portal.url}/oauth/v1/token").granted(ours | ended) is None


def test_a_permission_that_ends_is_told_of_a_week_before(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(_key_with_certificate(NOW + timedelta(days=20)))
    by_key = {"salesforce_client_id": "id", "salesforce_username": "crm@ours.example", "salesforce_key_file": key}
    systems = Systems(sqlite_database, settings.model_copy(update=by_key), FixedClock(NOW))
    systems.open("salesforce").close()
    systems.keep("hubspot", Grant("good", "refresh", lasts_s=40 * 86_400), by=None)
    _people(sqlite_database)
    for days in (1, 12, 14, 15, 30, 34):
        with sqlite_database.transaction() as session:
            tell_of_endings(session, NOW + timedelta(days=days))
    assert _told(sqlite_database) == [
        ("ines", "The permission for Salesforce ends soon."),
        ("ines", "The permission for HubSpot ends soon."),
    ]


def _key_with_certificate(ends: datetime) -> bytes:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dealwright")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    encoding, none = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, none)
    return private + made.public_bytes(encoding)
