"""Actions that wait for a card: done when the task that the card made is done, asked for again when the card came to nothing. Nothing stays paused for a card that is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session, aliased

from agents.guard.trail import note
from agents.intake.identity import stable_id
from infra.spine.activity import Activity
from infra.spine.proposals import Effect, Proposal
from infra.spine.watch import DueAction, OperatingDecision

CARD = "card"
"""Stands in the detail of an action that a card was made for in the operating review: the proposal's id."""
_SURFACE = "workflow"


@dataclass(frozen=True)
class Moved:
    """How many actions were done by their task, and how many are asked for again."""

    done: int = 0
    again: int = 0


def wait_for(session: Session, due_id: str, card_id: str) -> None:
    """Have an action wait for a card."""
    row = session.get_one(DueAction, due_id)
    row.detail = {**row.detail, CARD: card_id}


def move_on(session: Session, now: datetime) -> Moved:
    """Move every action whose card has come to an end."""
    card = DueAction.detail[CARD].as_string()
    rows = session.execute(
        select(DueAction, Proposal.state, Effect.id)
        .outerjoin(Proposal, Proposal.id == card)
        .outerjoin(Effect, and_(Effect.proposal_id == Proposal.id, Effect.state == "done"))
        .where(DueAction.state.in_(("waiting", "paused")), card.is_not(None))
        .order_by(DueAction.id)
    ).all()
    done = again = 0
    for row, state, effect in rows:
        if state in (None, "rejected", "expired"):
            again += 1
            _ask_again(session, row, now)
        elif (ended := _task_done(session, effect) if effect else None) is not None:
            done += 1
            row.state, row.done_by_id = "done", ended[1]
            row.done_at = max(ended[0] or now, row.triggered_at)
    return Moved(done, again)


def _task_done(session: Session, effect_id: str) -> tuple[datetime | None, str] | None:
    """Return when a card's task was done, as far as that is known, and by what; None while it is not: ticked in the CRM, or said to be done here when it fell due."""
    task = stable_id("task", effect_id)
    asked = aliased(DueAction)
    found: Any = session.execute(
        select(Activity.status, Activity.ended_at, asked.done_at)
        .outerjoin(asked, and_(asked.trigger_id == Activity.id, asked.state == "done"))
        .where(Activity.id == task, or_(Activity.status == "done", asked.id.is_not(None)))
    ).first()
    return (found.done_at or found.ended_at, task) if found is not None else None


def _ask_again(session: Session, row: DueAction, now: datetime) -> None:
    """The card came to nothing: the action is asked for again, and stands in the review again."""
    row.state = "waiting"
    row.detail = {name: value for name, value in row.detail.items() if name != CARD}
    session.execute(
        delete(OperatingDecision).where(OperatingDecision.area == "overdue", OperatingDecision.item == row.id)
    )
    note(session, now, "operating.overdue.again", by=None, surface=_SURFACE, subject=row.id)
