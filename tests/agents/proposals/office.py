"""A small sales team with proposals to decide on, and carriers that behave as servers and networks do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from agents.answer import Evidence
from agents.proposals.aftermath import Aftermath
from agents.proposals.decide import Decisions
from agents.proposals.due import due_effects, turn_over
from agents.proposals.effects import Effects
from agents.proposals.guards import Block, Moment
from agents.proposals.record import Content, Mail, NewProposal, ProposalOut
from agents.proposals.request import Outcome, Request
from agents.proposals.service import Proposals
from infra.settings import Settings
from infra.spine.business import Account
from infra.spine.database import Database
from infra.spine.people import User
from infra.spine.proposals import Effect
from infra.spine.scope import EVERYTHING
from integrations.sending.carrier import Carrier, Receipt, Whereabouts
from integrations.sending.outbox import Outbox
from sales.proposal import Action
from tests.conftest import NOW

T = TypeVar("T")
PEOPLE = {
    "owner": ("rep", "West", "boss"),
    "colleague": ("rep", "West", "boss"),
    "boss": ("manager", "West", None),
    "other-boss": ("manager", "East", None),
    "stranger": ("rep", "East", "other-boss"),
    "admin": ("admin", None, None),
}


class MovingClock:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return where it stands."""
        return self.at


class Told:
    """Notes what people would be told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def offer(self, proposal_id: str) -> None:
        """Note an offer."""
        self.heard.append(("offer", proposal_id))

    def changed(self, proposal_id: str) -> None:
        """Note a change."""
        self.heard.append(("changed", proposal_id))


class Rules:
    """Guardrails that forbid what a test says."""

    def __init__(self) -> None:
        self.blocks: dict[Moment, tuple[Block, ...]] = {}

    def check(self, session: Any, proposal: Any, content: Content, moment: Moment) -> tuple[Block, ...]:
        """Return what is forbidden at this moment."""
        return self.blocks.get(moment, ())


class Scripted:
    """A carrier whose server does what a test says: `failing` is raised, after the mail was taken where `takes`."""

    name = "scripted"

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.failing: list[Exception] = []
        self.takes = False
        self.where: Whereabouts | Exception | None = None

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Take the mail, or fail as told."""
        if self.failing:
            if self.takes:
                self.taken.append(marker)
            raise self.failing.pop(0)
        self.taken.append(marker)
        return Receipt(self.name, "queued")

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """Tell what is there, or what the test says."""
        if isinstance(self.where, Exception):
            raise self.where
        return self.where or ("there" if marker in self.taken else "absent")


class Mailroom:
    """A post office with one carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.failing: Exception | None = None

    def carrier_of(self, sender: str) -> Carrier:
        """Return the one carrier."""
        return self.carrier

    def place_of(self, sender: str) -> str:
        """Return its name."""
        return self.carrier.name

    def asked(self, place: str, sender: str) -> Carrier | None:
        """Return the one carrier."""
        return self.carrier

    def written(self, mail: Mail, *, marker: str, proposal_id: str, at: datetime) -> bytes:
        """Return a message of sorts."""
        if self.failing is not None:
            raise self.failing
        return f"Message-ID: {marker}\r\n\r\n{mail.body}\r\n".encode()


class AtOnce:
    """Steps that are done where they stand; `taken_over` lets another worker have them."""

    taken_over = False

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do it."""
        return function()

    def still_ours(self) -> bool:
        """Tell whether it was taken over."""
        return not self.taken_over


class Killed(BaseException):
    """The process is gone: nothing that follows happens."""


@dataclass
class Office:
    """Everything that decides and sends, over one spine."""

    database: Database
    settings: Settings
    folder: Path
    clock: MovingClock = field(default_factory=MovingClock)
    told: Told = field(default_factory=Told)
    rules: Rules = field(default_factory=Rules)
    scripted: Scripted = field(default_factory=Scripted)
    steps: AtOnce = field(default_factory=AtOnce)
    die_at: str | None = None

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.folder)
        self.post = Mailroom(self.scripted)
        aftermath = Aftermath(self.settings)
        decisions = Decisions(self.database, self.settings, self.clock, self.rules, self.told, aftermath)
        self.proposals = Proposals(self.database, self.clock, decisions)
        self.effects = Effects(
            self.database, self.settings, self.clock, self.rules, self.post, self.told, aftermath, crash=self._passed
        )

    def _passed(self, point: str) -> None:
        if point == self.die_at:
            self.die_at = None
            raise Killed(point)

    def fill(self) -> None:
        """Bring in the people and an account in Germany."""
        with self.database.transaction() as session:
            for name, (role, team, _) in PEOPLE.items():
                session.add(
                    User(
                        id=name,
                        email=f"{name}@ours.example",
                        name=name.title(),
                        name_key=name,
                        role=role,
                        team=team,
                        source="test",
                        source_at=NOW,
                    )
                )
            session.flush()
            for name, (_, _, manager) in PEOPLE.items():
                session.get_one(User, name).manager_id = manager
            session.add(
                Account(
                    id="acc",
                    name="Acme",
                    name_key="acme",
                    country="Germany",
                    owner_id="owner",
                    source="test",
                    source_at=NOW,
                )
            )

    def forward(self, key: str = "one", **more: Any) -> str:
        """Put a mail forward and return its id."""
        with self.database.transaction() as session:
            return self.proposals.put_forward(session, new(key, **more))

    def decide(self, identity: str, action: Action, by: str | None = "owner", version: int = 1, **more: Any) -> Outcome:
        """Decide as one of the people; None is the API's token."""
        surface = more.pop("surface", "api" if by is None else "slack")
        return self.proposals.decide(Request(identity, action, version, surface, by, **more))

    def out(self, identity: str) -> ProposalOut:
        """Return the proposal as it stands."""
        found = self.proposals.get(identity, EVERYTHING)
        assert found is not None
        return found

    def work(self) -> None:
        """Do all that is due now, as the schedule and the durable work would."""
        for _ in range(20):
            with self.database.transaction() as session:
                turn_over(session, self.clock.now())
            with self.database.session() as session:
                due = due_effects(session, self.clock.now())
            if not due:
                return
            for job in due:
                self.effects.run(job.key, self.steps)

    def later(self, **span: float) -> None:
        """Let time pass, and do what is due then."""
        self.clock.at += timedelta(**span)
        self.work()

    def effect_rows(self) -> list[Effect]:
        """Return all effects."""
        with self.database.session() as session:
            return list(session.scalars(select(Effect).order_by(Effect.key)))


def new(key: str, **more: Any) -> NewProposal:
    """Return a mail to be put forward."""
    mail = Mail(
        sender="owner@ours.example",
        sender_name="Owner",
        to="ray@acme.example",
        to_name="Ray Okonkwo",
        subject="SOC 2",
        body="You asked for the SOC 2 report by 15 December. Worth a call?",
    )
    content = Content(
        effect=more.pop("effect", mail),
        evidence=(
            Evidence(source="call", id="call-1", quote="We need the SOC 2 report by 15 December.", speaker="Ray"),
        ),
        why=("they asked for it",),
    )
    given = {"kind": "follow_up", "headline": "Acme waits for SOC 2", "owner_id": "owner", "account_id": "acc"}
    return NewProposal(key=key, content=content, **{**given, **more})
