"""A real server killed with SIGKILL around the telling of a brief: after the next start it is told, and never twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.spine.database import Database
from infra.spine.models import Participant
from tests.agents.northern import activity, fill, settle
from tests.bot.hearing import workspace_of
from tests.bot.running import Home, new_home
from tests.bot.sending import migrated, until
from tests.bot.slack.conftest import texts
from tests.conftest import NOW
from tests.fakes.slack import FakeSlack

IDA = "DUIDA"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace with Ida."""
    with workspace_of("UIDA", "ida@ours.example") as fake:
        yield fake


@pytest.fixture
def house(tmp_path: Path, models: Path, slack: FakeSlack) -> Iterator[Home]:
    """A home beside the workspace, its clock in a file, with a meeting of Ida's in forty minutes."""
    home = new_home(tmp_path / "house", models)
    url = migrated(f"sqlite:///{tmp_path / 'spine.db'}")
    database = Database(url)
    fill(database, NOW)
    with database.transaction() as session:
        for id_, minutes, title in (("meet", 40, "Audit and dates"), ("meet-2", 50, "Second look")):
            at = NOW + timedelta(minutes=minutes)
            booked = activity(id_, "meeting", "acc-norrland", None, "ida", at, direction="mutual", status="booked", subject=title)  # fmt: skip
            guest = Participant(activity_id=id_, name="Vera Holm", role="attendee", side="buyer", contact_id="con-vera")
            settle(session, NOW, booked, guest)
    database.close()
    (tmp_path / "clock").write_text(NOW.isoformat())
    home.environment = {
        "DEALWRIGHT_TEST": "1",
        "DEALWRIGHT_DATABASE_URL": url,
        "DEALWRIGHT_CLOCK_FILE": str(tmp_path / "clock"),
        **slack.environment(),
    }
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop(signal.SIGKILL)


def test_killed_between_the_mark_and_the_telling_the_brief_comes_once_after_the_next_start(
    house: Home, slack: FakeSlack, tmp_path: Path
) -> None:
    house.serve(DEALWRIGHT_CRASH_AT="brief: put")
    assert slack.said(IDA) == []
    (tmp_path / "clock").write_text((NOW + timedelta(minutes=11)).isoformat())
    assert house.process is not None
    assert house.process.wait(60) == -signal.SIGKILL
    house.close()
    assert slack.said(IDA) == []
    house.serve()
    until(lambda: len(slack.said(IDA)) == 1, 60)
    told = texts(slack.said(IDA)[0])
    assert "Norrland Timber · Loading" in told
    assert "Audit and dates" in told
    house.stop(signal.SIGKILL)
    (tmp_path / "clock").write_text((NOW + timedelta(minutes=21)).isoformat())
    house.serve()
    # The next meeting's brief shows that the server has gone round.
    until(lambda: len(slack.said(IDA)) > 1, 60)
    assert ["Second look" in texts(one) for one in slack.said(IDA)] == [False, True]
