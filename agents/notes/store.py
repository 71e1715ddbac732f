"""Notes in the spine: one transaction a call, rows whose ids come from the call and the place in it, so that doing it twice is doing it once."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from agents.notes.call import Call
from agents.notes.record import CallNotes
from infra.spine.models import Activity, CallNote, Element, Objection, Turn
from sales.objection_answers import kind_of_answer

_ID_DIGITS = 24
_CALLS_BACK = 20


def waiting(reader: str) -> Select[str]:
    """Return the ids of held calls and meetings with a transcript whose notes are missing, or made from other words, by other rules or for another deal; the oldest first.

    The order matters: how somebody's stance changed is told from the call before.
    """
    spoken = exists().where(Turn.activity_id == Activity.id)
    stale = or_(
        CallNote.activity_id.is_(None),
        CallNote.made_from != Activity.content_hash,
        CallNote.reader != reader,
        CallNote.record["deal"].as_string().is_distinct_from(Activity.deal_id),
        CallNote.record["account"].as_string().is_distinct_from(Activity.account_id),
    )
    return (
        select(Activity.id)
        .outerjoin(CallNote, CallNote.activity_id == Activity.id)
        .where(Activity.kind.in_(("call", "meeting")), Activity.status == "done", spoken, stale)
        .order_by(Activity.at.is_(None), Activity.at, Activity.id)
    )


def stored(session: Session, call_id: str, reader: str) -> CallNotes | None:
    """Return the notes of a call as they stand, or None where there are none of these rules and its words of today."""
    row = session.execute(
        select(CallNote.record)
        .join(Activity, Activity.id == CallNote.activity_id)
        .where(
            CallNote.activity_id == call_id,
            CallNote.made_from == Activity.content_hash,
            CallNote.reader == reader,
            CallNote.record["deal"].as_string().is_not_distinct_from(Activity.deal_id),
            CallNote.record["account"].as_string().is_not_distinct_from(Activity.account_id),
        )
    ).one_or_none()
    return CallNotes.model_validate(row[0]) if row else None


def keep(session: Session, call: Call, notes: CallNotes, reader: str, now: datetime) -> bool:
    """Write the notes of a call with its objections and elements. Returns False where its words changed since they were read: it waits on.

    Call it in a transaction. Whoever else writes the same call waits for this row.
    """
    current = session.scalar(select(Activity.content_hash).where(Activity.id == call.id).with_for_update())
    if current != call.content_hash:
        return False
    for table in (Objection, Element):
        session.execute(delete(table).where(table.activity_id == call.id))
    session.execute(delete(CallNote).where(CallNote.activity_id == call.id))
    record = notes.public()
    session.add(
        CallNote(
            activity_id=call.id,
            state=notes.state,
            trouble=notes.trouble,
            record=record,
            made_from=call.content_hash,
            reader=reader,
            made_at=now,
        )
    )
    at = call.at or now
    session.add_all(_objections(call, notes, at))
    session.add_all(_elements(call, notes, at))
    _have_later_ones_made_anew(session, call)
    return True


def row_id(call_id: str, *place: object) -> str:
    """Return the id of a row about a place in a call: the same each time."""
    digest = hashlib.sha256(call_id.encode()).hexdigest()[:_ID_DIGITS]
    return ":".join((digest, *(str(part) for part in place)))[:60]


def _objections(call: Call, notes: CallNotes, at: datetime) -> list[Objection]:
    return [
        Objection(
            id=row_id(call.id, "o", one.said[0].position, one.topic),
            activity_id=call.id,
            account_id=call.account_id,
            deal_id=call.deal_id,
            owner_id=call.owner_id,
            topic=one.topic,
            quote=one.said[0].quote,
            position=one.said[0].position,
            speaker=one.said[0].speaker,
            answer=one.answer.quote if one.answer else None,
            answer_position=one.answer.position if one.answer else None,
            answered_by=one.answer.speaker if one.answer else None,
            answer_kind=kind_of_answer(one.answer.quote) if one.answer else None,
            handled=one.handled,
            at=at,
        )
        for one in notes.objections
    ]


def _elements(call: Call, notes: CallNotes, at: datetime) -> list[Element]:
    if notes.qualification is None:
        return []
    contact_of = {turn.position: turn.contact_id for turn in call.turns}
    rows: dict[str, Element] = {}
    for element in notes.qualification.elements:
        for said in element.said if element.state != "open" else ():
            row = Element(
                id=row_id(call.id, "q", said.position, element.element),
                activity_id=call.id,
                account_id=call.account_id,
                deal_id=call.deal_id,
                framework=notes.qualification.framework,
                element=element.element,
                state=element.state,
                text=element.text or said.quote,
                quote=said.quote,
                position=said.position,
                speaker=said.speaker,
                contact_id=contact_of.get(said.position),
                contradicts=element.against.model_dump(mode="json") if element.against else None,
                at=at,
            )
            rows.setdefault(row.id, row)
    return list(rows.values())


def _have_later_ones_made_anew(session: Session, call: Call) -> None:
    """Let the notes of the account's later calls be made again: what they say of changes rests on this one."""
    if call.at is None or call.account_id is None:
        return
    later = select(Activity.id).where(Activity.account_id == call.account_id, Activity.at > call.at)
    session.execute(
        update(CallNote)
        .where(and_(CallNote.activity_id.in_(later), CallNote.made_from != ""))
        .values(made_from="")
        .execution_options(synchronize_session=False)
    )


def earlier_stances(session: Session, call: Call) -> dict[str, str]:
    """Return each person's stance at their last call before this one, by contact id and by name (`name:…`), looking back over the account's last calls."""
    if call.at is None or call.account_id is None:
        return {}
    rows = session.scalars(
        select(CallNote.record["sentiment"])
        .join(Activity, Activity.id == CallNote.activity_id)
        .where(Activity.account_id == call.account_id, Activity.at < call.at, CallNote.state == "ready")
        .order_by(Activity.at.desc())
        .limit(_CALLS_BACK)
    )
    found: dict[str, str] = {}
    for feelings in rows:
        for one in feelings or ():
            if one["stance"] != "unknown":
                found.setdefault(one["contact"] or f"name:{one['name'].casefold()}", one["stance"])
    return found
