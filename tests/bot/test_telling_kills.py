"""A real server killed with SIGKILL between a change and the telling of it: the card in chat tells it after the next start."""

from __future__ import annotations

import email
import email.policy
import json
import signal
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Proposal
from sales.clock import SystemClock
from tests.bot.hearing import workspace_of
from tests.bot.running import Home, new_home
from tests.bot.sending import decide, files_of, fill, migrated, state_of, until
from tests.bot.slack.conftest import texts
from tests.fakes.slack import FakeSlack

DANA = "DUDANA"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace with Dana."""
    with workspace_of("UDANA", "dana@ours.example") as fake:
        yield fake


@pytest.fixture
def house(tmp_path: Path, models: Path, slack: FakeSlack) -> Iterator[Home]:
    """A home beside the workspace, where people may be told things at any hour."""
    home = new_home(tmp_path / "house", models)
    home.environment = {
        "DEALWRIGHT_TEST": "1",
        "DEALWRIGHT_DATABASE_URL": migrated(f"sqlite:///{tmp_path / 'spine.db'}"),
        "DEALWRIGHT_WORKING_DAYS": json.dumps(list(range(7))),
        "DEALWRIGHT_DISTURB_FROM": "00:00",
        "DEALWRIGHT_DISTURB_UNTIL": "23:59:59",
        **slack.environment(),
    }
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop(signal.SIGKILL)


def _card_that_waits(house: Home) -> str:
    """Put a card forward that was left untold some minutes ago."""
    url = house.environment["DEALWRIGHT_DATABASE_URL"]
    (one,) = fill(url, 1, Settings(home=house.folder))
    database = Database(url)
    with database.transaction() as session:
        row = session.get_one(Proposal, one)
        row.kind, row.created_at = "outreach", SystemClock().now() - timedelta(minutes=5)
    database.close()
    return one


def _answer(house: Home, words: str) -> Path:
    """Return a file with an answer to the mail that left."""
    (sent,) = files_of(house)
    mail = email.message_from_bytes((house.folder / "outbox" / sent).read_bytes(), policy=email.policy.default)
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = str(mail["To"]), str(mail["From"]), f"Re: {mail['Subject']}"
    reply["Message-ID"], reply["Date"] = "<r1@buyer.example>", format_datetime(SystemClock().now())
    reply["In-Reply-To"] = reply["References"] = str(mail["Message-ID"])
    reply.set_content(f"{words}\n")
    path = house.folder / "reply.eml"
    path.write_bytes(reply.as_bytes())
    return path


def test_killed_between_a_reply_and_its_telling_the_card_tells_of_it_after_the_next_start(
    house: Home, slack: FakeSlack
) -> None:
    one = _card_that_waits(house)
    house.serve()
    until(lambda: len(slack.said(DANA)) == 1)
    assert decide(house, one)["outcome"] == "approved"
    until(lambda: "Sent" in texts(slack.said(DANA)[0]))
    assert house.stop() == 0
    house.serve(DEALWRIGHT_CRASH_AT="announce: changed")
    assert house.run("mail", "take", str(_answer(house, "Not a priority for us this quarter."))).status != 0
    assert house.process is not None
    assert house.process.wait(30) == -signal.SIGKILL
    house.close()
    assert "replied" not in texts(slack.said(DANA)[0])
    house.serve()
    until(lambda: "replied: not now" in texts(slack.said(DANA)[0]), 60)
    assert state_of(house, one) == "done"
