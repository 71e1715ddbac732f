"""From a question in Teams to what is posted: who asks, where, what everybody there may see, and what only the asker."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

from agents.answer import Answer
from agents.question import Question
from agents.starters import first_questions
from bot.app import App
from bot.channel import Audience, Told, answer_in, audience_of
from bot.compose import View, compose
from bot.message import Button, Buttons, Message, Part, Text, plain
from bot.teams.connector import Connector
from bot.teams.directory import Directory
from bot.teams.intake import SURFACE, conversation_name
from bot.teams.posting import About, Posts, draft
from bot.teams.progress import Progress
from bot.teams.render import render
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import Scope

Delivery = dict[str, Any]
"""`how` is post or private; `draft` is what to post, and `otherwise` what to post instead where the asker can't be written to in private."""

_AT_ONCE = 2
_HELP = re.compile(r"\s*(help|hilfe|hi|hello|hey|\?)?\s*[.!?]*\s*", re.IGNORECASE)
_LONGEST = 4_000
_PLACES = {"channel": "a channel", "groupChat": "a group chat"}
_NO_PRIVATE = "I can't write to you in private yet: add me in Teams (Apps, then Dealwright), and ask again."
_PARTLY = "Not everyone here may see all of it. For the rest add me in Teams (Apps, then Dealwright) and ask me there."


