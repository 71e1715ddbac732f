"""Being asked for the day's minutes of administration: a week long, then once a week, in one's hours, and never again where one says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select

from agents.metrics.metric import Metric
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from bot.app import App
from bot.commands import Commands
from bot.deciding import Presses
from bot.message import all_buttons
from bot.telling import Telling
from bot.work import Work
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.models import AdminMinutes, Identity, User
from infra.spine.scope import EVERYTHING
from tests.agents.northern import settle, user
from tests.agents.proposals.office import MovingClock
from tests.bot.hearing import Chat
from tests.bot.test_telling import Engine

MONDAY = datetime(2026, 11, 23, 16, 45, tzinfo=UTC)


class Office:
    """Ana is met in a chat, Ben is not."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.clock, self.chat = MovingClock(), Chat()
        self.clock.at = MONDAY
        self.app = App(settings.model_copy(update={"database_url": url}), clock=self.clock)
        with self.app.database.transaction() as session:
            settle(session, MONDAY, user("ana", "Ana Ruiz", "North"), user("ben", "Ben Okoro", "North"))
            session.add(Identity(surface="slack", external_id="T:U", user_id="ana", learned_at=MONDAY))
        self.telling = Telling(self.app.settings, self.app.database, self.clock, cast(Work, Engine()))
        self.telling.compose = lambda kind, payload, user_id: self.app.admin_asking.compose(payload, user_id)
        self.telling.add(self.chat)

    def passes(self, **span: float) -> None:
        """Let time pass in steps of half an hour."""
        until = self.clock.at + timedelta(**span)
        while self.clock.at < until:
            self.clock.at += timedelta(minutes=30)
            for _ in range(60):
                self.app.admin_asking.tick()
            self.telling.tick()

    def minutes(self) -> dict[str, tuple[int, bool]]:
        """Return what was told, by day, and whether it is of the baseline."""
        with self.app.database.session() as session:
            rows = session.scalars(select(AdminMinutes).order_by(AdminMinutes.day))
            return {str(one.day): (one.minutes, one.baseline) for one in rows}

    def ana(self) -> User:
        """Return who is asked."""
        with self.app.database.session() as session:
            return session.get_one(User, "ana")

    def figure(self) -> Metric:
        """Return the metric of all that was told."""
        with self.app.database.session() as session:
            wanted = Wanted(Asked(days=60), keys=("admin_minutes",), trend=False)
            return Metrics(self.app.settings).report(session, EVERYTHING, self.clock.at, wanted).metrics[0]


@pytest.fixture
def office(settings: Settings, database_url: str) -> Iterator[Office]:
    """The office, on both databases."""
    made = Office(settings, database_url)
    yield made
    made.app.close()


def test_who_is_met_in_a_chat_is_asked_each_working_day_of_a_week_and_then_once_a_week(office: Office) -> None:
    office.passes(days=21)
    days = [place for place, _ in office.chat.said]
    assert set(days) == {"ana"}
    assert len(days) == 5 + 2
    message = office.chat.said[0][1]
    assert message.summary == "How many minutes of admin today?"
    assert [one.label for one in all_buttons(message.parts)] == ["None", "15 min", "30 min", "1 h", "1 h 30", "2 h or more", "Don't ask me"]  # fmt: skip


def test_a_press_and_words_are_kept_and_the_first_week_is_what_later_ones_are_compared_with(office: Office) -> None:
    commands = Commands(office.app, "slack")
    office.passes(minutes=30)
    press = next(one for one in all_buttons(office.chat.said[0][1].parts) if one.label == "1 h 30")
    shown = Presses(office.app, "slack").press(press.action, press.value, office.ana())
    assert shown.card is not None
    assert "90 minutes" in shown.card.summary
    assert "first week" in shown.card.summary
    office.passes(days=1)
    told = commands.answer("about two hours", office.ana())
    assert told is not None
    assert "120 minutes" in told.message.summary
    # Answered already: a number alone is no answer any more.
    assert commands.answer("45", office.ana()) is None
    office.passes(days=10)
    late = commands.answer("35 minutes of admin", office.ana())
    assert late is not None
    assert "baseline" not in late.message.summary
    assert office.minutes() == {"2026-11-23": (90, True), "2026-11-24": (120, True), "2026-12-04": (35, False)}
    figure = office.figure()
    assert (figure.value, figure.denominator) == (figure.value, 3)
    assert str(figure.value) == "81.7"
    assert str(figure.target) == "42.0"
    assert figure.target_source is not None
    assert "baseline of 105.0 min a day (2 answers" in figure.target_source


def test_who_declines_is_asked_no_more_until_they_ask_for_it(office: Office) -> None:
    office.passes(minutes=30)
    declines = next(one for one in all_buttons(office.chat.said[0][1].parts) if one.label == "Don't ask me")
    Presses(office.app, "slack").press(declines.action, declines.value, office.ana())
    office.passes(days=15)
    assert len(office.chat.said) == 1
    assert Commands(office.app, "slack").answer("Ask me about admin again", office.ana()) is not None
    office.passes(days=1)
    assert len(office.chat.said) == 2


def test_nobody_is_asked_outside_their_hours_and_an_old_question_is_not_asked_the_day_after(office: Office) -> None:
    office.clock.at = MONDAY.replace(hour=18, minute=5)
    office.passes(hours=14)
    assert office.chat.said == []


def test_where_the_company_wants_no_questions_nobody_is_asked(office: Office) -> None:
    office.app.settings = office.app.settings.model_copy(update={"admin_minutes_asked": False})
    office.passes(days=3)
    assert office.chat.said == []


@pytest.mark.parametrize("value", ["", "2026-11-23", "2026-11-23:17", "today:30", "2026-11-23:x"])
def test_a_button_that_is_none_of_ours_changes_nothing(office: Office, value: str) -> None:
    with pytest.raises(Fatal):
        Presses(office.app, "slack").press("admin_30", value, office.ana())
    assert office.minutes() == {}
