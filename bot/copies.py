"""Where cards stand: the copies that are drawn anew when a proposal changes. One place shows one card at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from agents.proposals import book
from agents.proposals.timing import timed
from bot.message import Message
from bot.stepping import framed_as_kept
from infra.spine.database import Database
from infra.spine.proposals import Copy, Proposal, Removal
from infra.spine.scope import EVERYTHING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from agents.proposals.record import ProposalOut
    from infra.settings import Settings

LIST = "list"
"""Stands in a copy's `ref` for the place in the list in whose message the card stands. See `bot.stepping`."""


def read_card(session: Session, settings: Settings, now: datetime, proposal_id: str) -> ProposalOut | None:
    """Return a proposal as its card shows it, whoever is shown it; None where it is gone."""
    found = book.get(session, proposal_id, EVERYTHING, now)
    return timed(session, settings, now, [found])[0] if found is not None else None


def note_of(proposal: ProposalOut, user_id: str, place_in_list: str) -> dict[str, str]:
    """Return as JSON which card a message shows, for `stand` once it is known where."""
    shown = f"{proposal.version}:{proposal.state}"
    return {
        "proposal": proposal.id,
        "shown": shown,
        "revision": str(proposal.revision),
        "user": user_id,
        LIST: place_in_list,
    }


def stand(session: Session, surface: str, ref: Mapping[str, Any], note: Mapping[str, str], now: datetime) -> None:
    """Keep that a card stands at `ref["place"]` from now on, in the place of any other.

    Where its proposal was forgotten while it was posted, it is to be removed instead.
    """
    place = str(ref["place"])[:200]
    session.execute(delete(Copy).where(Copy.surface == surface, Copy.place == place))
    if session.get(Proposal, note["proposal"]) is None:
        session.add(Removal(surface=surface, place=place, ref={**ref, LIST: note[LIST]}, at=now))
        return
    session.add(
        Copy(
            proposal_id=note["proposal"],
            surface=surface,
            place=place,
            user_id=note["user"],
            ref={**ref, LIST: note[LIST]} if note[LIST] else dict(ref),
            shown=note["shown"],
            # A note that an earlier version of Dealwright wrote down has none.
            revision=int(note["revision"]) if "revision" in note else None,
            at=now,
        )
    )


def ref_at(database: Database, surface: str, place: str) -> dict[str, Any]:
    """Return how the card at a place is found again; empty where none is known there."""
    with database.session() as session:
        found = session.scalars(select(Copy.ref).where(Copy.surface == surface, Copy.place == place)).first()
        return dict(found) if found else {}


def as_it_stands(database: Database, message: Message, ref: Mapping[str, Any]) -> Message:
    """Return a card as it is drawn where it stands: in the frame of its list, or by itself."""
    if not ref.get(LIST):
        return message
    with database.session() as session:
        return framed_as_kept(session, message, str(ref[LIST]))
