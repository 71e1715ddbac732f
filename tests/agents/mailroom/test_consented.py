"""Mailboxes and calendars that a consent connected: what their reading leaves in the spine, renewed tokens, and permissions that end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from agents.freshness import freshness_of
from agents.guard.carriers import Carriers
from agents.mailroom.boxes import NewBox, connect
from agents.mailroom.mailroom import Mailroom
from agents.mailroom.syncing import Syncing
from infra.errors import Fatal, Retriable
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Mailbox, Notice
from infra.spine.scope import EVERYTHING
from integrations.mailboxes.source import Secret
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.fakes.calendar_apis import FakeGoogleCalendar, FakeGraphCalendar
from tests.fakes.mail_apis import FakeGmail, _Server
from tests.integrations.test_calendars import event, item


@pytest.fixture
def sealer(settings: Settings) -> Sealer:
    return Sealer(settings)


@pytest.fixture
def syncing(filled: Database, settings: Settings, clock: FixedClock, mailroom: Mailroom, sealer: Sealer) -> Syncing:
    return Syncing(filled, settings, clock, mailroom, sealer=sealer)


@pytest.fixture
def google_cal() -> Iterator[FakeGoogleCalendar]:
    with FakeGoogleCalendar() as server:
        yield server


def box(
    database: Database, sealer: Sealer, server: _Server, kind: str, secret: Secret, *, now: datetime = NOW, ends_at: datetime | None = None
) -> str:  # fmt: skip
    config = {"base_url": server.url, "token_url": f"{server.url}/token"}
    with database.transaction() as session:
        new = NewBox("sam", kind, "sam@ours.example", config, secret, ends_at)
        return connect(session, sealer, new, surface="web", now=now)


def meetings(database: Database) -> dict[str | None, str]:
    with database.session() as session:
        found = session.scalars(select(Activity).where(Activity.kind == "meeting"))
        return {one.subject: one.status for one in found}


def inside(identity: str, **more: Any) -> dict[str, Any]:
    return event(identity, **more) | {"attendees": [{"email": "pat@ours.example"}]}


def test_googles_meetings_with_buyers_come_in_and_private_and_internal_ones_stay_out(
    filled: Database, sealer: Sealer, syncing: Syncing, google_cal: FakeGoogleCalendar
) -> None:
    google_cal.put(event("demo"))
    google_cal.put(event("call", "2026-11-20T10:00:00+00:00"))
    google_cal.put(event("secret", visibility="private"))
    google_cal.put(inside("standup"))
    identity = box(filled, sealer, google_cal, "google_cal", Secret(access_token="good"))
    tally = syncing.sync(identity)
    assert (tally.read, tally.activities, tally.left_out) == (4, 2, 2)
    assert meetings(filled) == {"demo": "booked", "call": "done"}
    assert syncing.sync(identity).read == 0


def test_a_change_adds_and_calls_off_without_touching_the_rest(
    filled: Database, sealer: Sealer, syncing: Syncing, google_cal: FakeGoogleCalendar
) -> None:
    for name in ("demo", "review", "pricing", "kickoff"):
        google_cal.put(event(name))
    identity = box(filled, sealer, google_cal, "google_cal", Secret(access_token="good"))
    syncing.sync(identity)
    google_cal.put(event("new"))
    google_cal.put(event("review", visibility="private"))
    google_cal.put(inside("pricing"))
    syncing.sync(identity)
    expected = {"demo": "booked", "review": "cancelled", "pricing": "cancelled", "kickoff": "booked", "new": "booked"}
    assert meetings(filled) == expected
    google_cal.remove("demo")
    syncing.sync(identity)
    assert meetings(filled) == expected | {"demo": "cancelled"}


def test_microsofts_meetings_come_in_and_what_vanishes_is_called_off(
    filled: Database, sealer: Sealer, syncing: Syncing
) -> None:
    with FakeGraphCalendar() as server:
        server.put(item("demo"))
        server.put(item("secret", sensitivity="private"))
        server.put(item("review"))
        identity = box(filled, sealer, server, "graph_cal", Secret(access_token="good"))
        syncing.sync(identity)
        assert meetings(filled) == {"demo": "booked", "review": "booked"}
        server.remove("demo")
        syncing.sync(identity)
        assert meetings(filled) == {"demo": "cancelled", "review": "booked"}


def test_renewed_tokens_are_kept_sealed(filled: Database, sealer: Sealer, syncing: Syncing) -> None:
    with FakeGmail() as server:
        identity = box(filled, sealer, server, "gmail", Secret(access_token="old", refresh_token="refresh", client_id="c", client_secret="k"))  # fmt: skip
        syncing.sync(identity)
        syncing.sync(identity)
        assert server.refreshes == 1
    with filled.session() as session:
        kept = json.loads(sealer.open(session.get_one(Mailbox, identity).secret or ""))
    assert kept == {"access_token": "good", "refresh_token": "refresh", "client_id": "c", "client_secret": "k"}


def _notices(database: Database) -> list[Notice]:
    with database.session() as session:
        return list(session.scalars(select(Notice).where(Notice.kind == "mailbox")))


def test_a_revoked_permission_is_told_to_its_owner_once_and_again_after_a_new_one(
    filled: Database, sealer: Sealer, syncing: Syncing, clock: FixedClock, google_cal: FakeGoogleCalendar
) -> None:
    dead = Secret(access_token="old", refresh_token="revoked")
    with FakeGmail() as server:
        both = [box(filled, sealer, server, "gmail", dead), box(filled, sealer, google_cal, "google_cal", dead)]
        for identity in both:
            with pytest.raises(Fatal):
                syncing.sync(identity)
        (notice,) = _notices(filled)
        assert notice.user_id == "sam"
        assert notice.payload["headline"] == "I can't read your mailbox sam@ours.example any more."
        assert any("connect my mailbox" in line for line in notice.payload["checklist"])
        assert syncing.due(NOW + timedelta(days=1)) == []
        with filled.session() as session:
            told = {one.source: one.note for one in freshness_of(session, EVERYTHING, as_of=NOW, deals=["deal"])}
            assert told["mail"] == "mailbox of the owner can't be read"
        box(filled, sealer, server, "gmail", dead, now=NOW + timedelta(hours=1))
        with pytest.raises(Fatal):
            syncing.sync(both[0])
        assert len(_notices(filled)) == 2


def test_a_wrong_client_of_ours_breaks_no_mailbox(filled: Database, sealer: Sealer, syncing: Syncing) -> None:
    class Unknown(FakeGmail):
        refusal = "invalid_client"

    with Unknown() as server:
        identity = box(filled, sealer, server, "gmail", Secret(access_token="old", refresh_token="revoked"))
        with pytest.raises(Retriable):
            syncing.sync(identity)
    with filled.session() as session:
        assert session.get_one(Mailbox, identity).state == "connected"
    assert _notices(filled) == []


def test_whoever_has_a_permission_that_ends_is_told_before_and_once(
    filled: Database, sealer: Sealer, syncing: Syncing
) -> None:
    with FakeGmail() as server:
        box(filled, sealer, server, "gmail", Secret(access_token="good"), ends_at=NOW + timedelta(days=7))
        syncing.warn(NOW)
        assert _notices(filled) == []
        for day in (5, 6):
            syncing.warn(NOW + timedelta(days=day))
        (notice,) = _notices(filled)
        assert "only for a short while longer" in notice.payload["headline"]


def test_the_clients_secret_of_a_consent_stands_in_the_settings_alone(
    filled: Database, settings: Settings, sealer: Sealer
) -> None:
    with FakeGmail() as server:
        identity = box(filled, sealer, server, "gmail", Secret(refresh_token="refresh", client_id="ours"))
        with filled.transaction() as session:
            session.execute(update(Mailbox).where(Mailbox.id == identity).values(config={"consent": "google"}))
        told = {"google_client_id": "ours", "google_client_secret": "k", "google_token_url": f"{server.url}/token"}
        carrier = Carriers(Settings(home=settings.home, **told), filled, sealer).of("sam@ours.example")  # type: ignore[arg-type]
        access = carrier._provider._access  # type: ignore[attr-defined]
        assert (access.client_secret, access.token_url) == ("k", f"{server.url}/token")