class Questions:
    """Answers what is asked in messages and by buttons. Reads and thinks; what it returns is posted by others."""

    def __init__(self, app: App, directory: Directory, posts: Posts, connector: Connector) -> None:
        self._app = app
        self._directory = directory
        self._posts = posts
        self._connector = connector
        # More answers at once would only keep each other, and the acknowledging of new activities, waiting.
        self._places_at_desk = threading.BoundedSemaphore(_AT_ONCE)

    def from_message(self, key: str, said: dict[str, Any]) -> list[Delivery]:
        """Answer a mention, a personal message, or a follow-up in a thread of ours; nothing for talk among people."""
        follows_up = said["place"] == "channel" and not said["mentioned"]
        if follows_up and (said["to_others"] or not self._posts.is_ours(said["conversation"])):
            return []
        return self.answer(key, said, said["text"])

    def answer(
        self, key: str, said: dict[str, Any], words: str, lead: str | None = None, thread: str | None = None
    ) -> list[Delivery]:
        """Return what to post for the question `words`. Somebody who may not ask is told so, in fixed words.

        `lead` is put before the answer; `thread` is the conversation that the question goes on with, where it is not the place's own.
        """
        progress = Progress(self._connector, self._posts, key, said, self.view().calendar)
        progress.begin()
        try:
            asker = self._directory.asker(said)
            audience = self._audience(said, asker)
            if _HELP.fullmatch(words):
                return [self.tell(key, said, self._help(audience.public), None)]
            own = thread or self._thread(said)
            told = self._ask(own, words[:_LONGEST], asker, audience, progress)
            return self._deliveries(key, said, words, own, told, audience, lead)
        except Denied as denied:
            return [self.tell(key, said, fixed(denied.sentence, denied.next_step), None)]

    def welcome(self, key: str, said: dict[str, Any]) -> list[Delivery]:
        """Greet whoever added us. In a team or group chat without a word of what there is."""
        scope: Scope | None = None
        if said["place"] == "personal":
            try:
                asker = self._directory.asker(said)
                scope = self._audience(said, asker).private
            except Denied as denied:
                return [self.tell(key, said, fixed(denied.sentence, denied.next_step), None)]
        return [self.tell(key, {**said, "id": ""}, self._help(scope), None)]

    def _audience(self, said: dict[str, Any], asker: User) -> Audience:
        readers = self._directory.readers(said)
        with self._app.database.session() as session:
            return audience_of(session, asker, readers, self._app.settings.visibility)

    def _thread(self, said: dict[str, Any]) -> str:
        own = conversation_name(said["conversation"])
        if said["place"] != "personal":
            return own
        # What we said last in a personal chat may have been asked in a channel: a follow-up goes on with that.
        return self._posts.latest_context(said["conversation"]) or own

    def _ask(self, thread: str, words: str, asker: User, audience: Audience, progress: Progress) -> Told:
        question = Question(words, audience.private, self._app.clock.now(), asker.id, thread, SURFACE)

        def ask(asked: Question) -> Answer:
            started = time.perf_counter()
            with self._places_at_desk:
                answer: Answer = self._app.ask.ask(asked, progress.say)
            self._app.telemetry.answers.labels(answer.kind, SURFACE).inc()
            self._app.telemetry.answer_seconds.labels(answer.kind).observe(time.perf_counter() - started)
            return answer

        return answer_in(ask, question, audience, _private_thread(thread, audience.private))

    def _deliveries(
        self,
        key: str,
        said: dict[str, Any],
        words: str,
        thread: str,
        told: Told,
        audience: Audience,
        lead: str | None,
    ) -> list[Delivery]:
        made: list[Delivery] = []
        if told.privately is not None:
            asked = f"You asked in {_PLACES.get(said['place'], 'Teams')}: “{words[:300]}”"
            about = _private_thread(thread, audience.private)
            mine = self._compose(told.privately)
            made.append(privately(said, self.tell(f"{key}:private", said, mine, audience.private, asked, thread=about)))
        if told.here is not None:
            here, scope = self._compose(told.here), audience.public
            post = self.tell(key, said, here, scope, lead, told.note, thread)
            if told.note:
                post["otherwise"] = self.tell(key, said, here, scope, lead, _PARTLY, thread)["draft"]
            made.append(post)
        elif told.note:
            post = self.tell(key, said, fixed(told.note), None, lead, thread=thread)
            post["otherwise"] = self.tell(key, said, fixed(_NO_PRIVATE), None, lead, thread=thread)["draft"]
            made.append(post)
        return made

    def _compose(self, answer: Answer) -> Message:
        return compose(answer, self.view())

    def view(self) -> View:
        """Return for whom messages are composed now."""
        settings = self._app.settings
        return View(settings.zone, self._app.clock.now(), settings.public_url or "")

    def tell(
        self,
        key: str,
        said: dict[str, Any],
        message: Message,
        scope: Scope | None,
        lead: str | None = None,
        note: str | None = None,
        thread: str | None = None,
    ) -> Delivery:
        """Return the delivery of a message to the place of an activity. `scope` is the one that it was made in, None where it shows no records."""
        rendered = render(with_note(message, note), self.view().calendar, lead)
        about = About(
            thread or conversation_name(said["conversation"]),
            None if scope is None else [sorted(grant) for grant in scope.grants],
            lead,
            note,
        )
        return {"how": "post", "draft": draft(key, said, rendered, about).json()}

    def _help(self, scope: Scope | None) -> Message:
        questions: list[str] = []
        if scope is not None:
            with self._app.database.session() as session:
                questions = first_questions(session, scope, self._app.clock.now(), 4)
        parts: list[Part] = [
            Text("**Ask me about your deals.** I answer with what was said, by whom and when.", "heading"),
            Text("Write to me here, or mention me in a channel or a group chat.", "body"),
            Text(
                "In a thread of mine just go on asking. Among others I say only what everybody there may see.", "body"
            ),
        ]
        if questions:
            parts.append(Buttons(tuple(Button(question, "ask", question) for question in questions)))
        return Message("Ask me about your deals.", tuple(parts))


def fixed(sentence: str, next_step: str = "") -> Message:
    """Return the message of a fixed sentence."""
    parts = [Text(plain(sentence), "body")]
    if next_step:
        parts.append(Text(plain(next_step), "body"))
    return Message(" ".join(filter(None, (sentence, next_step))), tuple(parts))


def with_note(message: Message, note: str | None) -> Message:
    """Return a message with a small line at its end."""
    if not note:
        return message
    return Message(message.summary, (*message.parts, Text(f"*{plain(note)}*", "quiet")), message.key, message.about)


def privately(said: dict[str, Any], post: Delivery) -> Delivery:
    """Return the same delivery for the eyes of whoever sent the activity only."""
    return {
        "how": "private",
        "draft": {**post["draft"], "conversation": "", "reply_to": ""},
        "tenant": said["tenant"],
        "bot": said["bot"],
        "user": said["user"],
    }


def _private_thread(thread: str, private: Scope) -> str:
    return f"{thread}:{private.user_id}"[:200]
