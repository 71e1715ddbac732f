"""Posting once: what was posted is remembered by its key, so that a retry, a restart or a click finds it again.

One that is known is updated, never repeated. What was under way when we were killed is looked for by `bot.teams.doubles`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from bot.teams.connector import Activity, Connector, Refused
from bot.teams.doubles import Doubles, Spot
from bot.teams.intake import SURFACE, conversation_name
from bot.teams.marks import mark_of, marked
from bot.teams.render import Rendered, activity_of
from infra.logs import logger
from infra.spine.database import Database
from infra.spine.desk import Post
from infra.spine.scope import Scope
from sales.clock import Clock

_UNDRAWABLE = frozenset({400, 413})
_EMPTY: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "–"}]}],
}
_LOG = logger("teams")


@dataclass(frozen=True)
class About:
    """What a message of ours is about. `context` names what a follow-up goes on with; `grants` is the scope it was made in (`Scope.key`), None where
    it shows no records; `lead` and `note` are the lines before and after it.
    """

    context: str
    grants: list[list[str]] | None = None
    lead: str | None = None
    note: str | None = None

    @property
    def scope(self) -> Scope | None:
        """The scope that it was made in."""
        return None if self.grants is None else Scope(tuple(frozenset(grant) for grant in self.grants))


@dataclass(frozen=True)
class Draft:
    """A message to post: plain JSON, so that it survives a restart between thinking and sending.

    `key` is its own for good. `reply_to` is the activity that it answers. `cards` follow one another where one can't hold all.
    `person` is the Entra object id of whoever a personal chat is with.
    """

    key: str
    service: str
    conversation: str
    reply_to: str
    text: str
    cards: list[dict[str, Any]]
    about: About
    person: str = ""

    def json(self) -> dict[str, Any]:
        """Return it as JSON; `read_draft` reads it back."""
        return asdict(self)


def draft(key: str, place: dict[str, Any], rendered: Rendered, about: About) -> Draft:
    """Return the draft of a rendered message; `place` has `service`, `conversation` and `id` as `bot.teams.intake` keeps them."""
    where = (key, place["service"], place["conversation"], place["id"])
    return Draft(*where, rendered.text, rendered.cards, about, str(place.get("aad") or ""))


def read_draft(told: dict[str, Any]) -> Draft:
    """Return the draft that was written as JSON."""
    return Draft(**{**told, "about": About(**told["about"])})


class Posts:
    """Everything that we posted to Teams."""

    def __init__(self, database: Database, clock: Clock, connector: Connector, doubles: Doubles) -> None:
        self._database = database
        self._clock = clock
        self._connector = connector
        self._doubles = doubles

    def post(self, made: Draft) -> str:
        """Post the draft, or put it in the place of what its key has already; return the activity's id. Safe to repeat."""
        posted = [self._posted(made, _numbered(made.key, number), card) for number, card in enumerate(made.cards)]
        return posted[0]

    def _posted(self, made: Draft, key: str, card: dict[str, Any]) -> str:
        activity = activity_of(marked(card, mark_of(key)), str(card.get("fallbackText") or made.text))
        stands = self._remembered(key)
        if stands and self._updated(made, stands, activity):
            self._remember(made, key, stands)
            return stands
        spot = Spot(made.service, made.conversation, made.person)
        unsure_since = self._doubles.begin(key)
        stands = self._doubles.found(spot, key, unsure_since) if unsure_since else ""
        if not stands or not self._updated(made, stands, activity):
            stands = self._send(made, activity)
        self._remember(made, key, stands)
        if unsure_since:
            self._doubles.posted(spot, key, stands, unsure_since)
        return stands

    def redraw(self, made: Draft) -> None:
        """Put the draft in the place of what its key has, as many cards as it takes. What a person deleted stays deleted."""
        number = 0
        while number < len(made.cards) or self._remembered(_numbered(made.key, number)):
            key = _numbered(made.key, number)
            card = marked(made.cards[number], mark_of(key)) if number < len(made.cards) else _EMPTY
            activity = activity_of(card, made.text)
            stands = self._remembered(key)
            if stands and not self._updated(made, stands, activity) and number == 0:
                _LOG.info("copy is gone", key=key)
                return
            if not stands:
                self._remember(made, key, self._send(made, activity))
            number += 1

    def put(self, key: str, place: dict[str, Any], rendered: Rendered) -> None:
        """Show how a question comes along, in the message that its answer will take the place of. Raises as the Connector does."""
        made = draft(key, place, rendered, About(conversation_name(place["conversation"])))
        self._posted(made, key, made.cards[0])

    def is_ours(self, conversation: str) -> bool:
        """Return whether we have said something in a thread."""
        return self._about(Post.about == conversation_name(conversation)) is not None

    def about(self, conversation: str, activity_id: str) -> About | None:
        """Return what a message of ours is about, or None where it is not known."""
        return self._about(Post.key == place_name(conversation, activity_id))

    def latest_context(self, conversation: str) -> str | None:
        """Return what the message that we posted last in a conversation goes on with."""
        latest = self._about(Post.about == conversation_name(conversation))
        return None if latest is None else latest.context

    def _about(self, condition: ColumnElement[bool]) -> About | None:
        query = select(Post.place).where(Post.surface == SURFACE, condition).order_by(Post.at.desc()).limit(1)
        with self._database.session() as session:
            place = session.scalars(query).first()
        return None if place is None else About(**place["about"])

    def _remembered(self, key: str) -> str:
        with self._database.session() as session:
            post = session.get(Post, key)
            return str(post.place.get("id") or "") if post is not None else ""

    def _remember(self, made: Draft, key: str, activity_id: str) -> None:
        place = {"id": activity_id, "about": asdict(made.about)}
        about, at = conversation_name(made.conversation), self._clock.now()
        with self._database.transaction() as session:
            for name in (key, place_name(made.conversation, activity_id)):
                session.merge(Post(key=name, surface=SURFACE, place=place, about=about, at=at))

    def _updated(self, made: Draft, activity_id: str, activity: Activity) -> bool:
        try:
            self._connector.update(made.service, made.conversation, activity_id, activity)
        except Refused as error:
            # A person may have deleted it: then it is said anew.
            if error.code != 404:
                raise
            return False
        return True

    def _send(self, made: Draft, activity: Activity) -> str:
        try:
            return self._connector.send(made.service, made.conversation, activity, made.reply_to)
        except Refused as error:
            if error.code not in _UNDRAWABLE:
                raise
            # Better the point in plain words than nothing.
            _LOG.error("card refused", key=made.key, status=error.code)
            text = str(activity["attachments"][0]["content"].get("fallbackText") or made.text)
            plain = {"type": "message", "textFormat": "plain", "text": text}
            return self._connector.send(made.service, made.conversation, plain, made.reply_to)


def _numbered(key: str, number: int) -> str:
    return key if number == 0 else f"{key}:{number}"


def place_name(conversation: str, activity_id: str) -> str:
    """Return the name of the place where a message stands."""
    return f"{conversation_name(conversation)}:{activity_id}"[:200]
