"""What Slack and Teams do alike between a question and its message: who may hear what, asking, the help, and answers told again."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass

from agents.answer import Answer
from agents.history import rate, read_answer
from agents.question import Progress, Question
from agents.starters import first_questions
from bot.app import App
from bot.channel import Audience, Readers, Told, answer_in, audience_of
from bot.compose import View, compose, view_at
from bot.figures import Calendar
from bot.message import Button, Buttons, Message, Part, Text
from infra.spine.people import User
from infra.spine.scope import Scope

GONE = ("That answer is not kept any more.", "Ask again.")
NOT_YOURS = ("That answer was made for somebody who may see more than you.", "Ask me yourself.")
NOT_HERE = ("I can't do that from here.", "Ask me in words, or open the console.")

_AT_ONCE = 2
_AT_ONCE_WITH_MODEL = 8
_LONGEST = 4_000
_STARTERS = 4
_HELP = re.compile(r"\s*(help|hilfe|hi|hello|hey|\?)?\s*[.!?]*\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Kept:
    """A stored answer as it was told: its message, the calendar of its moment, and who asked. One that is `open` may be read by whoever sees where it stands."""

    message: Message
    calendar: Calendar
    asked_by: str | None
    open: bool = False


def asks_for_help(words: str) -> bool:
    """Return whether somebody only says hello, or asks what we are for."""
    return _HELP.fullmatch(words) is not None


class Reception:
    """One chat surface's way to answers. `surface` is its name in what is kept and counted."""

    def __init__(self, app: App, surface: str) -> None:
        self._app = app
        self._surface = surface
        # Without a model an answer is all arithmetic: more at once would only keep each other, and new events, waiting.
        self._desks = threading.BoundedSemaphore(_AT_ONCE_WITH_MODEL if app.settings.model else _AT_ONCE)

    @property
    def view(self) -> View:
        """For whom messages are composed now."""
        return view_at(self._app.settings, self._app.clock.now())

    def compose(self, answer: Answer) -> Message:
        """Return an answer's message as it is told now."""
        return compose(answer, self.view)

    def audience(self, asker: User, readers: Readers | None) -> Audience:
        """Return what may be said to whom; `readers` is None in private. Raises Denied where outsiders read along."""
        with self._app.database.session() as session:
            return audience_of(session, asker, readers, self._app.settings.visibility)

    def ask(self, words: str, asker: User, audience: Audience, thread: str, private_thread: str, say: Progress) -> Told:
        """Ask for everybody who reads along, and for the asker. The threads name the contexts that each goes on with."""
        question = Question(words[:_LONGEST], audience.private, self._app.clock.now(), asker.id, thread, self._surface)
        return answer_in(lambda asked: self._asked(asked, say), question, audience, private_thread)

    def _asked(self, question: Question, say: Progress) -> Answer:
        started = time.perf_counter()
        with self._desks:
            answer: Answer = self._app.ask.ask(question, say)
        self._app.telemetry.answers.labels(answer.kind, self._surface).inc()
        self._app.telemetry.answer_seconds.labels(answer.kind).observe(time.perf_counter() - started)
        return answer

    def starters(self, scope: Scope) -> list[str]:
        """Return questions to begin with, from what the scope holds."""
        with self._app.database.session() as session:
            return first_questions(session, scope, self._app.clock.now(), _STARTERS)

    def help(self, scope: Scope | None, where: str) -> Message:
        """Return what we are for, with questions to press. `where` says how one writes to us here; no scope, no questions."""
        point = "Ask me about your deals."
        parts: list[Part] = [
            Text(f"**{point}** I answer with what was said, by whom and when.", "heading"),
            Text(where, "body"),
            Text(
                "In a thread of mine just go on asking. Among others I say only what everybody there may see.", "body"
            ),
        ]
        questions = [] if scope is None else self.starters(scope)
        if questions:
            parts.append(Buttons(tuple(Button(question, "ask", question) for question in questions)))
        return Message(point, tuple(parts))

    def kept(self, answer_id: str) -> Kept | None:
        """Return a stored answer, or a review by its key, or None where it is not kept any more."""
        from bot.digest import kept_review
        from bot.digest_message import KEY

        if answer_id.startswith(KEY):
            review = kept_review(self._app, answer_id)
            if review is None:
                return None
            calendar = view_at(self._app.settings, review.digest.as_of).calendar
            return Kept(review.message, calendar, review.reader, open=review.reader is None)
        with self._app.database.session() as session:
            found = read_answer(session, answer_id)
        if found is None:
            return None
        stored, answer = found
        # Told as of its own moment: the pages of a fold must not shift between two clicks.
        then = view_at(self._app.settings, stored.at)
        return Kept(compose(answer, then), then.calendar, stored.user_id)

    def rate(self, answer_id: str, user: User, *, useful: bool) -> None:
        """Keep what somebody thinks of an answer, or of a review's section; the last word counts."""
        from bot.digest import judge_section
        from bot.digest_message import KEY

        if answer_id.startswith(KEY):
            judge_section(self._app, answer_id, user, useful=useful)
            return
        with self._app.database.transaction() as session:
            rate(session, answer_id, user.id, useful=useful, at=self._app.clock.now())
