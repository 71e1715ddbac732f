"""Our conversations with people alone: where we can write to somebody who did not ask. A bot may write first only where it was added.

What must be kept to do so: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/send-proactive-messages
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import select

from bot.teams.intake import SURFACE
from infra.spine.database import Database
from infra.spine.desk import Post
from sales.clock import Clock

_KEPT = ("service", "tenant", "aad", "user", "bot")
_TEAM = f"{SURFACE}:team"
_TEAMS = 200


class Talks:
    """The conversations that we know of, by chat account (see `bot.people`)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._noted: set[str] = set()

    def note(self, account: str, said: dict[str, Any]) -> None:
        """Keep where whoever sent an activity can be written to; `said` is what `bot.teams.intake` kept of it."""
        known = self.of(account) or {}
        alone = said["conversation"] if said["place"] == "personal" else known.get("conversation", "")
        self.keep(account, {**{key: said[key] for key in _KEPT}, "conversation": alone})
        if said["team"]:
            self._note_team(said["team"])

    def keep(self, account: str, talk: dict[str, Any]) -> None:
        """Keep a conversation as `of` returns it."""
        if self.of(account) == talk:
            return
        with self._database.transaction() as session:
            session.merge(Post(key=_key(account), surface=SURFACE, place=talk, about=None, at=self._clock.now()))

    def _note_team(self, team: str) -> None:
        if team in self._noted:
            return
        key = f"{_TEAM}:{hashlib.sha256(team.encode('utf-8', 'replace')).hexdigest()[:40]}"
        with self._database.transaction() as session:
            session.merge(Post(key=key, surface=SURFACE, place={"team": team}, about=_TEAM, at=self._clock.now()))
        self._noted.add(team)

    def teams(self) -> list[str]:
        """Return the teams that somebody wrote to us in, or added us to, the latest first."""
        query = select(Post.place).where(Post.about == _TEAM).order_by(Post.at.desc()).limit(_TEAMS)
        with self._database.session() as session:
            return [str(place["team"]) for place in session.scalars(query)]

    def latest_service(self) -> str:
        """Return the service that we talked through last, "" where nobody has talked to us: a tenant has one."""
        query = select(Post.place).where(
            Post.surface == SURFACE, Post.key.startswith(f"{SURFACE}:talk:", autoescape=True)
        )
        with self._database.session() as session:
            place = session.scalars(query.order_by(Post.at.desc()).limit(1)).first()
        return str(place.get("service") or "") if place is not None else ""

    def of(self, account: str) -> dict[str, Any] | None:
        """Return `service`, `tenant`, `aad`, `user`, `bot` and `conversation` ("" where none is known yet), or None."""
        with self._database.session() as session:
            post = session.get(Post, _key(account))
            return dict(post.place) if post is not None else None


def _key(account: str) -> str:
    return f"{SURFACE}:talk:{hashlib.sha256(account.encode('utf-8', 'replace')).hexdigest()[:40]}"
