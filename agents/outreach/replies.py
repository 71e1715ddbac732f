"""A reply as the record of the last stage: what came back, what they object to or ask, what is next, and what happened to the sequence."""

from __future__ import annotations

from sqlalchemy.orm import Session

from agents.outreach.course import back_at
from agents.outreach.records import FollowUp
from infra.spine.models import Reply, Sequence, Touch
from sales.clock import Clock
from sales.sequence import after_reply

_NEXT = {
    "positive": "propose a call today",
    "question": "answer their question",
    "objection": "answer their objection",
    "not_now": "write again on the day they named",
    "unclear": "read it and choose",
    "out_of_office": "wait until they are back",
    "opt_out": "nothing: nobody writes to them again",
    "complaint": "nothing: nobody writes to them again",
    "hard_bounce": "find another address or another person",
    "soft_bounce": "wait for the next touch",
}


def follow_up_of(session: Session, reply_id: str, clock: Clock) -> FollowUp | None:
    """Return the record of a reply, or None for an unknown one."""
    reply = session.get(Reply, reply_id)
    if reply is None:
        return None
    touch = session.get(Touch, reply.touch_id) if reply.touch_id else None
    sequence = session.get(Sequence, touch.sequence_id) if touch is not None else None
    step = after_reply(reply.kind, back_at(reply, clock.now()))
    words = (reply.detail or {}).get("words")
    return FollowUp(
        reply_status=reply.kind,
        objection_or_question=str(words) if words and reply.kind in ("question", "objection") else None,
        next_action=_NEXT.get(reply.kind, "read it and choose"),
        owner_id=sequence.owner_id if sequence is not None else None,
        rule=step.rule,
        movement=step.movement,
        until=step.until,
    )
