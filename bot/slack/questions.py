"""From a question in Slack to what is delivered: who asks, where, what everybody there may see, and what only the asker."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from bot.app import App
from bot.channel import Audience, Told
from bot.commands import Commands, Reply
from bot.copies import note_of
from bot.inbox import Arrived
from bot.message import Message, charts, fixed, with_note
from bot.pictures.keeping import Pictures
from bot.reception import Reception, asks_for_help
from bot.slack.blocks import Block
from bot.slack.deliveries import Delivery, post, respond
from bot.slack.directory import Directory, Place
from bot.slack.intake import SURFACE
from bot.slack.mrkdwn import escaped, mentions, words_of
from bot.slack.pictures import uploaded
from bot.slack.posting import Posts, thread_name
from bot.slack.render import context, render
from bot.slack.status import Statuses
from bot.slack.web import Refused
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import Scope

_TO_ANOTHER = re.compile(r"\s*<@[^>]+>")
_IN_PRIVATE = "I answered you in a direct message."
_WHERE = "Mention me in a channel, write to me here, or type /deal and your question."


@dataclass(frozen=True)
class Spot:
    """Where a question was asked, and where its answer goes. `ts` is the message with the question, `thread_ts` the thread of the answer.

    `unseen` is the `response_url` of a place where only the asker sees what we say: a command, or a message that only they see.
    """

    event_id: str
    workspace: str
    channel: str
    user: str
    ts: str
    thread_ts: str | None
    unseen: str | None = None

    @property
    def account(self) -> str:
        """The asker's chat account, as `bot.people` names it."""
        return f"{self.workspace}:{self.user}"


