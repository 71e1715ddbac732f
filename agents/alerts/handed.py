"""One cause is told once: what a signal says of a customer comes by a card of the feed or by an alert, and not by both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.alerts.record import STANDING, AlertOut
from agents.alerts.rows import out_of
from agents.proposals.book import proposal_id
from infra.spine.business import Deal
from infra.spine.proposals import Proposal
from infra.spine.signals import Signal
from infra.spine.watch import Alert
from sales.proposal import WAITING

CARD = "context:"
"""Stands before a signal's id in the key of the card that hands it to whoever owns the deal or the account."""
_TOLD_BY_ALERT = "An alert tells of it."


def take_back_cards(session: Session, alert: AlertOut, user_id: str) -> tuple[str, ...]:
    """Take back the cards of somebody that tell of the signals of an alert which they are about to be told of; return the cards' ids. What was decided stays."""
    ids = [proposal_id(f"{CARD}{signal}") for signal in signals_of(alert)]
    if not ids:
        return ()
    rows = session.scalars(
        select(Proposal).where(Proposal.id.in_(ids), Proposal.owner_id == user_id, Proposal.state.in_(tuple(WAITING)))
    ).all()
    for row in rows:
        row.state, row.due_at, row.reason = "expired", None, _TOLD_BY_ALERT
    return tuple(row.id for row in rows)


def is_told_by_alert(session: Session, card_id: str) -> bool:
    """Take a new card back where an alert that stands tells its owner of the same signal already; return whether one does."""
    card = session.get_one(Proposal, card_id)
    rows: Iterable[Alert] = session.scalars(
        select(Alert)
        .join(Deal, Deal.id == Alert.deal_id)
        .where(Alert.user_id == card.owner_id, Deal.account_id == card.account_id, Alert.state.in_(STANDING))
    )
    if card.state not in WAITING or not any(card.signal_id in signals_of(out_of(row)) for row in rows):
        return False
    card.state, card.reason = "expired", _TOLD_BY_ALERT
    return True


def decided_by_card() -> Any:
    """Return the condition that the owner has dealt with the card that told of a signal: nothing is left to alert them of."""
    return (
        select(Proposal.id)
        .where(
            Proposal.signal_id == Signal.id,
            Proposal.key.startswith(CARD, autoescape=True),
            Proposal.state.in_(("approved", "executing", "done", "rejected")),
        )
        .correlate(Signal)
        .exists()
    )


def signals_of(alert: AlertOut) -> frozenset[str]:
    """Return the ids of the signals that an alert rests on."""
    causes = (*alert.new, *alert.standing)
    return frozenset(piece.id for cause in causes for piece in cause.evidence if piece.source == "signal")
