"""One running Dealwright with a small company for each module that asks for it, and a browser to look at it."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.settings import Settings
from infra.spine.database import Database
from infra.workflows import Workflows
from tests.bot.browsing import Pages, a_browser
from tests.bot.running import Home, new_home
from tests.conftest import NOW
from tests.fakes.hubspot import FakeHubSpot
from tests.once import once

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

USERS = """name,email,role,team
Ines Calder,ines@tallyport.example,admin,
Dana Whitfield,dana@tallyport.example,rep,West
Luis Ferrer,luis@tallyport.example,rep,East
"""
ACCOUNTS = """id,name,domain,owner
acc-acme,Acme Logistics,acme.example,dana@tallyport.example
acc-fennimore,Fennimore Paper,fennimore.example,luis@tallyport.example
"""
DEALS = """id,name,account,owner,amount,currency,stage,created,close date
deal-acme,Acme Expansion,acc-acme,dana@tallyport.example,84000,USD,Propose,2026-08-03,2026-11-30
deal-fennimore,Fennimore Dock,acc-fennimore,luis@tallyport.example,58000,USD,Propose,2026-09-01,2026-12-18
"""
CALL = {
    "id": "call-acme-1",
    "title": "Acme: contract review",
    "started_at": "2026-11-18T15:00:00Z",
    "account": "acc-acme",
    "deal": "deal-acme",
    "participants": [
        {"name": "Ray Okonkwo", "email": "ray@acme.example"},
        {"name": "Dana Whitfield", "email": "dana@tallyport.example"},
    ],
    "turns": [
        {"id": 0, "speaker": "Dana Whitfield", "text": "Thanks for the time. Where does the security review stand?"},
        {"id": 1, "speaker": "Ray Okonkwo", "text": "I can't take this to security without the SOC 2 report."},
        {"id": 2, "speaker": "Dana Whitfield", "text": "I will send the SOC 2 report tomorrow morning."},
        {
            "id": 3,
            "speaker": "Ray Okonkwo",
            "text": "Good. Legal still has the redlines, realistically this is January.",
        },
    ],
}
AS_OF = "2026-11-23"


@pytest.fixture(scope="module")
def make_home(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Home]]:
    """Make empty homes; what still serves in them is ended with the module."""
    made: list[Home] = []

    def make() -> Home:
        home = new_home(tmp_path_factory.mktemp("dealwright") / "home", models)
        made.append(home)
        return home

    yield make
    for home in made:
        if home.process is not None and home.process.poll() is None:
            home.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def into_sample(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Home], None]:
    """Put into an empty home what `dealwright sample load` leaves on the day of `AS_OF`, indexed: embedding it takes 20 seconds, once."""

    def load(folder: Path) -> None:
        home, clock = new_home(folder / "home", models), folder / "clock"
        clock.write_text(NOW.isoformat(), encoding="utf-8")
        home.environment = {"DEALWRIGHT_TEST": "1", "DEALWRIGHT_CLOCK_FILE": str(clock)}
        done = home.run("sample", "load", "--as-of", AS_OF, "--json")
        assert done.status == 0, done.err
        assert done.json()["total"]["kept_aside"] == 0

    loaded = once(tmp_path_factory, "sample", load) / "home"

    def into(home: Home) -> None:
        shutil.copytree(loaded, home.folder, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("models"))

    return into


@pytest.fixture(scope="session")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of durable work as a first launch leaves it: making it takes longer than a test."""
    home = tmp_path_factory.mktemp("launched")
    database = Database(f"sqlite:///{home / 'spine.db'}")
    workflows = Workflows(Settings(home=home), database, lambda _key: None)
    workflows.launch()
    workflows.close()
    database.close()
    return home / "workflows.db"


@pytest.fixture(scope="module")
def company_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small company: two reps, two accounts, two deals, one call."""
    folder = tmp_path_factory.mktemp("company")
    (folder / "users.csv").write_text(USERS, encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    (folder / "call-acme-1.json").write_text(json.dumps(CALL), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def company(make_home: Callable[[], Home], company_files: Path) -> Home:
    """A server over the small company."""
    home = make_home()
    home.serve()
    done = home.run("import", str(company_files), "--yes", "--json")
    assert done.status == 0, done.err
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with a_browser() as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Open pages. What goes wrong in one fails the test."""
    pages = Pages(browser)
    yield pages.open
    pages.close(request.node.name)
    assert not pages.wrong


@pytest.fixture
def portal() -> Iterator[FakeHubSpot]:
    """A portal of HubSpot with an open deal, and a contact that can't be read."""
    with FakeHubSpot() as made:
        made.put("deals", dealname="Dock", amount="84000", dealstage="qualifiedtobuy", pipeline="default")
        made.put("contacts", firstname="", lastname="", email="")
        yield made
    assert made.breaches == []
