"""From a question in Teams to what is posted: who asks, where, what everybody there may see, and what only the asker."""

from __future__ import annotations

from typing import Any

from bot.app import App
from bot.channel import Audience, Told
from bot.commands import Commands, Reply
from bot.copies import note_of
from bot.message import Message, fixed, with_note
from bot.pictures.keeping import Pictures
from bot.reception import Reception, asks_for_help
from bot.teams.connector import Connector
from bot.teams.directory import Directory
from bot.teams.intake import SURFACE, conversation_name
from bot.teams.pictures import drawn
from bot.teams.posting import About, Posts, draft
from bot.teams.progress import Progress
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import Scope

Delivery = dict[str, Any]
"""`how` is post or private; `draft` is what to post, and `otherwise` what to post instead where the asker can't be written to in private."""

_PLACES = {"channel": "a channel", "groupChat": "a group chat"}
_WHERE = "Write to me here, or mention me in a channel or a group chat."
_IN_PRIVATE = "I answered you in our personal chat."
_NO_PRIVATE = "I can't write to you in private yet: add me in Teams (Apps, then Dealwright), and ask again."
_PARTLY = "Not everyone here may see all of it. For the rest add me in Teams (Apps, then Dealwright) and ask me there."


class Questions:
    """Answers what is asked in messages and by buttons. Reads and thinks; what it returns is posted by others."""

    def __init__(self, app: App, directory: Directory, posts: Posts, connector: Connector) -> None:
        self.reception = Reception(app, SURFACE)
        self._commands = Commands(app, "teams")
        self._pictures = Pictures(app.settings, app.database, app.clock)
        self._directory = directory
        self._posts = posts
        self._connector = connector

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
        progress = Progress(self._connector, self._posts, key, said, self.reception.view.calendar)
        progress.begin()
        try:
            asker = self._directory.asker(said)
            audience = self._audience(said, asker)
            if asks_for_help(words):
                return [self.tell(key, said, self.reception.help(audience.public, _WHERE), None)]
            reply = self._commands.answer(words, asker)
            if reply is not None:
                return self._replied(key, said, reply, asker)
            own = thread or self._thread(said)
            alone = _private_thread(own, audience.private)
            told = self.reception.ask(words, asker, audience, own, alone, progress.say)
            return self._deliveries(key, said, words, own, told, audience, lead)
        except Denied as denied:
            return [self.tell(key, said, fixed(denied.sentence, denied.next_step), None)]

    def _replied(self, key: str, said: dict[str, Any], reply: Reply, asker: User) -> list[Delivery]:
        """Return what came of a command, for the eyes of whoever gave it."""
        if said["place"] == "personal":
            made = [self.tell(key, said, reply.message, None)]
        else:
            note = self.tell(key, said, fixed(_IN_PRIVATE), None)
            note["otherwise"] = self.tell(key, said, fixed(_NO_PRIVATE), None)["draft"]
            made = [privately(said, self.tell(f"{key}:private", said, reply.message, None)), note]
        if reply.proposal is not None:
            made[0]["copy"] = note_of(reply.proposal, asker.id, reply.place)
        return made

    def welcome(self, key: str, said: dict[str, Any]) -> list[Delivery]:
        """Greet whoever added us. In a team or group chat without a word of what there is."""
        scope: Scope | None = None
        if said["place"] == "personal":
            try:
                asker = self._directory.asker(said)
                scope = self._audience(said, asker).private
            except Denied as denied:
                return [self.tell(key, said, fixed(denied.sentence, denied.next_step), None)]
        return [self.tell(key, {**said, "id": ""}, self.reception.help(scope, _WHERE), None)]

    def _audience(self, said: dict[str, Any], asker: User) -> Audience:
        readers = self._directory.readers(said)
        return self.reception.audience(asker, readers)

    def _thread(self, said: dict[str, Any]) -> str:
        own = conversation_name(said["conversation"])
        if said["place"] != "personal":
            return own
        # What we said last in a personal chat may have been asked in a channel: a follow-up goes on with that.
        return self._posts.latest_context(said["conversation"]) or own

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
            mine = self.reception.compose(told.privately)
            made.append(privately(said, self.tell(f"{key}:private", said, mine, audience.private, asked, thread=about)))
        if told.here is not None:
            here, scope = self.reception.compose(told.here), audience.public
            post = self.tell(key, said, here, scope, lead, told.note, thread)
            if told.note:
                post["otherwise"] = self.tell(key, said, here, scope, lead, _PARTLY, thread)["draft"]
            made.append(post)
        elif told.note:
            post = self.tell(key, said, fixed(told.note), None, lead, thread=thread)
            post["otherwise"] = self.tell(key, said, fixed(_NO_PRIVATE), None, lead, thread=thread)["draft"]
            made.append(post)
        return made

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
        rendered = drawn(self._pictures, with_note(message, note), self.reception.view.calendar, lead)
        about = About(
            thread or conversation_name(said["conversation"]),
            None if scope is None else [sorted(grant) for grant in scope.grants],
            lead,
            note,
        )
        return {"how": "post", "draft": draft(key, said, rendered, about).json()}


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
