"""Teams' way to a person who did not ask: our conversation with them alone, found again by its key, and drawn anew in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.channel import SHARED_OUTSIDE
from bot.compose import view_at
from bot.message import Message
from bot.pictures.keeping import Pictures
from bot.teams.connector import Connector, Refused
from bot.teams.directory import Directory
from bot.teams.intake import SURFACE, conversation_name
from bot.teams.pictures import drawn
from bot.teams.posting import About, Draft, Posts, place_name
from bot.teams.talks import Talks
from infra.errors import Fatal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.people import Identity, User
from sales.clock import Clock

_NOT_ADDED = (403, 404)
_LOG = logger("teams")


class TeamsCourier:
    """See `bot.telling.Courier`. A place is a chat account: tenant and Entra object id."""

    surface = SURFACE

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        connector: Connector,
        posts: Posts,
        talks: Talks,
        directory: Directory,
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._connector = connector
        self._posts = posts
        self._talks = talks
        self._directory = directory
        self._pictures = Pictures(settings, database, clock)

    def place_of(self, user_id: str) -> str | None:
        """Return the person's account where we have a conversation with them alone, or may open one."""
        query = (
            select(Identity.external_id)
            .join(User, User.id == Identity.user_id)
            .where(Identity.surface == SURFACE, Identity.user_id == user_id, User.active)
            .order_by(Identity.learned_at.desc(), Identity.external_id)
        )
        with self._database.session() as session:
            known = session.scalars(query).all()
        return next((account for account in known if self._conversation(account)), None)

    def deliver(self, place: str, key: str, message: Message) -> dict[str, Any]:
        """Post to the person alone, once."""
        talk, conversation = self._talks.of(place) or {}, self._conversation(place)
        return self._post(key, str(talk.get("service") or ""), conversation, message, str(talk.get("aad") or ""))

    def deliver_openly(self, place: Mapping[str, Any], key: str, message: Message) -> dict[str, Any]:
        """Post to a channel or a group chat, once. `place` has the `conversation`, and its `service` where that is not the one of our talks.

        Raises Fatal where people of other organisations read along.
        """
        service = str(place.get("service") or "") or self._talks.latest_service()
        if not service:
            raise Fatal("Nobody has written to me in Teams yet.", "Write to me there once, and send it again.")
        conversation = str(place["conversation"])
        # Looked at each time: a channel that is ours today may be shared tomorrow.
        if self._directory.has_outsiders(service, conversation):
            raise Fatal(*SHARED_OUTSIDE)
        return self._post(key, service, conversation, message)

    def _post(self, key: str, service: str, conversation: str, message: Message, person: str = "") -> dict[str, Any]:
        made = replace(self._draft(f"{SURFACE}:{key}"[:200], service, conversation, message), person=person)
        posted = self._posts.post(made)
        return {
            "key": made.key,
            "service": made.service,
            "conversation": conversation,
            "id": posted,
            "place": place_name(conversation, posted),
        }

    def redraw(self, ref: Mapping[str, Any], message: Message) -> None:
        """Put the message in the place of what stands there. A conversation that is gone stays gone."""
        made = self._draft(str(ref["key"]), str(ref["service"]), str(ref["conversation"]), message)
        try:
            self._posts.redraw(made)
        except Refused as refused:
            if refused.code not in _NOT_ADDED:
                raise
            _LOG.info("copy is out of reach", key=made.key, status=refused.code)

    def _conversation(self, account: str) -> str:
        talk = self._talks.of(account)
        if talk is None:
            return ""
        if talk["conversation"]:
            return str(talk["conversation"])
        try:
            opened = self._connector.open_private(talk["service"], talk["tenant"], talk["bot"], talk["user"])
        except Refused as refused:
            if refused.code not in _NOT_ADDED:
                raise
            return ""
        self._talks.keep(account, {**talk, "conversation": opened})
        return opened

    def _draft(self, key: str, service: str, conversation: str, message: Message) -> Draft:
        view = view_at(self._settings, self._clock.now())
        rendered = drawn(self._pictures, message, view.calendar)
        about = About(conversation_name(conversation))
        return Draft(key, service, conversation, "", rendered.text, rendered.cards, about)
