"""Forgetting what was made of calls in which somebody was: notes, objections, elements and scorecards hold their words and their name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, delete, false, or_, select
from sqlalchemy.orm import Session

from agents.intake.writing import chunks
from infra.spine.models import Activity, CallNote, Contact, Deal, DueAction, Element, Objection, Participant, Scorecard


def forget_notes(session: Session, contact: Contact, spoken: Collection[str]) -> None:
    """Delete what was made of every call of the contact's account, of those they were invited to, and of `spoken`: it is made anew from what is left.

    Others speak of a person as well, and a speaker may have been recognised by name alone, so the whole account's calls are read again.
    """
    there = or_(
        Activity.account_id == contact.account_id if contact.account_id else Activity.id.in_(()),
        Activity.id.in_(select(Participant.activity_id).where(Participant.contact_id == contact.id)),
    )
    ids = set(session.scalars(select(Activity.id).where(Activity.kind.in_(("call", "meeting")), there))) | set(spoken)
    for some in chunks(sorted(ids)):
        for table in (Objection, Element, Scorecard, CallNote):
            session.execute(
                delete(table).where(table.activity_id.in_(some)), execution_options={"synchronize_session": False}
            )
    _forget_asked(session, contact)


def _forget_asked(session: Session, contact: Contact) -> None:
    """Delete what the workflow asked for because of the contact or of words on their account's deals: it holds those words, and is found anew from what is left."""
    theirs = (
        select(Deal.id).where(Deal.account_id == contact.account_id)
        if contact.account_id
        else select(Deal.id).where(false())
    )
    worded = or_(*(DueAction.detail[name].as_string().is_not(None) for name in ("quote", "what", "task", "step")))
    session.execute(
        delete(DueAction).where(
            or_(DueAction.trigger_id == f"person:{contact.id}", and_(DueAction.deal_id.in_(theirs), worded))
        ),
        execution_options={"synchronize_session": False},
    )
