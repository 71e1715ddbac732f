"""A deal at risk by mail: who is on no chat gets it from the company's own mail server, and one more mail when it ended."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from bot.app import App
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Alert, User
from tests.bot.offices import Served, furnish, until
from tests.bot.risky import ANSWER, answers, slips, was_well
from tests.fakes.smtp_server import Mailroom, smtp_server

pytestmark = pytest.mark.watching


@pytest.fixture
def server() -> Mailroom:
    """What the company's mail server takes."""
    return Mailroom()


@pytest.fixture
def served(sqlite_database: Database, settings: Settings, server: Mailroom) -> Iterator[Served]:
    """An application without a chat."""
    furnish(sqlite_database)
    with smtp_server(server) as port:
        yield from _serving(sqlite_database, settings, port)


def _serving(database: Database, settings: Settings, port: int) -> Iterator[Served]:
    more = {
        "database_url": database.url,
        "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"),
        "watch": True,
        "working_days": tuple(range(7)),
        "disturb_from": "00:00",
        "disturb_until": "23:59:59.999999",
    }
    office = Served(App(Settings.model_validate({**settings.model_dump(), **more})))
    office.start()
    was_well(office.app)
    yield office
    office.stop()


def test_it_comes_by_mail_once_an_address_is_known_and_says_how_it_ended(served: Served, server: Mailroom) -> None:
    def state() -> str | None:
        with served.app.database.session() as session:
            return session.scalars(select(Alert.state)).one_or_none()

    def addressed(email: str | None) -> None:
        with served.app.database.transaction() as session:
            session.execute(update(User).where(User.id == "dana").values(email=email))

    addressed(None)
    slips(served.app)
    until(lambda: state() == "held", 60)
    assert served.app.alert_watch.tell_the_lost() == ()
    addressed("dana@tallyport.example")
    assert len(served.app.alert_watch.tell_the_lost()) == 1
    until(lambda: len(server.mails) == 1, 60)
    first = email.message_from_bytes(server.mails[0].content, policy=email.policy.default)
    assert first["To"].addresses[0].addr_spec == "dana@tallyport.example"
    assert first["Subject"].startswith("Acme Logistics has become risk")
    told = first.get_body(("plain",))
    assert told is not None
    assert "passed 2 days ago" in told.get_content()

    until(lambda: state() == "told", 60)
    answers(served.app)
    until(lambda: len(server.mails) == 2, 60)
    last = email.message_from_bytes(server.mails[1].content, policy=email.policy.default)
    assert last["Subject"].startswith("Resolved: Acme Logistics")
    body = last.get_body(("plain",))
    assert body is not None
    assert ANSWER in " ".join(body.get_content().split())
