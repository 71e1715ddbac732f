"""One message that steps through cards: the feed of a rep, or what waits for them. Each shown card is that proposal's own copy.

The order is kept when the message is made, so that Next leads on from what one saw, whatever was decided meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from bot.cards import card
from bot.compose import View
from bot.message import Button, Buttons, Message, Text, plain
from infra.spine.database import Database
from infra.spine.desk import Post
from infra.spine.people import User
from sales.clock import Clock
from sales.proposal import WAITING

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut
    from agents.proposals.service import Proposals
    from agents.signals.service import Signals
    from infra.spine.scope import Scope

STEP = "step"
"""The action of Next and Back; the value is `<name of the list>:<number>`."""

SURFACE = "list"
_MOST = 20
_LOOKED_AT = 100
"""So many of the best signals are looked through for drafts that are ready."""


@dataclass(frozen=True)
class Step:
    """A message that shows one card of a list. `place` is the value that shows it again; without a proposal there was nothing to show.

    `ids` are the proposals of its list; `signals` are the signals that a message without a card names; `about` are ids and names of whom it tells
    besides, so that it is found when they are forgotten.
    """

    message: Message
    place: str = ""
    proposal: ProposalOut | None = None
    ids: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


class Stepping:
    """Makes lists and shows them, one card at a time. All of it blocks."""

    def __init__(self, database: Database, clock: Clock, proposals: Proposals, signals: Signals) -> None:
        self._database = database
        self._clock = clock
        self._proposals = proposals
        self._signals = signals

    def feed(self, user: User, scope: Scope, view: View) -> Step:
        """Return the first card of what is most worth a rep's time now; where no draft is ready, what there is to look at."""
        items = self._signals.feed(user.id, scope, _LOOKED_AT)
        drafted = [one.proposal for one in items if one.proposal]
        step = self._begin(drafted[:_MOST], user, scope, view)
        if step is not None:
            return step
        items = items[:_MOST]
        if not items:
            return Step(
                _said("Nothing in your feed now.", "New signals come here in the morning, and when they are found.")
            )
        lines = tuple(
            Text(f"{plain(one.headline)} · *{plain(one.state.replace('_', ' '))}*", "bullet") for one in items
        )
        point = "No draft is ready. This is worth a look:"
        message = Message(point, (Text(f"**{point}**", "heading"), *lines))
        return Step(message, signals=tuple(one.id for one in items))

    def waiting(self, user: User, scope: Scope, view: View) -> Step:
        """Return the first card of what waits for somebody's decision, what expires first in front."""
        from agents.proposals.rights import receivers
        from infra.spine.proposals import Proposal

        found = self._proposals.listed(scope, states=("pending", "unknown"), limit=500)
        with self._database.session() as session:
            owners = {one.id: session.get_one(Proposal, one.id).owner_id for one in found}
            now = self._clock.now()
            mine = {owner for owner in set(owners.values()) if user.id in receivers(session, owner, now)}
        ids = [one.id for one in sorted(found, key=_expires_first) if owners[one.id] in mine]
        step = self._begin(ids[:_MOST], user, scope, view)
        return step or Step(_said("Nothing waits for you.", ""))

    def turn(self, place: str, user: User, scope: Scope, view: View) -> Step | None:
        """Return the card at a place of a list; None where the list is not this person's, or is not kept any more."""
        name, _, number = place.rpartition(":")
        with self._database.session() as session:
            kept = session.get(Post, _key(name))
            ids = list(kept.place["ids"]) if kept is not None and kept.place.get("user") == user.id else []
        if not number.isdigit() or int(number) >= len(ids):
            return None
        return self._shown(ids, int(number), name, scope, view)

    def _begin(self, ids: Sequence[str], user: User, scope: Scope, view: View) -> Step | None:
        ready = [one for one in ids if (found := self._proposals.get(one, scope)) is not None and found.state in _READY]
        if not ready:
            return None
        name = secrets.token_hex(8)
        with self._database.transaction() as session:
            place = {"ids": ready, "user": user.id}
            session.add(Post(key=_key(name), surface=SURFACE, place=place, about=None, at=self._clock.now()))
        return self._shown(ready, 0, name, scope, view)

    def _shown(self, ids: Sequence[str], number: int, name: str, scope: Scope, view: View) -> Step | None:
        found = self._proposals.get(ids[number], scope)
        if found is None:
            return None
        place = f"{name}:{number}"
        return Step(framed(card(found, view, evidence="asked"), place, len(ids)), place, found, tuple(ids))


_READY = WAITING | {"unknown"}


def framed(message: Message, place: str, count: int) -> Message:
    """Return a card with its place in its list, and with the ways to its neighbours."""
    name, _, number = place.rpartition(":")
    at = int(number)
    steps = []
    if at > 0:
        steps.append(Button("Back", STEP, f"{name}:{at - 1}"))
    if at + 1 < count:
        steps.append(Button("Next", STEP, f"{name}:{at + 1}"))
    above = Text(f"*Card {at + 1} of {count}*", "quiet")
    below = (Buttons(tuple(steps)),) if steps else ()
    return replace(message, parts=(above, *message.parts, *below))


def framed_as_kept(session: Session, message: Message, place: str | None) -> Message:
    """Return a card in the frame of the list in whose message it stands; as it is where it stands by itself."""
    kept = session.get(Post, _key(place.rpartition(":")[0])) if place else None
    return framed(message, place, len(kept.place["ids"])) if kept is not None and place else message


def _said(sentence: str, more: str) -> Message:
    parts = [Text(f"**{sentence}**", "heading"), *([Text(more)] if more else [])]
    return Message(sentence, tuple(parts))


def _expires_first(one: ProposalOut) -> tuple[bool, str, str]:
    return (one.expires_at is None, one.expires_at.isoformat() if one.expires_at else "", one.id)


def _key(name: str) -> str:
    return f"{SURFACE}:{name}"[:200]
