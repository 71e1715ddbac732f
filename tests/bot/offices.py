"""What the tests of chat surfaces share: a small team whose reps see different accounts, a colleague who answers, and a served application."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from sqlalchemy import select

from agents.answer import Action, Answer, Choice, Claim, Column, Evidence, Table
from agents.proposals.book import put_forward
from agents.proposals.record import Content, Mail, NewProposal
from agents.question import Progress, Question
from bot.app import App
from bot.server import assemble
from infra.spine.database import Database
from infra.spine.desk import InboxEvent, StoredAnswer
from infra.spine.models import Account, Contact, Deal, User
from tests.conftest import NOW

WAIT_S = 60.0
QUOTE = "We welcome Ilse Brandt, who grows the dock team from 5 to 20."
BODY = "Hi Ilse,\n\nSaw that you grow the dock team from 5 to 20.\n\nWorth a quick look next week?"
"""The evidence and the mail of the card that `offer` shows."""


class Colleague:
    """Stands for what answers questions: it holds to the scope, and keeps its answers, as the real one does. `said` is its one evidence."""

    def __init__(self, database: Database, said: Evidence) -> None:
        self._database = database
        self._said = said
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
        return keep(self._database, question, self._made(question))

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
        claim = Claim(text=f"Ray of {found[0]} waits for the SOC 2 report.", evidence=(self._said,))
        actions = (Action(label="Who is against?", verb="ask", value=f"who is against at {found[0]}"),)
        return Answer(kind="narrative", headline=f"{found[0]} — waiting", claims=(claim,), actions=actions)


def keep(database: Database, question: Question, answer: Answer, **more: Any) -> Answer:
    """Store an answer as what answers questions does, and return it with its id."""
    kept = answer.model_copy(update={"id": uuid4().hex, "as_of": question.as_of, **more})
    with database.transaction() as session:
        session.add(
            StoredAnswer(
                id=kept.id,
                conversation_id=question.thread,
                user_id=question.user_id,
                surface=question.surface,
                question=question.text,
                answer=kept.public(),
                at=question.as_of,
            )
        )
    return kept


def _listed(names: Sequence[str]) -> Answer:
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
    """The application with a colleague in the place of the agents; each surface's tests say what the colleague quotes."""

    SAID: Evidence

    @property
    def ask(self) -> Colleague:  # type: ignore[override]
        """What answers questions."""
        return self._part("ask", lambda: Colleague(self.database, self.SAID))


class Served:
    """An application that is served by this process until `stop`."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.http = httpx.Client(timeout=30)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

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

    def settled(self, count: int | None = None) -> list[InboxEvent]:
        """Wait until every stored event, and at least `count`, is done or failed, and return them all."""

        def rows() -> list[InboxEvent]:
            with self.app.database.session() as session:
                return list(session.scalars(select(InboxEvent).order_by(InboxEvent.received_at)))

        def done() -> bool:
            found = rows()
            return (count is None or len(found) >= count) and all(row.state != "waiting" for row in found)

        until(done)
        return rows()


def until(true: Callable[[], bool], wait_s: float = WAIT_S) -> None:
    """Wait for something that happens in another thread."""
    deadline = time.monotonic() + wait_s
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)


def by_night(now: datetime) -> tuple[str, ZoneInfo]:
    """Return a country where it is night, and will be for two hours, and its zone: what is approved goes in its morning, whenever tests run."""
    return ("Japan", ZoneInfo("Asia/Tokyo")) if 10 <= now.hour < 22 else ("Brazil", ZoneInfo("America/Sao_Paulo"))


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


def offer(app: App, key: str = "one", owner: str = "dana", body: str = BODY) -> str:
    """Put a proposal to a person forward where it is night, have its card shown, and return its id."""
    with app.database.transaction() as session:
        account, contact, mail = f"lumen-{key}", f"ilse-{key}", f"ilse@{key}.example"
        came: dict[str, Any] = {"source": "t", "source_at": NOW}
        country, _ = by_night(app.clock.now())
        session.add(
            Account(id=account, name="Lumen", name_key=account, owner_id=owner, country=country, region="", **came)
        )
        session.flush()
        session.add(
            Contact(id=contact, account_id=account, name="Ilse Brandt", name_key="ilse brandt", email=mail, **came)
        )
        session.flush()
        effect = Mail(
            sender=f"{owner}@tallyport.example", to=mail, to_name="Ilse Brandt", subject="ninety days", body=body
        )
        evidence = Evidence(source="signal", id="s1", quote=QUOTE, at=NOW, label="News page")
        proposal = put_forward(
            session,
            NewProposal(
                key=f"test:{key}",
                kind="outreach",
                headline="Lumen hired a VP Operations",
                owner_id=owner,
                account_id=account,
                contact_id=contact,
                content=Content(effect=effect, evidence=(evidence,), why=("news page",)),
                expires_at=app.clock.now() + timedelta(hours=20),
            ),
            app.clock.now(),
        )
    app.announcer.offer(proposal)
    return proposal
