"""From a call to its notes, by rules alone. A poor transcript goes to review, and nothing is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping

from agents.notes.call import Call
from agents.notes.house import House
from agents.notes.people import attendees
from agents.notes.record import CallNotes
from sales.transcripts import SENTENCES, trouble_of

READER = "rules-1"
"""The version of the rules. Raise it with every change of what they make of a call, so that notes are made anew."""


def read(call: Call, house: House, before: Mapping[str, str]) -> CallNotes:
    """Return the notes of a recognised call. `before` are the stances at each one's last call (see `agents.notes.store.earlier_stances`)."""
    trouble = trouble_of(call.turns)
    return CallNotes(
        call=call.id,
        title=call.title,
        at=call.at,
        account=call.account_id,
        deal=call.deal_id,
        state="review" if trouble else "ready",
        trouble=SENTENCES[trouble] if trouble else None,
        participants=attendees(call),
    )
