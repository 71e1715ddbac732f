"""What a person does with something that is asked for: done, dropped, paused, taken up again. Each takes effect once, and stands in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.proposals.rights import right_to_decide
from infra.errors import Denied, Fatal
from infra.spine.business import Deal
from infra.spine.database import Database
from infra.spine.watch import DueAction

Doing = Literal["done", "drop", "pause", "resume"]
DOINGS: tuple[str, ...] = get_args(Doing)
_FROM = {
    "done": ("waiting", "paused"),
    "drop": ("waiting", "paused"),
    "pause": ("waiting",),
    "resume": ("paused",),
}
_TO = {"done": "done", "drop": "dropped", "pause": "paused", "resume": "waiting"}
_SAID = {"done": "Done.", "drop": "Dropped: it is not asked for again.", "pause": "Paused.", "resume": "It is asked for again."}  # fmt: skip
_IS = {"done": "It is done already.", "dropped": "It was dropped already.", "paused": "It is paused.", "waiting": "It is asked for."}  # fmt: skip
PERSON = "user:"
"""Stands before the id of the person who ended an action, where no activity did."""


@dataclass(frozen=True)
class Acted:
    """What came of it: `changed` is False where it stood so already."""

    state: str
    sentence: str
    changed: bool


def act(database: Database, due_id: str, doing: str, *, user_id: str | None, surface: str, now: datetime) -> Acted:
    """Do it. `user_id` None is the API's token, which acts as an admin. Raises Fatal (404, 422), and Denied without the right to decide for the owner."""
    if doing not in DOINGS:
        raise Fatal("That can't be done with it.", f"There is {', '.join(DOINGS)}.", status=422)
    with database.transaction() as session:
        found = _acted(session, due_id, doing, user_id, surface, now)
    if found is None:
        raise Denied("This is somebody else's to do.", "Its owner can say so, their manager or an admin.")
    return found


def _acted(session: Session, due_id: str, doing: str, user_id: str | None, surface: str, now: datetime) -> Acted | None:
    row = session.get(DueAction, due_id)
    if row is None:
        raise Fatal("That is not asked for.", "`dealwright workflow` shows what is.", status=404)
    owner = row.owner_id or session.get_one(Deal, row.deal_id).owner_id
    if user_id is not None and right_to_decide(session, user_id, owner, now) is None:
        note(session, now, "workflow.denied", by=user_id, surface=surface, subject=due_id)
        return None
    ended = doing in ("done", "drop")
    done: CursorResult[tuple[()]] = session.execute(  # type: ignore[assignment]
        update(DueAction)
        .where(DueAction.id == due_id, DueAction.state.in_(_FROM[doing]))
        .values(
            state=_TO[doing], done_at=now if ended else None, done_by_id=f"{PERSON}{user_id or 'api'}" if ended else None
        )
    )  # fmt: skip
    if not done.rowcount:
        return Acted(row.state, _IS.get(row.state, "It stands as it was."), changed=False)
    note(session, now, f"workflow.{doing}", by=user_id, surface=surface, subject=due_id, rule=row.rule)
    return Acted(_TO[doing], _SAID[doing], changed=True)
