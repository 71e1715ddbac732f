"""From a call to its notes, by rules alone. A poor transcript goes to review, and nothing is claimed of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from agents.notes.call import Call
from agents.notes.findings import competitors, decision_process, objections, pains, risks, sentiment
from agents.notes.house import House
from agents.notes.people import attendees
from agents.notes.quoting import Quoting
from agents.notes.record import CallNotes, Qualification
from agents.notes.steps import steps_and_commitments
from agents.notes.summary import summary
from sales.transcripts import SENTENCES, trouble_of

READER = "rules-8"
"""The version of the rules. Raise it with every change of what they make of a call, so that notes are made anew."""


def read(
    call: Call, house: House, before: Mapping[str, str], today: date, qualification: Qualification | None = None
) -> CallNotes:
    """Return the notes of a recognised call.

    `before` are the stances at each one's last call (see `agents.notes.store.earlier_stances`); `today` stands in for the day of a call that has none.
    What the qualification found of pains, of how they decide and of who stands up for us is in the notes as well.
    """
    trouble = trouble_of(call.turns)
    notes = CallNotes(
        call=call.id,
        title=call.title,
        at=call.at,
        account=call.account_id,
        deal=call.deal_id,
        state="review" if trouble else "ready",
        trouble=SENTENCES[trouble] if trouble else None,
        participants=attendees(call),
    )
    if trouble:
        return notes
    quoting = Quoting(call)
    steps, promised = steps_and_commitments(quoting, call.day or today)
    return notes.model_copy(
        update={
            "summary": summary(quoting),
            "next_steps": steps,
            "commitments": promised,
            "objections": objections(quoting),
            "competitors": competitors(quoting, house, qualification),
            "pains": pains(quoting, qualification),
            "decision_process": decision_process(quoting, qualification),
            "sentiment": sentiment(quoting, before, qualification),
            "risks": risks(quoting),
            "qualification": qualification,
        }
    )


def unread(call: Call, reference: str) -> CallNotes:
    """Return the notes of a call on which reading failed: for a person to look at, under a reference id."""
    return CallNotes(
        call=call.id,
        title=call.title,
        at=call.at,
        account=call.account_id,
        deal=call.deal_id,
        state="review",
        trouble=f"Reading this call failed on our side, so nothing is claimed of it. Give your admin the reference {reference}.",
    )