class Questions:
    """Answers what is asked in messages, commands and by buttons. Reads and thinks; what it returns is delivered by others."""

    def __init__(self, app: App, directory: Directory, posts: Posts, statuses: Statuses) -> None:
        self.reception = Reception(app, SURFACE)
        self._commands = Commands(app, "slack")
        self._pictures = Pictures(app.settings, app.database, app.clock)
        self._directory = directory
        self._posts = posts
        self._statuses = statuses

    def from_message(self, event: Arrived) -> list[Delivery]:
        """Answer a mention, a direct message, or a follow-up in a thread of ours; nothing for talk among people."""
        said = event.payload
        workspace = self._directory.workspace(said["workspace"])
        bot_user = said.get("bot_user") or workspace.bot_user
        private = said.get("channel_type") == "im" or said["channel"].startswith("D")
        if said.get("user") == bot_user:
            return []
        if event.kind == "message" and not private and not self._follows_up(said, bot_user):
            return []
        thread = said.get("thread_ts") or (None if private else said["ts"])
        spot = Spot(event.id, said["workspace"], said["channel"], said["user"], said["ts"], thread)
        return self.answer(spot, words_of(said["text"], bot_user), said.get("user_team"), said.get("shared", False))

    def _follows_up(self, said: dict[str, Any], bot_user: str | None) -> bool:
        # A mention comes as an event of its own; words to somebody else are not for us.
        if mentions(said["text"], bot_user) or _TO_ANOTHER.match(said["text"]):
            return False
        thread_ts = said.get("thread_ts")
        return thread_ts is not None and self._posts.is_ours(said["workspace"], said["channel"], thread_ts)

    def from_command(self, event: Arrived) -> list[Delivery]:
        """Answer `/deal …`; only the asker sees it."""
        said = event.payload
        spot = Spot(event.id, said["workspace"], said["channel"], said["user"], "", None, said.get("response_url"))
        return self.answer(spot, words_of(said["text"], None), None, False)

    def answer(
        self, spot: Spot, words: str, user_team: str | None, shared: bool, lead: list[Block] | None = None
    ) -> list[Delivery]:
        """Return what to deliver for the question `words`. Somebody who may not ask is told so, in fixed words."""
        web = self._directory.web(spot.workspace)
        status = None
        if spot.unseen is None:
            status = self._statuses.looking(web, spot.workspace, spot.channel, spot.ts, spot.thread_ts, spot.user)
        try:
            asker = self._directory.people.asker(spot.account)
            audience = self._audience(spot, asker, shared)
            if asks_for_help(words):
                return [self.tell(spot, self.reception.help(audience.private, _WHERE), None)]
            reply = self._commands.answer(words, asker)
            if reply is not None:
                return self._replied(spot, reply, asker)
            thread = self._thread(spot)
            say = status.say if status else _silent
            told = self.reception.ask(words, asker, audience, thread, f"{thread}:{spot.user}", say)
            return self._deliveries(spot, words, told, audience, lead or [])
        except Denied as denied:
            return [self.tell(spot, fixed(denied.sentence, denied.next_step), None)]
        finally:
            if status is not None:
                status.end()

    def _replied(self, spot: Spot, reply: Reply, asker: User) -> list[Delivery]:
        """Return what came of a command, in the direct message of whoever gave it."""
        made: list[Delivery] = []
        alone = spot
        if spot.unseen is not None or not spot.channel.startswith("D"):
            alone = Spot(f"{spot.event_id}:private", spot.workspace, self._direct(spot), spot.user, spot.ts, None)
            made.append(self.tell(spot, fixed(_IN_PRIVATE), None))
        post = self.tell(alone, reply.message, None)
        if reply.proposal is not None:
            post["copy"] = note_of(reply.proposal, asker.id, reply.place)
        return [post, *made]

    def _direct(self, spot: Spot) -> str:
        opened = self._directory.web(spot.workspace).call("conversations.open", users=spot.user)
        return str((opened.get("channel") or {}).get("id") or "")

    def _audience(self, spot: Spot, asker: User, shared: bool) -> Audience:
        place = self._place(spot, shared)
        readers = place.readers if spot.unseen is None or (place.readers and place.readers.outsiders) else None
        return self.reception.audience(asker, readers)

    def _place(self, spot: Spot, shared: bool) -> Place:
        try:
            place = self._directory.place(spot.workspace, spot.channel)
        except Refused:
            if spot.unseen is None:
                raise
            # A command works in places that we are not in; what it gives is seen by its asker alone.
            return Place(True, None)
        if shared and not place.private and place.readers is not None and not place.readers.outsiders:
            return Place(False, replace(place.readers, outsiders=True))
        return place

    def _thread(self, spot: Spot) -> str:
        own = thread_name(spot.workspace, spot.channel, spot.thread_ts)
        if spot.unseen is not None:
            return f"{own}:{spot.user}"
        if spot.thread_ts is None:
            return own
        return self._posts.context_of(spot.workspace, spot.channel, spot.thread_ts) or own

    def _deliveries(self, spot: Spot, words: str, told: Told, audience: Audience, lead: list[Block]) -> list[Delivery]:
        made: list[Delivery] = []
        if told.here is not None:
            message = with_note(self.reception.compose(told.here), told.note)
            made.append(self.tell(spot, message, audience.public, lead))
        elif told.note:
            made.append(self.tell(spot, fixed(told.note), None, lead))
        if told.privately is not None:
            asked = context(f"You asked in <#{spot.channel}>: “{escaped(words[:300])}”")
            alone = Spot(f"{spot.event_id}:private", spot.workspace, self._direct(spot), spot.user, spot.ts, None)
            thread = f"{self._thread(spot)}:{spot.user}"
            made.append(self.tell(alone, self.reception.compose(told.privately), audience.private, [asked], thread))
        return made

    def tell(
        self,
        spot: Spot,
        message: Message,
        scope: Scope | None,
        lead: list[Block] | None = None,
        thread: str | None = None,
    ) -> Delivery:
        """Return the delivery of a message to a spot. `scope` is the one that it was made in, None where it shows no records."""
        if any(charts(message.parts)):
            message = uploaded(self._directory.web(spot.workspace), self._pictures.linked(message))
        rendered = render(message, self.reception.view.calendar, lead)
        if spot.unseen is not None:
            return respond(spot.event_id, spot.workspace, spot.user, spot.unseen, rendered)
        grants = None if scope is None else [sorted(grant) for grant in scope.grants]
        about = thread or self._thread(spot)
        return post(spot.event_id, spot.workspace, spot.channel, spot.thread_ts, rendered, about, spot.ts, grants)

    def prompts(self, account: str) -> list[str]:
        """Return first questions for somebody who opened the assistant; none for people we don't know."""
        try:
            asker = self._directory.people.asker(account)
        except Denied:
            return []
        return self.reception.starters(self.reception.audience(asker, None).private)


def _silent(_line: str) -> None:
    return None
