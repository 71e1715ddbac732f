"""The sample company with something hostile in it, a console over it, and a browser to look at it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agents.intake.sample import load_sample
from bot.app import App
from infra.settings import Settings
from infra.spine.models import Account, Activity, Contact, Deal, Turn, User
from sales.clock import FixedClock
from tests.bot.web.serving import Console, serving
from tests.once import once

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ADMIN = "ines.calder@tallyport.example"
REP = "dana.whitfield@tallyport.example"
OTHER_REP = "luis.ferrer@tallyport.example"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>'


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample company as of `NOW`, its calls read, its signals drafted for, and an account whose every word is an attack."""
    return once(tmp_path_factory, "company", _founded)


def _founded(home: Path) -> None:
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("DEALWRIGHT_")}
    app = App(Settings(home=home), clock=FixedClock(NOW))
    load_sample(app.database, app.settings, app.clock, NOW.date())
    with app.database.transaction() as session:
        for record in _hostile_records(session.query(User).filter_by(email=ADMIN).one().id):
            session.add(record)
            session.flush()
    # Every console would read them anew, and draft anew.
    while app.notes.read_waiting() or app.coaching.score_waiting() or app.health_of_deals.hearing.read_waiting():
        pass
    while app.outreach.draft_waiting():
        pass
    with app.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    app.close()
    os.environ.update(kept)


def _hostile_records(owner: str) -> list[Any]:
    came: dict[str, Any] = {"source": "test", "source_at": NOW}
    at = NOW - timedelta(days=1)
    mine = {
        "account_id": "acc-hostile",
        "deal_id": "deal-hostile",
        "owner_id": owner,
        "content_hash": "x",
        "at": at,
        **came,
    }
    return [
        Account(id="acc-hostile", name=HOSTILE, name_key="hostile", owner_id=owner, note=HOSTILE, custom={HOSTILE: HOSTILE}, **came),
        Contact(id="con-hostile", account_id="acc-hostile", name=HOSTILE, name_key="hostile", title=HOSTILE, role=HOSTILE, email='"onfocus=x"@a.example', **came),
        Deal(
            id="deal-hostile", account_id="acc-hostile", name=f'"{HOSTILE}', owner_id=owner, currency="USD", status="open", stage=HOSTILE, next_step=HOSTILE, note=HOSTILE, **came,
        ),
        Activity(id="call-hostile", kind="call", direction="mutual", subject=HOSTILE, **mine),
        Activity(id="<mail/1?#@x>", kind="mail", direction="inbound", subject=HOSTILE, body=f"{HOSTILE}\n</div></main>{HOSTILE * 8}", **mine),
        Turn(activity_id="call-hostile", position=0, turn_id='0" onmouseover="window.hacked=3', speaker=HOSTILE, text=f"</p>{HOSTILE}"),
    ]  # fmt: skip


@pytest.fixture
def open_console(
    company: Path, models: Path, tmp_path: Path, launched: Path, plain_environment: None
) -> Iterator[Callable[..., Console]]:
    """Open consoles over a copy of the company, with whatever settings a test wants."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def opened(**settings: Any) -> Console:
            home = tmp_path / "home"
            if not home.exists():
                shutil.copytree(company, home)
                (home / "models").symlink_to(models)
                shutil.copyfile(launched, home / "workflows.db")
            return stack.enter_context(serving(Settings(home=home, **settings), FixedClock(NOW)))

        yield opened


@pytest.fixture(scope="session")
def console(company: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console for all tests that only read and ask, as the admin on this machine."""
    home = tmp_path_factory.mktemp("shared") / "home"
    shutil.copytree(company, home)
    (home / "models").symlink_to(models)
    with serving(Settings(home=home, user=ADMIN, visibility="team", watch=False), FixedClock(NOW)) as running:
        _rests(running.app)
        yield running


def _rests(app: App) -> None:
    """Let a console that is open beside others do no work: a process has one engine of durable work, and the next server in it takes that."""
    for rounds in reversed(app.rounds):
        asyncio.run(rounds.stop())
    app.work.close()


@pytest.fixture
def page(open_page: Callable[..., Page], console: Console) -> Page:
    """The start page of the console on a wide screen."""
    made = open_page()
    made.goto(console.url)
    return made
