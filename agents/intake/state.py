"""Where a deal or a lead stands: stage, last action, next action with its date, and a short note. One query for many."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from infra.spine.models import Activity, Deal, Lead, Participant
from infra.spine.scope import Scope

NOTE_LENGTH = 160


@dataclass(frozen=True)
class Action:
    """Something that was or is to be done. `kind` is call, meeting, mail, note, task, or step (the CRM's own next step); `at` may not be known."""

    kind: str
    text: str | None
    at: datetime | date | None = None
    direction: str | None = None
    activity_id: str | None = None
    overdue: bool = False


@dataclass(frozen=True)
class State:
    """Where a deal or lead stands at a moment."""

    id: str
    name: str
    stage: str | None
    last_action: Action | None
    next_action: Action | None
    note: str | None


def deal_states(
    session: Session, scope: Scope, deal_ids: Collection[str] | None, as_of: datetime, zone: tzinfo
) -> dict[str, State]:
    """Return the state of deals by id: those of `deal_ids` that are in scope, or all in scope where it is None.

    The last action is the latest thing done by either side, automatic replies left out. The next action is the first of what
    is to come: a booked call or meeting, an open task, the CRM's next step; then a next step without a date; else what is
    overdue. `zone` tells which day `as_of` is.
    """
    last = _ranked_activities(_happened(as_of), Activity.at.desc(), "last", deal_ids)
    coming = case((Activity.status == "open", Activity.due_at), else_=Activity.at)
    ahead = case((coming >= as_of, 0), else_=1)
    to_come = or_(
        and_(Activity.status == "booked", Activity.at > as_of, Activity.kind.in_(("call", "meeting"))),
        and_(Activity.status == "open", Activity.kind == "task"),
    )
    following = _ranked_activities(to_come, (ahead, coming), "following", deal_ids, coming)
    query = (
        select(Deal.id, Deal.name, Deal.stage, Deal.note, Deal.next_step, Deal.next_step_date, *last.c, *following.c)
        .outerjoin(last, and_(last.c.last_deal == Deal.id, last.c.last_rank == 1))
        .outerjoin(following, and_(following.c.following_deal == Deal.id, following.c.following_rank == 1))
        .where(scope.deals())
    )
    if deal_ids is not None:
        query = query.where(Deal.id.in_(deal_ids))
    today = as_of.astimezone(zone).date()
    return {row.id: _deal_state(row, today, zone) for row in session.execute(query)}


def lead_states(
    session: Session, scope: Scope, lead_ids: Collection[str] | None, as_of: datetime, zone: tzinfo
) -> dict[str, State]:
    """Return the state of leads by id, as for deals. What was last done is told by the lead's mail address, else by the first touch."""
    rank = func.row_number().over(partition_by=Participant.email, order_by=(Activity.at.desc(), Activity.id))
    met = (
        select(
            Participant.email.label("last_email"),
            Activity.id.label("last_id"),
            Activity.kind.label("last_kind"),
            Activity.direction.label("last_direction"),
            Activity.subject.label("last_subject"),
            Activity.at.label("last_at"),
            rank.label("last_rank"),
        )
        .join(Activity, Activity.id == Participant.activity_id)
        .where(_happened(as_of), scope.activities(), Participant.email.in_(_lead_emails(lead_ids)))
        .subquery("last")
    )
    query = (
        select(Lead, *met.c)
        .outerjoin(met, and_(met.c.last_email == func.lower(Lead.email), met.c.last_rank == 1))
        .where(scope.leads())
    )
    if lead_ids is not None:
        query = query.where(Lead.id.in_(lead_ids))
    today = as_of.astimezone(zone).date()
    return {row.Lead.id: _lead_state(row, today, as_of, zone) for row in session.execute(query)}


def _happened(as_of: datetime) -> ColumnElement[bool]:
    return and_(Activity.status == "done", Activity.automatic.is_(False), Activity.at <= as_of)


def _lead_emails(lead_ids: Collection[str] | None) -> Select[tuple[str]]:
    emails = select(func.lower(Lead.email)).where(Lead.email.is_not(None))
    return emails if lead_ids is None else emails.where(Lead.id.in_(lead_ids))


def _ranked_activities(
    condition: ColumnElement[bool], order: Any, name: str, deal_ids: Collection[str] | None, at: Any = Activity.at
) -> Any:
    """Return activities numbered within their deal, 1 being the first in `order`, as columns that begin with `name`."""
    orders = order if isinstance(order, tuple) else (order,)
    rank = func.row_number().over(partition_by=Activity.deal_id, order_by=(*orders, Activity.id))
    query = select(
        Activity.deal_id.label(f"{name}_deal"),
        Activity.id.label(f"{name}_id"),
        Activity.kind.label(f"{name}_kind"),
        Activity.direction.label(f"{name}_direction"),
        func.coalesce(Activity.subject, func.substr(Activity.body, 1, NOTE_LENGTH)).label(f"{name}_subject"),
        at.label(f"{name}_at"),
        rank.label(f"{name}_rank"),
    ).where(condition, Activity.deal_id.is_not(None))
    if deal_ids is not None:
        query = query.where(Activity.deal_id.in_(deal_ids))
    return query.subquery(name)


def _deal_state(row: Row[Any], today: date, zone: tzinfo) -> State:
    last = None
    if row.last_id is not None:
        last = Action(row.last_kind, row.last_subject, row.last_at, row.last_direction, row.last_id)
    candidates = []
    if row.following_id is not None:
        day = row.following_at.astimezone(zone).date() if row.following_at else None
        late = day is not None and day < today
        action = Action(
            row.following_kind, row.following_subject, row.following_at, row.following_direction, row.following_id, late
        )
        candidates.append((_urgency(day, today), action))
    if row.next_step or row.next_step_date:
        day = row.next_step_date
        late = day is not None and day < today
        candidates.append((_urgency(day, today), Action("step", row.next_step, day, overdue=late)))
    following = min(candidates, key=lambda candidate: candidate[0])[1] if candidates else None
    return State(row.id, row.name, row.stage, last, following, _short(row.note))


def _urgency(day: date | None, today: date) -> tuple[int, int]:
    """What is to come goes first, the nearest before the others; then what has no date; then what is overdue, the latest first."""
    if day is None:
        return 1, 0
    return (0, (day - today).days) if day >= today else (2, (today - day).days)


def _lead_state(row: Row[Any], today: date, as_of: datetime, zone: tzinfo) -> State:
    lead = row.Lead
    last = None
    if row.last_id is not None:
        last = Action(row.last_kind, row.last_subject, row.last_at, row.last_direction, row.last_id)
    elif lead.first_touch_at is not None and lead.first_touch_at <= as_of:
        last = Action("touch", "First touch", lead.first_touch_at)
    following = None
    if lead.next_action or lead.next_action_at:
        day = lead.next_action_at.astimezone(zone).date() if lead.next_action_at else None
        following = Action("step", lead.next_action, day, overdue=day is not None and day < today)
    return State(lead.id, lead.name, lead.status, last, following, _short(lead.note))


def _short(text: str | None) -> str | None:
    """The first line of a note, cut at a word."""
    if not text or not text.strip():
        return None
    line = text.strip().splitlines()[0].strip()
    if len(line) <= NOTE_LENGTH:
        return line
    return line[: NOTE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
