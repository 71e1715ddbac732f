"""A served Dealwright beside a fake Teams tenant, with a small team whose reps see different accounts."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select

from agents.answer import Action, Answer, Choice, Claim, Column, Evidence, Table
from agents.question import Progress, Question
from bot.app import App
from bot.server import assemble
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import InboxEvent, StoredAnswer
from infra.spine.models import Account, Deal, User
from tests.conftest import NOW
from tests.fakes.teams import APP_ID, SECRET, TENANT, FakeTeams

WAIT_S = 10.0
HOSTILE = "Ship it **now** [our site](https://evil.example) <at>everyone</at> {{DATE(2026-01-01)}} # _x_"


class Colleague:
    """Stands for what answers questions: it holds to the scope, and keeps its answers, as the real one does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked: list[Question] = []
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def ask(self, question: Question, say: Progress = lambda _line: None) -> Answer:
        """Answer from what the scope shows."""
        self.asked.append(question)
        while not self.hold.wait(0.05):
            say("Reading 3 calls…")
        if self.error is not None:
            raise self.error
        answer = self._made(question).model_copy(update={"id": f"ans-{uuid4().hex[:20]}", "as_of": question.as_of})
        with self._database.transaction() as session:
            session.add(
                StoredAnswer(
                    id=answer.id,
                    conversation_id=question.thread,
                    user_id=question.user_id,
                    surface=question.surface,
                    question=question.text,
                    answer=answer.public(),
                    at=question.as_of,
                )
            )
        return answer

    def _made(self, question: Question) -> Answer:
        with self._database.session() as session:
            names = session.scalars(select(Account.name).where(question.scope.accounts()).order_by(Account.name)).all()
        if "all accounts" in question.text:
            return _listed(list(names) * (60 if "long" in question.text else 1))
        if "which acme" in question.text.lower():
            choices = tuple(Choice(label=name, question=f"latest on {name}") for name in names)
            return Answer(kind="clarify", headline="Which one do you mean?", choices=choices)
        found = [name for name in names if name.split()[0].lower() in question.text.lower()]
        if not found:
            return Answer(kind="not_found", headline="I found nothing about that.")
        said = Evidence(source="call", id="c1", quote=HOSTILE, speaker="Ray *R*", at=NOW, label="Contract review")
        claim = Claim(text=f"Ray of {found[0]} waits for the SOC 2 report.", evidence=(said,))
        actions = (Action(label="Who is against?", verb="ask", value=f"who is against at {found[0]}"),)
        return Answer(kind="narrative", headline=f"{found[0]} — waiting", claims=(claim,), actions=actions)


def _listed(names: list[str]) -> Answer:
    columns = (
        Column(key="name", label="Account", type="text"),
        Column(key="n", label="Deals", type="integer"),
        Column(key="said", label="Last from them", type="quote"),
    )
    rows = tuple(
        {"record_id": str(index), "name": name, "n": index, "said": f"checking with legal, number {index}"}
        for index, name in enumerate(names)
    )
    return Answer(kind="structured", headline=f"{len(rows)} accounts", table=Table(columns=columns, rows=rows))


class Office(App):
    """The application with `Colleague` in the place of the agents."""

    @property
    def ask(self) -> Colleague:  # type: ignore[override]
        """What answers questions."""
        return self._part("ask", lambda: Colleague(self.database))


class Tenant:
    """The fake tenant and the served application together."""

    def __init__(self, teams: FakeTeams, app: App) -> None:
        self.teams = teams
        self.app = app
        self.http = httpx.Client(timeout=30)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""
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

    @property
    def colleague(self) -> Colleague:
        """What answers questions here."""
        assert isinstance(self.app, Office)
        return self.app.ask

    def start(self) -> None:
        """Serve."""
        config = uvicorn.Config(assemble(self.app), port=0, log_config=None, access_log=False)
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=server.run, daemon=True)
        self._thread.start()
        until(lambda: server.started)
        self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        """Stop serving, as at a SIGTERM."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(30)
        self.http.close()

    def send(self, activity: Any, token: str | None = "", **headers: str) -> httpx.Response:
        """Send an activity with a token of the Bot Framework; None sends none."""
        told = {} if token is None else {"Authorization": f"Bearer {token or self.teams.token()}"}
        content = {"content": activity} if isinstance(activity, (str, bytes)) else {"json": activity}
        known = {"Content-Type": "application/json", **told, **headers}
        return self.http.post(f"{self.url}/api/messages", headers=known, **content)

    def settled(self) -> list[InboxEvent]:
        """Wait until every stored event is done or failed, and return them all."""

        def rows() -> list[InboxEvent]:
            with self.app.database.session() as session:
                return list(session.scalars(select(InboxEvent).order_by(InboxEvent.received_at)))

        until(lambda: all(row.state != "waiting" for row in rows()))
        return rows()

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


def until(true: Callable[[], bool], wait_s: float = WAIT_S) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + wait_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)


def furnish(database: Database, at: datetime = NOW) -> None:
    """Put the team into the spine: Ines (admin), Dana (West, Acme), Luis (East, Fennimore)."""

    def user(id: str, name: str, role: str, team: str | None) -> User:
        mail = f"{id}@tallyport.example"
        return User(id=id, email=mail, name=name, name_key=name.lower(), role=role, team=team, source="t", source_at=at)

    with database.transaction() as session:
        session.add_all(
            [
                user("ines", "Ines Calder", "admin", None),
                user("dana", "Dana Whitfield", "rep", "West"),
                user("luis", "Luis Ferrer", "rep", "East"),
            ]
        )
        session.flush()
        for id, name, owner in (("acme", "Acme Logistics", "dana"), ("fennimore", "Fennimore Paper", "luis")):
            session.add(Account(id=id, name=name, name_key=name.lower(), owner_id=owner, source="t", source_at=at))
            session.flush()
            known = {"account_id": id, "owner_id": owner, "status": "open", "currency": "USD", "source": "t"}
            session.add(Deal(id=f"d-{id}", name=f"{name} deal", source_at=at, **known))


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
        "visibility": "team",
        "public_url": "https://deals.tallyport.example",
    }
    return Settings(**(known | more))


@pytest.fixture(scope="module")
def _served(teams: FakeTeams, _migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    folder = tmp_path_factory.mktemp("teams")
    shutil.copyfile(_migrated_sqlite, folder / "spine.db")
    database = Database(f"sqlite:///{folder / 'spine.db'}")
    furnish(database)
    tenant = Tenant(teams, Office(settings_of(teams, folder, database)))
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
def open_office(teams: FakeTeams, home: Path, sqlite_database: Database) -> Iterator[Callable[..., Tenant]]:
    """Serve an application of the test's own; `more` are settings, `app` another application than `Office`."""
    served: list[Tenant] = []
    furnish(sqlite_database)

    def serve(app: type[App] = Office, **more: Any) -> Tenant:
        tenant = Tenant(teams, app(settings_of(teams, home, sqlite_database, **more)))
        tenant.start()
        tenant.fresh()
        served.append(tenant)
        return tenant

    yield serve
    for tenant in served:
        tenant.stop()
