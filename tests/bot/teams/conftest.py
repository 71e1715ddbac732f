"""A served Dealwright beside a fake Teams tenant, with a small team whose reps see different accounts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from agents.answer import Evidence
from bot.app import App
from infra.settings import Settings
from infra.spine.database import Database
from tests.bot.offices import Office, Served, furnish
from tests.conftest import NOW
from tests.fakes.teams import APP_ID, SECRET, TENANT, FakeTeams

HOSTILE = "Ship it **now** [our site](https://evil.example) <at>everyone</at> {{DATE(2026-01-01)}} # _x_"


class TeamsOffice(Office):
    """The application with a colleague who quotes what would do harm in Teams."""

    SAID = Evidence(source="call", id="c1", quote=HOSTILE, speaker="Ray *R*", at=NOW, label="Contract review")


class Tenant(Served):
    """The fake tenant and the served application together."""

    def __init__(self, teams: FakeTeams, app: App) -> None:
        super().__init__(app)
        self.teams = teams
        self.channel = self.thread = self.mixed = ""

    def fresh(self) -> None:
        """Begin anew: nothing was said, and the places are new ones. Dana and Ines share `channel`, Dana and Luis the chat `mixed`."""
        name = uuid4().hex[:8]
        teams = self.teams
        teams.reset(f"19:team-{name}")
        self.channel = teams.conversation(f"19:west-{name}@thread.tacv2", "29:dana", "29:ines")
        self.thread = f"{self.channel};messageid=1000"
        self.mixed = teams.conversation(f"19:mixed-{name}@thread.v2", "29:dana", "29:luis")
        teams.conversation(teams.team, "29:dana", "29:ines")
        if isinstance(self.app, Office):
            self.colleague.asked.clear()
            self.colleague.error = None
            self.colleague.hold.set()

    def send(self, activity: Any, token: str | None = "", **headers: str) -> httpx.Response:
        """Send an activity with a token of the Bot Framework; None sends none."""
        told = {} if token is None else {"Authorization": f"Bearer {token or self.teams.token()}"}
        content = {"content": activity} if isinstance(activity, (str, bytes)) else {"json": activity}
        known = {"Content-Type": "application/json", **told, **headers}
        return self.http.post(f"{self.url}/api/messages", headers=known, **content)

    def asks(self, activity: dict[str, Any]) -> None:
        """Send something and wait until it is dealt with."""
        response = self.send(activity)
        assert response.status_code == 200, response.text
        self.settled()

    def presses(self, activity: dict[str, Any]) -> dict[str, Any]:
        """Send an invoke, wait until it is dealt with, and return its answer."""
        response = self.send(activity)
        assert response.status_code == 200, response.text
        self.settled()
        told: dict[str, Any] = response.json()
        return told


def tenant_of(people: FakeTeams) -> FakeTeams:
    """Add the team, a guest, somebody of another tenant and somebody unknown."""
    for name in ("ines", "dana", "luis"):
        people.person(name, f"{name}@tallyport.example")
    people.person("new", "nobody@tallyport.example")
    people.person("guest", "dana@tallyport.example", userRole="guest")
    people.person("other", "luis@tallyport.example", tenantId="99999999-2222-3333-4444-555555555555")
    return people


@pytest.fixture(scope="module")
def teams() -> Iterator[FakeTeams]:
    """The fake tenant of a module."""
    fake = tenant_of(FakeTeams())
    fake.start()
    yield fake
    fake.stop()


def settings_of(teams: FakeTeams, home: Path, database: Database, **more: Any) -> Settings:
    """Return settings that lead to the fake tenant; `more` replace them."""
    known: dict[str, Any] = {
        "home": home,
        "database_url": database.url,
        "teams_app_id": APP_ID,
        "teams_app_secret": SecretStr(SECRET),
        "teams_tenant_id": TENANT,
        "teams_openid_url": f"{teams.url}/openid",
        "teams_login_url": f"{teams.url}/login/{TENANT}",
        "teams_graph_url": teams.graph.url,
        "visibility": "team",
        "public_url": "https://deals.tallyport.example",
    }
    return Settings(**(known | more))


@pytest.fixture(scope="module")
def _served(
    teams: FakeTeams, _migrated_sqlite: Path, launched: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenant]:
    folder = tmp_path_factory.mktemp("teams")
    shutil.copyfile(launched, folder / "workflows.db")
    shutil.copyfile(_migrated_sqlite, folder / "spine.db")
    database = Database(f"sqlite:///{folder / 'spine.db'}")
    furnish(database)
    tenant = Tenant(teams, TeamsOffice(settings_of(teams, folder, database)))
    tenant.start()
    yield tenant
    tenant.stop()
    database.close()


@pytest.fixture
def office(_served: Tenant) -> Tenant:
    """The served application of a module, with fresh places."""
    _served.fresh()
    return _served


@pytest.fixture
def open_office(
    teams: FakeTeams, home: Path, sqlite_database: Database, launched: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Tenant]]:
    """Serve an application of the test's own; `more` are settings, `app` another application than `TeamsOffice`."""
    monkeypatch.setattr("infra.workflows._POLL_S", 0.03)
    monkeypatch.setattr("infra.workflows._LISTEN_S", 0.03)
    shutil.copyfile(launched, home / "workflows.db")
    served: list[Tenant] = []
    furnish(sqlite_database)

    def serve(app: type[App] = TeamsOffice, **more: Any) -> Tenant:
        tenant = Tenant(teams, app(settings_of(teams, home, sqlite_database, **more)))
        tenant.start()
        tenant.fresh()
        served.append(tenant)
        return tenant

    yield serve
    for tenant in served:
        tenant.stop()
