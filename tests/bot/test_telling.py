"""What is told unasked comes through: after a surface was down, after a kill, and only to whom it is still meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy import select

from agents.notices import NewNotice, put
from agents.proposals.book import put_forward
from agents.proposals.record import Content, Mail, NewProposal
from bot.message import Message
from bot.stepping import Step
from bot.telling import Telling
from bot.work import Work
from infra.errors import DealwrightError, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Absence, Copy, Notice, Proposal, Signal, User
from tests.agents.northern import settle, user
from tests.agents.proposals.office import MovingClock
from tests.conftest import NOW

T = TypeVar("T")


class Engine:
    """Durable work that is done at once, and never twice under one key."""

    def __init__(self) -> None:
        self.doers: dict[str, Callable[[str], None]] = {}
        self.known: list[str] = []
        self.failed: list[str] = []

    def register(self, prefix: str, run: Callable[[str], None]) -> None:
        """Note who does these keys."""
        self.doers[prefix] = run

    def hand_over(self, key: str, lane: str) -> None:
        """Do what is not known yet."""
        if key not in self.known:
            self.known.append(key)
            try:
                self.doers[key.partition(":")[0]](key)
            except RuntimeError:
                self.failed.append(key)

    def given_up(self, keys: list[str]) -> list[str]:
        """Return those that failed."""
        return [key for key in keys if key in self.failed]

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do it."""
        return function()


class Surface:
    """A chat that reaches everybody, while it is up."""

    surface = "chat"

    def __init__(self) -> None:
        self.down: Exception | None = None
        self.said: list[tuple[str, str]] = []
        self.drawn = 0

    def place_of(self, user_id: str) -> str | None:
        """Return where they are."""
        return f"to:{user_id}"

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Say it, or fail."""
        if self.down is not None:
            raise self.down
        self.said.append((place, key))
        return {"place": f"{place}:{len(self.said)}"}

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Draw it, or fail."""
        self.drawn += 1
        if self.down is not None:
            raise self.down


class Office:
    """A rep whose cards are told."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.clock, self.engine, self.surface = database, MovingClock(), Engine(), Surface()
        hours = {"working_days": tuple(range(7)), "disturb_from": "00:00", "disturb_until": "23:59:59.999999"}
        self.settings = Settings.model_validate({**settings.model_dump(), **hours})
        with database.transaction() as session:
            settle(session, NOW, user("ana", "Ana Ruiz", "North"), user("ben", "Ben Okoro", "North"))
        self.telling = self.started()

    def started(self) -> Telling:
        """Start telling, as a new process would."""
        telling = Telling(self.settings, self.database, self.clock, cast(Work, self.engine))
        telling.add(self.surface)
        return telling

    def card(self, key: str = "one", signal: str = "", days: float | None = None) -> str:
        """Put a card of Ana's forward, without telling her: a reply, or a draft because of a signal of some kind that expires in some days."""
        mail = Mail(sender="ana@ours.example", to="ray@acme.example", subject="Dock", body="Worth a look?")
        now = self.clock.now()
        made = NewProposal(
            key=key,
            kind="outreach" if signal else "reply",
            headline="They asked",
            content=Content(effect=mail),
            owner_id="ana",
            signal_id=f"s-{key}" if signal else None,
            expires_at=now + timedelta(days=days) if days is not None else None,
        )
        with self.database.transaction() as session:
            if signal:
                of = {"id": f"s-{key}", "key": key, "kind": signal, "state": "drafted", "owner_id": "ana"}
                session.add(Signal(**of, occurred_at=now, received_at=now, strength=0.5, rank=0.5))
                session.flush()
            return put_forward(session, made, now)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**span)
        self.telling.tick()

    def states(self) -> list[str]:
        """Return how the notices stand."""
        with self.database.session() as session:
            return list(session.scalars(select(Notice.state).order_by(Notice.key)))


@pytest.fixture
def office(database: Database, settings: Settings) -> Office:
    """The office, on both databases."""
    return Office(database, settings)


@pytest.mark.parametrize("trouble", [Retriable("Slack does not answer."), RuntimeError("unforeseen")])
def test_a_card_that_no_surface_could_carry_comes_later(office: Office, trouble: Exception) -> None:
    one = office.card()
    office.surface.down = trouble
    office.telling.offer(one)
    for _ in range(20):
        office.telling.tick()
    assert (office.surface.said, office.states()) == ([], ["waiting"])
    office.surface.down = None
    office.later(minutes=1)
    assert ([place for place, _ in office.surface.said], office.states()) == (["to:ana"], ["sent"])


def test_what_no_surface_ever_carries_counts_as_unreached(office: Office) -> None:
    office.surface.down = DealwrightError("The workspace is gone.")
    office.telling.offer(office.card())
    for _ in range(10):
        office.later(hours=5)
    assert office.states() == ["unreached"]


