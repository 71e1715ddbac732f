"""The first touch: a sequence begins when its first mail has gone, so that a card that nobody approves keeps nobody from being written to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from agents.intake.identity import stable_id
from agents.outreach.rules import rules_in
from agents.proposals.record import Mail
from infra.spine.proposals import Proposal
from infra.spine.signals import Signal
from infra.spine.touches import Sequence, Touch

BEGINS = ("outreach", "reactivation")
"""Kinds of proposals whose mail begins a sequence."""


def begin_sequence(session: Session, proposal: Proposal, mail: Mail, at: datetime) -> Touch | None:
    """Return touch 1 of the sequence that a mail begins, still to be marked as sent; None for what begins none. Twice is the same touch."""
    if proposal.kind not in BEGINS:
        return None
    identity = stable_id("sequence", proposal.id)
    number_one = stable_id("touch", identity, 1)
    touch = session.get(Touch, number_one)
    if touch is not None:
        return touch
    signal = session.get(Signal, proposal.signal_id) if proposal.signal_id else None
    session.add(
        Sequence(
            id=identity,
            contact_id=proposal.contact_id,
            account_id=proposal.account_id,
            lead_id=signal.lead_id if signal else None,
            owner_id=proposal.owner_id,
            signal_id=proposal.signal_id,
            recipient=mail.to.lower(),
            state="active",
            most_touches=rules_in(session).most_touches,
            started_at=at,
        )
    )
    session.flush()
    touch = Touch(
        id=number_one,
        sequence_id=identity,
        number=1,
        state="proposed",
        variant=mail.variant,
        signal_kind=signal.kind if signal else None,
    )
    session.add(touch)
    proposal.touch_id = number_one
    session.flush()
    return touch
