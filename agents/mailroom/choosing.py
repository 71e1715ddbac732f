"""A person chooses what follows a reply: stop, pause or continue. An opt-out always stops."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.mailroom import effects
from agents.proposals.rights import right_to_decide
from infra.errors import Denied, Fatal
from infra.spine.database import Database
from infra.spine.touches import Reply, Sequence, Touch

Choice = Literal["stop", "pause", "continue"]
_ALWAYS_STOP = ("opt_out", "complaint", "hard_bounce")


def choose(database: Database, reply_id: str, choice: str, *, user_id: str | None, surface: str, now: datetime) -> str:
    """Let a person choose and return the state of the sequence. `user_id` None is the API's token, which acts as an admin.

    Raises Fatal for an unknown reply or choice, or where only stopping is possible; Denied without the right to decide for its owner,
    which stands in the audit trail then.
    """
    with database.transaction() as session:
        state = _chosen(session, reply_id, choice, user_id, surface, now)
    if state is None:
        raise Denied("You may not decide about this sequence.", "Its owner, their manager or an admin can.")
    return state


def _chosen(
    session: Session, reply_id: str, choice: str, user_id: str | None, surface: str, now: datetime
) -> str | None:
    """Do what was chosen and return the state of the sequence; None where it was denied."""
    reply = session.get(Reply, reply_id)
    touch = session.get(Touch, reply.touch_id) if reply is not None and reply.touch_id else None
    sequence = session.get(Sequence, touch.sequence_id) if touch is not None else None
    if reply is None or sequence is None:
        raise Fatal("That reply is not known.", "It may have been forgotten.", status=404)
    if choice not in get_args(Choice):
        raise Fatal("That can't be chosen.", "Choose stop, pause or continue.", status=422)
    if user_id is not None and right_to_decide(session, user_id, sequence.owner_id, now) is None:
        note(session, now, "reply.denied", by=user_id, surface=surface, subject=sequence.id)
        return None
    if choice != "stop" and (reply.kind in _ALWAYS_STOP or sequence.state in ("stopped", "finished")):
        raise Fatal("This sequence is over.", "Nothing more is sent to them.", status=409)
    reply.choice, reply.chosen_by = choice, user_id
    if choice == "stop":
        if sequence.state in ("active", "paused"):
            effects.stop(session, sequence, "They answered, and a person stopped it.", now)
    elif choice == "pause":
        effects.pause(session, sequence, "They answered, and a person paused it.")
    else:
        effects.go_on(session, sequence, now)
    note(session, now, f"reply.{choice}", by=user_id, surface=surface, subject=sequence.id)
    return sequence.state
