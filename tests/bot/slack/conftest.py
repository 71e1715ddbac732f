"""A served Dealwright beside a fake Slack workspace, with a small team whose reps see different accounts."""

from __future__ import annotations

import io
import json
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
import structlog
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select

from agents.answer import Action, Answer, Choice, Claim, Column, Evidence, Table
from agents.question import Progress, Question
from bot.app import App
from bot.server import assemble
from infra.logs import configure_logs
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.desk import InboxEvent, StoredAnswer
from infra.spine.models import Account, Deal, User
from infra.workflows import Workflows
from tests.conftest import NOW
from tests.fakes.slack import APP_TOKEN, SECRET, TOKEN, FakeSlack

WAIT_S = 20.0
HOSTILE = "Ship it <!channel> & see <https://evil.example|our site> *now*"


class Colleague:
    """Stands for what answers questions: it holds to the scope, and keeps its answers, as the real one does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.asked: list[Question] = []
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def ask(self, question: Question, say: Progress) -> Answer:
        """Answer from what the scope shows."""
        self.asked.append(question)
        while not self.hold.wait(0.1):
            say("Reading 3 calls…")
        if self.error is not None:
            raise self.error
        answer = self._made(question).model_copy(update={"id": uuid4().hex, "as_of": question.as_of})
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
            return _listed(names)
        if "which acme" in question.text.lower():
            choices = tuple(Choice(label=name, question=f"latest on {name}") for name in names)
            return Answer(kind="clarify", headline="Which one do you mean?", choices=choices)
        found = [name for name in names if name.split()[0].lower() in question.text.lower()]
        if not found:
            return Answer(kind="not_found", headline="I found nothing about that.")
        said = Evidence(source="call", id="c1", quote=HOSTILE, speaker="Ray <@U1>", at=NOW, label="Contract review")
        claim = Claim(text=f"Ray of {found[0]} waits for the SOC 2 report.", evidence=(said,))
        actions = (Action(label="Who is against?", verb="ask", value=f"who is against at {found[0]}"),)
        return Answer(kind="narrative", headline=f"{found[0]} — waiting", claims=(claim,), actions=actions)


def _listed(names: Any) -> Answer:
    columns = (Column(key="name", label="Account", type="text"), Column(key="n", label="Deals", type="integer"))
    rows = tuple({"record_id": name, "name": name, "n": index} for index, name in enumerate(names))
    return Answer(kind="structured", headline=f"{len(rows)} accounts", table=Table(columns=columns, rows=rows))


class Office(App):
    """The application with `Colleague` in the place of the agents."""

    @property
    def ask(self) -> Colleague:  # type: ignore[override]
        """What answers questions."""
        return self._part("ask", lambda: Colleague(self.database))


class Workspace:
    """The fake workspace and the served application together."""

    def __init__(self, slack: FakeSlack, app: Office) -> None:
        self.slack = slack
        self.app = app
        self.http = httpx.Client(timeout=30)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

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

    def send(self, body: dict[str, Any] | str, **headers: str) -> httpx.Response:
        """Send an event, or the form of a command or click, signed."""
        form = isinstance(body, str)
        raw = body if isinstance(body, str) else json.dumps(body)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        return self.http.post(
            f"{self.url}/slack/events", content=raw, headers={**self.slack.signed(raw, kind=kind), **headers}
        )

    def settled(self, count: int | None = None) -> list[InboxEvent]:
        """Wait until every stored event is done or failed, and return them all."""

        def rows() -> list[InboxEvent]:
            with self.app.database.session() as session:
                return list(session.scalars(select(InboxEvent).order_by(InboxEvent.received_at)))

        def done() -> bool:
            found = rows()
            return (count is None or len(found) >= count) and all(row.state != "waiting" for row in found)

        until(done)
        return rows()

    def asks(self, body: dict[str, Any] | str) -> None:
        """Send something and wait until it is dealt with."""
        response = self.send(body)
        assert response.status_code == 200, response.text
        self.settled()


def until(true: Callable[[], bool], wait_s: float = WAIT_S) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + wait_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)


def texts(message: dict[str, Any]) -> str:
    """Return all words that a person sees in a message, its buttons included."""
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                found.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(message.get("blocks", []))
    return "\n".join(found)


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a message's buttons by their labels."""
    return {
        element["text"]["text"]: element
        for block in message["blocks"]
        for element in [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]
        if element.get("type") == "button"
    }


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
            session.add(
                Deal(
                    id=f"d-{id}",
                    name=f"{name} deal",
                    account_id=id,
                    owner_id=owner,
                    status="open",
                    currency="USD",
                    source="t",
                    source_at=at,
                )
            )


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    """A workspace with the team, a guest, a bot and somebody unknown; Dana and Luis share C-ALL, Dana has C-WEST alone with Ines."""
    fake = FakeSlack()
    for id, mail in (("UINES", "ines"), ("UDANA", "dana"), ("ULUIS", "luis"), ("UNEW", "nobody")):
        fake.person(id, f"{mail}@tallyport.example")
    fake.person("UGUEST", "dana@tallyport.example", is_restricted=True)
    fake.person("UOTHER", "luis@tallyport.example", team_id="T9", is_stranger=True)
    fake.person("UAPP", None, is_bot=True)
    fake.channel("CWEST", "UDANA", "UINES", "UAPP")
    fake.channel("CALL", "UDANA", "ULUIS")
    fake.channel("CNEW", "UDANA", "UNEW")
    fake.channel("CEXT", "UDANA", "UOTHER", is_ext_shared=True, is_shared=True)
    for user in ("UDANA", "ULUIS", "UNEW", "UGUEST", "UINES"):
        fake.channel(f"D{user}", user, kind="im", is_im=True)
    fake.start()
    yield fake
    fake.stop()


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


@pytest.fixture
def open_office(
    slack: FakeSlack, home: Path, sqlite_database: Database, launched: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Workspace]]:
    """Serve the application over a furnished spine; `more` are settings."""
    # Waiting as long as a real workspace wants is tested by itself, in test_web.
    monkeypatch.setattr("bot.slack.web._MESSAGE_EVERY_S", 0.0)
    slack.rate_limited = False
    monkeypatch.setattr("infra.workflows._POLL_S", 0.03)
    monkeypatch.setattr("infra.workflows._LISTEN_S", 0.03)
    shutil.copyfile(launched, home / "workflows.db")
    served: list[Workspace] = []
    furnish(sqlite_database)
    configure_logs(Settings(home=home), io.StringIO())

    def serve(**more: Any) -> Workspace:
        known: dict[str, Any] = {
            "home": home,
            "database_url": sqlite_database.url,
            "slack_bot_token": SecretStr(TOKEN),
            "slack_signing_secret": SecretStr(SECRET),
            "slack_api_url": f"{slack.url}/api/",
            "visibility": "team",
            "api_token": SecretStr("t"),
        }
        workspace = Workspace(slack, Office(Settings(**(known | more))))
        workspace.start()
        served.append(workspace)
        return workspace

    yield serve
    for workspace in served:
        workspace.stop()
    structlog.reset_defaults()


@pytest.fixture
def office(open_office: Callable[..., Workspace]) -> Workspace:
    """A served application, events by HTTP."""
    return open_office()


@pytest.fixture
def socket_office(open_office: Callable[..., Workspace], slack: FakeSlack) -> Workspace:
    """A served application, events by Socket Mode."""
    workspace = open_office(slack_signing_secret=None, slack_app_token=SecretStr(APP_TOKEN))
    until(lambda: bool(slack.sockets))
    return workspace