def test_a_card_that_a_kill_kept_from_being_told_is_told_after_the_next_start(office: Office) -> None:
    office.card()
    office.later(minutes=5)
    assert [place for place, _ in office.surface.said] == ["to:ana"]
    office.telling = office.started()
    office.later(minutes=5)
    assert len(office.surface.said) == 1


def test_nothing_is_told_to_somebody_who_left_meanwhile(office: Office) -> None:
    with office.database.transaction() as session:
        put(session, NewNotice("reply:1", "ana", "reply", {"headline": "Ray is interested"}), NOW)
        session.get_one(User, "ana").active = False
    office.telling.tick()
    assert (office.surface.said, office.states()) == ([], ["dropped"])


def test_a_card_goes_to_whom_it_belongs_when_it_is_told(office: Office) -> None:
    one = office.card()
    office.telling.offer(one)
    with office.database.transaction() as session:
        session.get_one(Proposal, one).owner_id = "ben"
    office.telling.tick()
    office.telling.tick()
    assert [place for place, _ in office.surface.said] == ["to:ben"]


def test_a_copy_that_can_not_be_drawn_is_not_tried_for_ever(office: Office) -> None:
    one = office.card()
    with office.database.transaction() as session:
        for surface in ("chat", "switched-off"):
            session.add(
                Copy(proposal_id=one, surface=surface, place="p", user_id="ana", ref={}, shown="1:draft", at=NOW)
            )
    office.surface.down = DealwrightError("No such channel.")
    for _ in range(15 * 64):
        office.telling.tick()
    assert office.surface.drawn <= 7
    office.surface.down = None
    office.telling.changed(one)
    office.telling.tick()
    for _ in range(200):
        office.telling.tick()
    assert office.surface.drawn <= 8


@pytest.mark.parametrize(
    ("signal", "days", "comes"),
    [
        ("funding", 3, True),
        ("job_change", 3, True),
        ("demo_request", 4, True),
        ("meeting_booked", 4, True),
        ("", None, True),
        ("technology_change", 4, False),
        ("contract_end", 90, False),
        ("site_visit", 0.05, True),
    ],
)
def test_a_card_comes_when_it_is_found_or_waits_for_the_feed(
    office: Office, signal: str, days: float | None, comes: bool
) -> None:
    office.telling.offer(office.card(signal=signal, days=days))
    office.telling.tick()
    assert [place for place, _ in office.surface.said] == (["to:ana"] if comes else [])


def test_a_draft_that_no_feed_has_shown_comes_by_itself_while_it_can_be_decided(office: Office) -> None:
    one = office.card(signal="technology_change", days=4)
    office.telling.offer(one)
    said_after = None
    for hours in range(1, 24 * 4):
        office.later(hours=1)
        if office.surface.said and said_after is None:
            said_after = hours
    assert [key for _, key in office.surface.said] == [f"card:{one}:0:ana"]
    assert said_after is not None
    assert 24 * 2 < said_after <= 24 * 4 - 2


def test_what_a_feed_has_shown_does_not_come_again(office: Office) -> None:
    ids = [office.card(key, "technology_change", 4) for key in ("one", "two")]
    left_out = office.card("three", "technology_change", 4)
    for one in (*ids, left_out):
        office.telling.offer(one)
    office.telling.compose = lambda kind, payload, user: Step(Message("Card 1 of 2", ()), ids=tuple(ids))
    with office.database.transaction() as session:
        put(session, NewNotice("feed:ana:1", "ana", "feed", {}), office.clock.now())
    for _ in range(24 * 4):
        office.later(hours=1)
    assert [key for _, key in office.surface.said] == ["feed:ana:1", f"card:{left_out}:0:ana"]


def test_what_somebody_looked_at_in_a_feed_they_asked_for_does_not_come_again(office: Office) -> None:
    one = office.card(signal="technology_change", days=4)
    office.telling.offer(one)
    with office.database.transaction() as session:
        session.add(Copy(proposal_id=one, surface="chat", place="p", user_id="ana", ref={}, shown="1:pending", at=NOW))
    for _ in range(24 * 4):
        office.later(hours=1)
    assert (office.surface.said, office.states()) == ([], ["merged"])


def test_a_draft_that_waits_for_the_feed_goes_at_once_to_who_stands_in(office: Office) -> None:
    one = office.card(signal="technology_change", days=4)
    office.telling.offer(one)
    with office.database.transaction() as session:
        session.add(Absence(user_id="ana", begins_at=NOW, delegate_id="ben"))
    office.telling.offer(one)
    office.telling.tick()
    assert [place for place, _ in office.surface.said] == ["to:ben"]


def test_a_change_that_nobody_told_of_is_drawn_after_the_next_start(office: Office) -> None:
    """As when the process dies between the commit of a reply and the telling of it: version and state are as before."""
    one = office.card()
    office.telling.offer(one)
    office.telling.tick()
    with office.database.transaction() as session:
        session.get_one(Proposal, one).outcome = {"reply": "replied: not now"}
    office.telling = office.started()
    for _ in range(60):
        office.telling.tick()
    assert office.surface.drawn == 1
