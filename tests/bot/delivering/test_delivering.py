"""A review reaches each of its places once: after a surface was busy or down, after a kill, and when somebody sends again what failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.delivering import Delivering, counts
from bot.message import Message
from bot.work import Work
from infra.errors import DealwrightError, Fatal, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Delivery, Notice, Review, User
from tests.agents.northern import settle, user
from tests.agents.proposals.office import MovingClock
from tests.bot.delivering.serving import SmallReviews
from tests.bot.test_telling import Engine
from tests.conftest import NOW

REVIEW = "2026-W46:company:all"


class Chat:
    """A chat that reaches everybody but Ben, while it is up."""

    surface = "slack"

    def __init__(self) -> None:
        self.trouble: list[DealwrightError] = []
        self.said: list[tuple[str, str]] = []

    def place_of(self, user_id: str) -> str | None:
        """Return where they are."""
        return None if user_id == "ben" else f"to:{user_id}"

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Say it, or fail."""
        if self.trouble:
            raise self.trouble.pop(0)
        self.said.append((place, message.summary))
        return {"ts": str(len(self.said))}

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Say it in a channel, or fail."""
        return self.deliver(str(place["channel"]), key, message)


class Office:
    """A team with a review to be delivered."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.clock, self.chat = MovingClock(), Chat()
        people = [
            user("ana", "Ana Ruiz", "North"),
            user("ben", "Ben Okoro", "North"),
            user("eva", "Eva Lind", "North", "admin"),
        ]
        with database.transaction() as session:
            settle(session, NOW, *people)
            session.add(Review(id=REVIEW, week="2026-W46", audience="company", about=None, record={}, made_at=NOW))
        self.engine = Engine()
        self.delivering = self.started()

    def started(self) -> Delivering:
        """Start, as a new process would, over the durable work of the one before."""
        delivering = Delivering(self.settings, self.database, self.clock, cast(Work, self.engine))
        delivering.reviews = SmallReviews()
        delivering.add(self.chat)
        return delivering

    def to(self, key: str, user_id: str | None, surface: str = "slack", **place: Any) -> None:
        """Let a delivery wait."""
        with self.database.transaction() as session:
            session.add(
                Delivery(
                    key=key, review_id=REVIEW, user_id=user_id, surface=surface, place=place, state="waiting",
                    attempts=0, due_at=NOW, sent_at=None, ref=None, trouble=None,
                )
            )  # fmt: skip

    def row(self, key: str) -> Delivery:
        """Return a delivery as it stands."""
        with self.database.session() as session:
            return session.get_one(Delivery, key)

    def alarms(self) -> list[tuple[str, str]]:
        """Return whom an alarm waits for, and its headline."""
        with self.database.session() as session:
            notices = session.scalars(select(Notice).where(Notice.kind == "delivery")).all()
            return [(one.user_id, one.payload["headline"]) for one in notices]

    def pass_time(self, **time: float) -> None:
        """Let time pass, and tick."""
        self.clock.at += timedelta(**time)
        self.delivering.tick()


@pytest.fixture
def office(database: Database, settings: Settings) -> Office:
    """The team."""
    return Office(database, settings)


def test_persons_and_channels_get_the_review_once(office: Office) -> None:
    office.to("a", "ana")
    office.to("c", None, channel="C1")
    office.delivering.tick()
    office.delivering.tick()
    assert sorted(office.chat.said) == [("C1", "Week 46 for everybody"), ("to:ana", "Week 46 for ana")]
    assert office.row("a").state == "sent"
    assert office.row("a").ref == {"ts": "1"}
    with office.database.session() as session:
        assert counts(session, REVIEW) == {"sent": 2}


def test_nothing_goes_before_it_is_due(office: Office) -> None:
    office.clock.at = NOW - timedelta(minutes=1)
    office.to("a", "ana")
    office.delivering.tick()
    assert office.chat.said == []
    office.pass_time(minutes=1)
    assert office.chat.said == [("to:ana", "Week 46 for ana")]


def test_a_busy_chat_is_tried_again_later_and_later(office: Office) -> None:
    office.to("a", "ana")
    office.chat.trouble = [Retriable("Slack is busy."), Retriable("Slack is busy.")]
    office.delivering.tick()
    assert (office.row("a").state, office.row("a").trouble) == ("waiting", "Slack is busy.")
    office.pass_time(seconds=4)
    assert len(office.chat.trouble) == 1
    office.pass_time(seconds=2)
    assert office.chat.trouble == []
    office.pass_time(seconds=10)
    assert office.chat.said == []
    office.pass_time(seconds=30)
    assert office.chat.said == [("to:ana", "Week 46 for ana")]
    assert office.row("a").trouble is None
    assert office.alarms() == []


