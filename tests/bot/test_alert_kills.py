"""A real server killed with SIGKILL between what happened and the alert of it: it is told after the next start, and once."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.app import App
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Alert, Notice, Stirred
from tests.bot.hearing import workspace_of
from tests.bot.offices import furnish
from tests.bot.risky import slips, was_well
from tests.bot.running import Home, new_home
from tests.bot.sending import migrated, until
from tests.bot.slack.conftest import texts
from tests.fakes.slack import FakeSlack

DANA = "DUDANA"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace with Dana."""
    with workspace_of("UDANA", "dana@tallyport.example") as fake:
        yield fake


@pytest.fixture
def house(tmp_path: Path, models: Path, slack: FakeSlack) -> Iterator[Home]:
    """A home beside the workspace, where people may be told things at any hour, and a deal that something has just happened to."""
    home = new_home(tmp_path / "house", models)
    url = migrated(f"sqlite:///{tmp_path / 'spine.db'}")
    home.environment = {
        "DEALWRIGHT_WATCH": "true",
        "DEALWRIGHT_TEST": "1",
        "DEALWRIGHT_DATABASE_URL": url,
        "DEALWRIGHT_WORKING_DAYS": json.dumps(list(range(7))),
        "DEALWRIGHT_DISTURB_FROM": "00:00",
        "DEALWRIGHT_DISTURB_UNTIL": "23:59:59",
        **slack.environment(),
    }
    app = App(Settings(home=home.folder, database_url=url))
    furnish(app.database)
    was_well(app)
    slips(app)
    app.close()
    yield home
    if home.process is not None and home.process.poll() is None:
        home.stop(signal.SIGKILL)


@pytest.mark.parametrize("point", ["alerts: refreshed", "alerts: raised"])
def test_no_kill_loses_an_alert_or_doubles_it(house: Home, slack: FakeSlack, point: str) -> None:
    house.serve(DEALWRIGHT_CRASH_AT=point)
    assert house.process is not None
    assert house.process.wait(timeout=60) == -signal.SIGKILL
    house.close()
    house.serve()
    until(lambda: len(slack.said(DANA)) >= 1)
    assert "Acme Logistics" in texts(slack.said(DANA)[0])
    database = Database(house.environment["DEALWRIGHT_DATABASE_URL"])

    def settled() -> bool:
        with database.session() as session:
            waits = session.scalar(select(func.count()).where(Notice.state == "waiting"))
            told = session.scalars(select(Alert.state)).all() == ["told"]
            return told and not waits and not session.scalar(select(func.count(Stirred.id)))

    until(settled)
    database.close()
    assert len(slack.said(DANA)) == 1
