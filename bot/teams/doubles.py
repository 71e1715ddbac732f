"""Posts that may stand twice: one that was under way when we were killed, or that broke off, is looked for by Microsoft Graph and kept once.

A post is noted before it is sent. Where the note is found without an id, nobody knows what became of it. Where Graph may not be asked
(`bot.teams.graph` tells what that needs) it is posted anew, and a double is removed when somebody presses a button on it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.teams.connector import Connector, Refused
from bot.teams.graph import ChatMessage, Graph
from bot.teams.intake import SURFACE
from bot.teams.marks import bears, mark_of
from bot.teams.talks import Talks
from infra.errors import Retriable
from infra.logs import logger
from infra.spine.database import Database
from infra.spine.desk import Post
from sales.clock import Clock

_AGAIN = f"{SURFACE}:look-again"
_AFTER = timedelta(seconds=45)
"""So long after it is looked once more: what was on its way at a kill may come to stand after we looked."""

_SKEW = timedelta(minutes=10)
_MANY = 20
_LOG = logger("teams")


@dataclass(frozen=True)
class Spot:
    """Where a post goes: its conversation, the service that it is reached by, and who it is with where that is one person (an Entra object id)."""

    service: str
    conversation: str
    person: str = ""


class Doubles:
    """Finds and removes what stands twice. Blocks."""

    def __init__(self, database: Database, clock: Clock, connector: Connector, graph: Graph, talks: Talks) -> None:
        self._database = database
        self._clock = clock
        self._connector = connector
        self._graph = graph
        self._talks = talks
        self._groups: dict[str, str] = {}

    def begin(self, key: str) -> datetime | None:
        """Note that a post is about to be sent; return since when one may stand that nobody knows of, None where none does."""
        now = self._clock.now()
        with self._database.transaction() as session:
            known = session.get(Post, key)
            since = known.place.get("since") if known is not None and not known.place.get("id") else None
            if since is None:
                session.merge(
                    Post(key=key, surface=SURFACE, place={"id": "", "since": now.isoformat()}, about=None, at=now)
                )
        return datetime.fromisoformat(since) if since else None

    def found(self, spot: Spot, key: str, since: datetime) -> str:
        """Return the id of what stands there by this key, with all but the first removed; "" where nothing does, or nobody may tell.

        Raises Retriable where it can't be told now.
        """
        standing = self._standing(spot, mark_of(key), since)
        for other in (standing or [])[1:]:
            self._remove(spot, other)
        return standing[0] if standing else ""

    def posted(self, spot: Spot, key: str, kept: str, since: datetime) -> None:
        """Have it looked for once more in a while, and know it when somebody presses a button on a double of the post that was `kept`."""
        mark, now = mark_of(key), self._clock.now()
        told = {**asdict(spot), "mark": mark, "id": kept, "since": since.isoformat()}
        with self._database.transaction() as session:
            session.merge(Post(key=f"{_AGAIN}:{mark}", surface=SURFACE, place=told, about=_AGAIN, at=now))
            session.merge(Post(key=_by_mark(mark), surface=SURFACE, place=told, about=None, at=now))

    def look_again(self) -> int:
        """Look once more at what was posted anew; return how many doubles were removed."""
        due = self._clock.now() - _AFTER
        with self._database.session() as session:
            rows = session.scalars(
                select(Post).where(Post.about == _AGAIN, Post.at <= due).order_by(Post.at).limit(_MANY)
            ).all()
        removed = 0
        for row in rows:
            told = row.place
            spot = Spot(told["service"], told["conversation"], told["person"])
            try:
                standing = self._standing(spot, told["mark"], datetime.fromisoformat(told["since"])) or []
                others = [one for one in standing if one != told["id"]]
                for other in others:
                    self._remove(spot, other)
            except Retriable as error:
                _LOG.info("doubles looked for later", exc_info=error)
                continue
            removed += len(others)
            with self._database.transaction() as session:
                session.execute(delete(Post).where(Post.key == row.key))
        return removed

    def kept_for(self, conversation: str, activity_id: str, mark: str) -> str:
        """Return the id of the post that a pressed message is a double of, "" where it is none."""
        with self._database.session() as session:
            row = session.get(Post, _by_mark(mark))
            told = row.place if row is not None else {}
        same = told.get("conversation") == conversation and told.get("id") not in ("", None, activity_id)
        return str(told["id"]) if same else ""

    def drop(self, spot: Spot, activity_id: str) -> None:
        """Remove a double that somebody pressed. Failing is no harm: it stays known as one."""
        try:
            self._remove(spot, activity_id)
        except (Refused, Retriable) as error:
            _LOG.warning("double not removed", exc_info=error)

    def _remove(self, spot: Spot, activity_id: str) -> None:
        self._connector.delete(spot.service, spot.conversation, activity_id)
        _LOG.info("double removed")

    def _standing(self, spot: Spot, mark: str, since: datetime) -> list[str] | None:
        """Return the ids of our messages with this mark, the oldest first; None where nobody may tell."""
        if not self._graph.usable:
            return None
        try:
            found = [
                (str(one.get("createdDateTime") or ""), str(one["id"]))
                for one in self._told(spot, since - _SKEW)
                if self._graph.is_ours(one) and _bears(one, mark)
            ]
        except Refused as refused:
            _LOG.info("graph does not tell", status=refused.code)
            return None
        return [id for _created, id in sorted(set(found))]

    def _told(self, spot: Spot, since: datetime) -> list[ChatMessage]:
        if spot.conversation.startswith("a:"):
            chat = self._graph.chat_with(spot.person) if spot.person else ""
            if not chat:
                raise Refused(404, "Microsoft Graph knows of no such chat.")
            return list(self._graph.in_chat(chat, since))
        base, _, root = spot.conversation.partition(";messageid=")
        group = self._group(spot.service, base)
        if group:
            return list(self._graph.in_channel(group, base, root, since))
        return list(self._graph.in_chat(base, since))

    def _group(self, service: str, channel: str) -> str:
        """Return the Entra group of a channel's team, "" where it is no channel that we know of: Graph names teams by their groups."""
        if channel not in self._groups and not channel.endswith("@thread.v2"):
            # The id of the General channel is that of its team.
            teams = [channel, *self._talks.teams()]
            for team in teams:
                try:
                    if team == channel or channel in self._connector.channels(service, team):
                        self._groups[channel] = str(self._connector.team(service, team).get("aadGroupId") or "")
                        break
                except Refused:
                    continue
        return self._groups.get(channel, "")


def _bears(message: ChatMessage, mark: str) -> bool:
    attached = message.get("attachments") or ()
    return any(bears(one.get("content") or "", mark) for one in attached if isinstance(one, dict))


def _by_mark(mark: str) -> str:
    return f"{SURFACE}:mark:{mark}"
