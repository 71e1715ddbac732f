"""Answers that were given, told again as they were told then: for what their buttons fetch."""

from __future__ import annotations

from dataclasses import dataclass

from agents.answer import Answer
from bot.app import App
from bot.compose import View, compose
from bot.figures import Calendar
from bot.message import Message
from infra.spine.desk import StoredAnswer


@dataclass(frozen=True)
class Kept:
    """A stored answer as it was told: its message, the calendar of its moment, and who asked."""

    message: Message
    calendar: Calendar
    asked_by: str | None


def kept(app: App, answer_id: str) -> Kept | None:
    """Return a stored answer, or None where it is not kept any more."""
    with app.database.session() as session:
        stored = session.get(StoredAnswer, answer_id)
    if stored is None:
        return None
    # Told as of its own moment: the pages of a fold must not shift between two clicks.
    then = View(app.settings.zone, stored.at, app.settings.public_url or "")
    return Kept(compose(Answer.model_validate(stored.answer), then), then.calendar, stored.user_id)
