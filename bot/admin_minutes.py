"""Asking people how many minutes of administration their day had, and taking their answers: by a press or in words, on every surface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from agents.metrics.admin_minutes import decline, is_asked, put_questions, take_back, tell
from agents.notices import hours_of
from bot.message import Button, Buttons, Message, Part, Text, fixed
from infra.errors import Fatal
from infra.spine.people import User
from sales.admin_asking import CHOICES, minutes_said

if TYPE_CHECKING:
    from bot.app import App
    from bot.stepping import Step
    from bot.watched import Watched

DECLINE = "admin_no"
ACTIONS = frozenset({f"admin_{minutes}" for minutes in CHOICES} | {DECLINE})
"""The actions of the buttons. The value is the day and the minutes: `2026-11-23:30`."""

QUESTION = "How many minutes of admin today?"
_EVERY_TICKS = 60
_STOP = re.compile(
    r"\s*(?:please\s+)?(?:stop|don['’]?t)\s+ask(?:ing)?\s+me\s+(?:about|for)\s+(?:my\s+)?admin\w*(?:\s+(?:minutes|time))?\s*[.!]*\s*",
    re.I,
)
_AGAIN = re.compile(
    r"\s*(?:please\s+)?ask\s+me\s+(?:about|for)\s+(?:my\s+)?admin\w*(?:\s+(?:minutes|time))?(?:\s+again)?\s*[.!]*\s*",
    re.I,
)
_STOPPED = ("I don't ask you about it any more.", "Say “ask me about admin again” to be asked.")
_OTHER_BUTTON = ("That button is from another version of Dealwright.", "Say it in words: “45 minutes of admin”.")


class AdminAsking:
    """Puts the questions. `tick` is the schedule's."""

    def __init__(self, app: Watched) -> None:
        self._app = app
        self._ticks = 0

    def tick(self) -> None:
        """Put what is due to be asked, once a minute."""
        self._ticks += 1
        if self._ticks % _EVERY_TICKS != 1 or not self._app.settings.admin_minutes_asked:
            return
        with self._app.database.session() as session:
            waits = put_questions(session, self._app.settings, self._app.clock.now())
            session.rollback()
        if waits:
            with self._app.database.transaction() as session:
                put_questions(session, self._app.settings, self._app.clock.now())

    def compose(self, payload: Mapping[str, Any], user_id: str) -> Step | None:
        """Return the question, None where its day is over or it was answered meanwhile."""
        from bot.stepping import Step

        now = self._app.clock.now()
        with self._app.database.session() as session:
            user = session.get_one(User, user_id)
            today = _today(self._app, user, now)
            answered = _answered(session, user_id, today)
        if str(payload.get("day")) != today.isoformat() or answered:
            return None
        return Step(question(today))


def question(day: date) -> Message:
    """Return the question with its buttons."""
    labels = {0: "None", 15: "15 min", 30: "30 min", 60: "1 h", 90: "1 h 30", 120: "2 h or more"}
    buttons = [Button(labels[minutes], f"admin_{minutes}", f"{day}:{minutes}") for minutes in CHOICES]
    parts: tuple[Part, ...] = (
        Text(f"**{QUESTION}**", "heading"),
        Text("Typing into the CRM, writing notes and reports: what is not selling. Press, or say it in words."),
        Buttons((*buttons, Button("Don't ask me", DECLINE, f"{day}:0"))),
        Text("*Your answer is for you and whoever leads you; others see it in sums.*", "quiet"),
    )
    return Message(QUESTION, parts)


def press(app: App, verb: str, value: str, user: User) -> Message:
    """Keep what a button says, and return what stands in the place of the question then. Raises Fatal (422) for a value that no button of ours carries."""
    day, _, minutes = value.partition(":")
    try:
        told_day, told_minutes = date.fromisoformat(day), int(minutes)
    except ValueError as error:
        raise Fatal(*_OTHER_BUTTON, status=422) from error
    if verb == DECLINE:
        with app.database.transaction() as session:
            decline(session, user.id, app.clock.now())
        return fixed(*_STOPPED)
    if told_minutes not in CHOICES:
        raise Fatal(*_OTHER_BUTTON, status=422)
    return keep(app, user, told_minutes, told_day)


def keep(app: App, user: User, minutes: int, day: date | None = None) -> Message:
    """Keep somebody's minutes of a day (today where none is named), and say so."""
    with app.database.transaction() as session:
        told = tell(session, app.settings, session.get_one(User, user.id), minutes, app.clock.now(), day)
    more = " or more" if minutes == CHOICES[-1] and day is not None else ""
    of = "your first week: the baseline that later weeks are compared with" if told.baseline else "this week"
    return fixed(f"Noted: {minutes} minutes{more} of admin on {told.day:%a} {told.day.day} {told.day:%b}, for {of}.")


def answer(app: App, words: str, user: User) -> Message | None:
    """Return what comes of a line of chat about minutes of administration, None where it is about something else."""
    if _STOP.fullmatch(words):
        with app.database.transaction() as session:
            decline(session, user.id, app.clock.now())
        return fixed(*_STOPPED)
    if _AGAIN.fullmatch(words):
        with app.database.transaction() as session:
            had = take_back(session, user.id)
        return fixed("I ask you again." if had else "I ask you already.")
    if (sure := minutes_said(words, asked=False)) is not None:
        return keep(app, user, sure)
    if minutes_said(words, asked=True) is None:
        return None
    with app.database.session() as session:
        asked = is_asked(session, user.id, app.clock.now())
    told = minutes_said(words, asked=asked)
    return keep(app, user, told) if told is not None else None


def _today(app: Watched, user: User, now: datetime) -> date:
    return now.astimezone(hours_of(app.settings, user.time_zone).zone).date()


def _answered(session: Any, user_id: str, day: date) -> bool:
    from infra.spine.watch import AdminMinutes

    return session.get(AdminMinutes, (user_id, day)) is not None