def test_what_keeps_failing_ends_with_an_alarm_to_the_admin(office: Office) -> None:
    office.to("a", "ana")
    office.chat.trouble = [Retriable("Slack is busy.") for _ in range(20)]
    for _ in range(12):
        office.pass_time(hours=5)
    assert (office.row("a").state, office.row("a").trouble) == ("failed", "Slack is busy.")
    assert office.alarms() == [("eva", "A review could not be delivered by Slack.")]


def test_many_in_one_chat_keep_nobody_elsewhere_waiting(office: Office) -> None:
    mail = Chat()
    mail.surface = "mail"
    office.delivering.add(mail)
    for number in range(100):
        office.to(f"c{number:02}", None, channel=f"C{number}")
    office.to("later", "ana", surface="mail")
    office.delivering.tick()
    assert mail.said == [("to:ana", "Week 46 for ana")]
    assert 0 < len(office.chat.said) < 100
    office.pass_time(seconds=1)
    office.pass_time(seconds=1)
    assert len({place for place, _ in office.chat.said}) == len(office.chat.said) == 100


def test_many_failures_of_a_day_are_one_alarm(office: Office) -> None:
    for number in range(5):
        office.to(f"c{number}", None, channel=f"C{number}")
    office.chat.trouble = [Fatal("I can't write there.") for _ in range(5)]
    office.delivering.tick()
    assert {office.row(f"c{number}").state for number in range(5)} == {"failed"}
    assert len(office.alarms()) == 1


def test_what_failed_can_be_sent_again(office: Office) -> None:
    office.to("a", "ana")
    office.to("c", None, channel="C1")
    office.chat.trouble = [Fatal("I can't write there."), Fatal("I can't write there.")]
    office.delivering.tick()
    assert office.delivering.send_again(["c"]) == 1
    office.delivering.tick()
    assert office.chat.said == [("C1", "Week 46 for everybody")]
    assert office.delivering.send_again() == 1
    office.delivering.tick()
    assert len(office.chat.said) == 2
    assert office.delivering.send_again() == 0


def test_sent_again_it_gets_all_its_tries_again(office: Office) -> None:
    office.to("a", "ana")
    office.chat.trouble = [Retriable("Slack is busy.") for _ in range(8)]
    for _ in range(10):
        office.pass_time(hours=5)
    assert office.row("a").state == "failed"
    office.chat.trouble = [Retriable("Slack is busy.") for _ in range(3)]
    office.delivering.send_again()
    for _ in range(4):
        office.pass_time(hours=5)
    assert office.row("a").state == "sent"


def test_what_a_kill_left_under_way_goes_on_after_the_next_start(office: Office) -> None:
    office.to("a", "ana")
    with office.database.transaction() as session:
        session.get_one(Delivery, "a").state = "sending"
    office.engine.known.clear()
    office.delivering = office.started()
    office.delivering.tick()
    assert office.chat.said == [("to:ana", "Week 46 for ana")]


def test_who_left_or_is_nowhere_gets_none_and_that_is_told(office: Office) -> None:
    office.to("a", "ana")
    office.to("b", "ben")
    office.to("t", "eva", surface="teams")
    with office.database.transaction() as session:
        session.get_one(User, "ana").active = False
    office.delivering.tick()
    assert office.chat.said == []
    assert {key: (office.row(key).state, office.row(key).trouble) for key in "abt"} == {
        "a": ("unreached", "Not active here any more."),
        "b": ("unreached", "Not found in Slack."),
        "t": ("unreached", "This surface is not connected."),
    }


def test_an_unforeseen_failure_is_tried_again_too(office: Office) -> None:
    office.to("a", "ana")
    office.chat.trouble = [cast(DealwrightError, RuntimeError("no words of it are shown"))]
    office.delivering.tick()
    assert office.row("a").state == "sending"
    for _ in range(15):
        office.delivering.tick()
    assert (office.row("a").state, office.row("a").trouble) == ("waiting", "Something went wrong on our side.")
    office.pass_time(seconds=10)
    assert office.row("a").state == "sent"
