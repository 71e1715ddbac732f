"""The brief that comes by itself: half an hour before, to whom the meeting belongs, once, in hours or out of them, and never for what is off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.forget_outbound import forget_outbound
from bot.app import App
from bot.message import folds
from bot.telling import Telling
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Briefed, Notice, Participant, Removal, StoredAnswer
from tests.agents.northern import activity, fill, settle
from tests.agents.proposals.office import MovingClock
from tests.bot.hearing import Chat
from tests.bot.test_telling import Engine
from tests.conftest import NOW


class Office:
    """A team with a chat, whose server ticks."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.clock, self.chat = database, MovingClock(), Chat()
        self.settings = settings
        fill(database, NOW)
        self.start()

    def start(self) -> None:
        """Start the server's parts, as a new process would."""
        self.app = App(self.settings, clock=self.clock)
        self.app._parts["database"] = self.database
        self.app._parts["work"] = Engine()
        self.telling: Telling = self.app.telling
        self.telling.add(self.chat)

    def book(self, minutes: float, id: str = "meet", owner: str = "ida") -> None:
        """Book a meeting with Vera."""
        at = self.clock.now() + timedelta(minutes=minutes)
        made = activity(id, "meeting", "acc-norrland", None, owner, at, direction="mutual", status="booked", subject="Audit and dates")  # fmt: skip
        guest = Participant(activity_id=id, name="Vera Holm", role="attendee", side="buyer", contact_id="con-vera")
        with self.database.transaction() as session:
            settle(session, self.clock.now(), made, guest)

    def change(self, id: str = "meet", **values: Any) -> None:
        """Change the meeting, as the calendar's next reading would."""
        with self.database.transaction() as session:
            row = session.get_one(Activity, id)
            for name, value in values.items():
                setattr(row, name, value)

    def later(self, **span: float) -> list[str]:
        """Let time pass and the server go round once; return whom something was said to."""
        self.clock.at += timedelta(**span)
        before = len(self.chat.said)
        for _ in range(15):
            self.app.briefing.tick()
            self.telling.tick()
        return [place for place, _ in self.chat.said[before:]]


@pytest.fixture
def office(database: Database, settings: Settings) -> Iterator[Office]:
    """The office, on both databases."""
    made = Office(database, settings)
    yield made
    made.app._parts.pop("database")


def test_the_brief_comes_half_an_hour_before_to_the_owner_and_once(office: Office) -> None:
    office.book(40)
    assert office.later() == []
    assert office.later(minutes=9) == []
    assert office.later(minutes=1.5) == ["ida"]
    assert office.later(minutes=5) == []
    (message,) = [said for _, said in office.chat.said]
    assert message.summary.startswith("Norrland Timber · Loading, $90k · Propose")
    told = "\n".join(part.text for part in message.parts if hasattr(part, "text"))
    assert "Audit and dates" in told
    assert "**Who comes**" in told
    assert "Vera Holm" in told


def test_what_is_folded_opens_because_the_brief_is_kept_as_an_answer_of_the_owner(office: Office) -> None:
    office.book(20)
    office.later()
    (message,) = [said for _, said in office.chat.said]
    assert list(folds(message.parts))
    with office.database.session() as session:
        kept = session.scalars(select(StoredAnswer)).one()
    assert (kept.id, kept.user_id, kept.surface) == (message.key, "ida", "brief")


def test_a_restart_tells_nothing_twice_and_forgets_nothing(office: Office) -> None:
    office.book(20)
    with office.database.session() as session:
        assert session.scalars(select(Briefed)).all() == []
    office.app.briefing.tick()
    office.start()
    assert office.later(minutes=1) == ["ida"]
    office.start()
    assert office.later(minutes=1) == []


def test_a_server_that_comes_up_late_still_tells_until_the_meeting_begins(office: Office) -> None:
    office.book(40)
    assert office.later(minutes=37) == ["ida"]
    office.book(5, id="meet-2")
    assert office.later(minutes=6) == []


@pytest.mark.parametrize("hour", [-13.0, 60.0])
def test_a_meeting_at_night_or_at_the_weekend_is_briefed_all_the_same(office: Office, hour: float) -> None:
    office.clock.at += timedelta(hours=hour)
    office.book(25)
    assert office.later() == ["ida"]


def test_more_than_the_day_s_budget_is_no_reason_to_leave_it_out(office: Office) -> None:
    with office.database.transaction() as session:
        for number in range(40):
            session.add(Notice(key=f"n{number}", user_id="ida", kind="reply", urgent=False, payload={}, state="sent", due_at=NOW, created_at=NOW, sent_at=NOW))  # fmt: skip
    office.book(25)
    assert office.later() == ["ida"]


def test_a_cancelled_meeting_is_not_briefed(office: Office) -> None:
    office.book(40)
    office.change(status="cancelled")
    assert office.later(minutes=15) == []


def test_a_meeting_called_off_before_the_chat_could_be_reached_is_left_out(office: Office) -> None:
    office.book(25)
    office.app.briefing.tick()
    office.change(status="cancelled")
    assert office.later(minutes=1) == []
    with office.database.session() as session:
        assert session.scalars(select(Notice.state)).all() == ["dropped"]


def test_a_meeting_moved_before_it_was_told_is_briefed_at_its_new_time(office: Office) -> None:
    office.book(25)
    office.app.briefing.tick()
    office.change(at=office.clock.now() + timedelta(hours=3))
    assert office.later(minutes=1) == []
    assert office.later(hours=2, minutes=28) == []
    assert office.later(minutes=2) == ["ida"]


def test_a_meeting_moved_by_minutes_after_its_brief_is_not_briefed_twice_one_moved_to_another_day_is(
    office: Office,
) -> None:
    office.book(25)
    assert office.later() == ["ida"]
    office.change(at=office.clock.now() + timedelta(minutes=55))
    assert office.later(minutes=30) == []
    office.change(at=office.clock.now() + timedelta(hours=20))
    assert office.later(hours=19, minutes=40) == ["ida"]
    assert office.later(minutes=5) == []


def test_who_may_not_see_the_account_is_told_nothing_of_it(office: Office) -> None:
    office.settings = Settings.model_validate({**office.settings.model_dump(), "visibility": "own"})
    office.start()
    office.book(20, owner="omar")
    # The meeting is Omar's own; the account and the deal are Ida's.
    assert office.later() == []


def test_who_is_forgotten_leaves_the_brief_that_was_told(office: Office) -> None:
    office.book(25)
    office.later()
    with office.database.transaction() as session:
        kept = session.scalars(select(Notice)).one().payload["about"]
        assert {"acc-norrland", "deal-norrland", "con-vera", "Mats Lund"} <= set(kept)
        forget_outbound(session, {"con-vera"}, {"con-vera@buyer.example"}, {"Vera Holm"})
    with office.database.session() as session:
        assert session.scalars(select(Notice)).all() == []
        assert [one.surface for one in session.scalars(select(Removal))] == ["chat"]
