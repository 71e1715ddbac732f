"""What is watched, as it is counted: actions that were due, deals that were saved, minutes of administration, and what systems of record refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from agents.metrics.ground import Ground, closed_day
from infra.spine.business import Deal
from infra.spine.crm import CrmLink, CrmWrite, DeadLetter
from infra.spine.seconds import SecondsBetween
from infra.spine.watch import AdminMinutes, DueAction, HealthMark

RISK = "at_risk"
_LAST = aliased(HealthMark, name="last_mark")


def latencies(ground: Ground) -> Select[Any]:
    """A row for each action of the workflow that was done in the span, with the seconds since its trigger."""
    return (
        select(
            ground.windows.c.span,
            DueAction.owner_id.label("owner"),
            SecondsBetween(DueAction.done_at, DueAction.triggered_at).label("took"),
        )
        .select_from(DueAction)
        .join(ground.windows, ground.within(DueAction.done_at))
        .where(DueAction.state == "done")
    )


def on_time(ground: Ground) -> Select[Any]:
    """A row for each action that fell due in the span: `hit` 1 where it was done by then. What was dropped or paused is not counted."""
    in_time = and_(DueAction.done_at.is_not(None), DueAction.done_at <= DueAction.due_at)
    return (
        select(ground.windows.c.span, DueAction.owner_id.label("owner"), case((in_time, 1), else_=0).label("hit"))
        .select_from(DueAction)
        .join(ground.windows, ground.within(DueAction.due_at))
        .where(DueAction.state.in_(("waiting", "done")))
    )


def saves(ground: Ground) -> Select[Any]:
    """A row for each time that a deal's risk ended: `hit` 1 where it recovered or was won, 0 where it was lost, null where its health can't be told any more."""
    marks = (
        select(
            HealthMark.deal_id,
            HealthMark.at,
            HealthMark.band,
            func.lag(HealthMark.band).over(partition_by=HealthMark.deal_id, order_by=HealthMark.at).label("before"),
        )
        .where(ground.known(HealthMark.at))
        .subquery("marks")
        .c
    )
    over = and_(Deal.status != "open", closed_day(ground, Deal) <= ground.day(marks.at))
    recovered = (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            case((marks.band.in_(("healthy", "watch")), 1)).label("hit"),
        )
        .select_from(Deal)
        .join(marks.deal_id.table, marks.deal_id == Deal.id)
        .join(ground.windows, ground.within(marks.at))
        .where(marks.before == RISK, marks.band != RISK, ~over)
    )
    return union_all(recovered, _ended_at_risk(ground)).subquery("saves").select()


def _ended_at_risk(ground: Ground) -> Select[Any]:
    """Deals that were won or lost while they were at risk."""
    closed = closed_day(ground, Deal)
    last = (
        select(func.max(_LAST.at))
        .where(_LAST.deal_id == Deal.id, ground.day(_LAST.at) < closed)
        .correlate(Deal)
        .scalar_subquery()
    )
    return (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            case((Deal.status == "won", 1), else_=0).label("hit"),
        )
        .select_from(Deal)
        .join(HealthMark, and_(HealthMark.deal_id == Deal.id, HealthMark.at == last))
        .join(ground.windows, ground.on_day(closed))
        .where(Deal.status.in_(("won", "lost")), HealthMark.band == RISK)
    )


def admin_minutes(ground: Ground) -> Select[Any]:
    """A row for each day that a person told their minutes of administration of."""
    return (
        select(ground.windows.c.span, AdminMinutes.user_id.label("owner"), AdminMinutes.minutes.label("took"))
        .select_from(AdminMinutes)
        .join(ground.windows, ground.on_day(AdminMinutes.day))
        .where(ground.known(AdminMinutes.at))
    )


def synced(ground: Ground) -> Select[Any]:
    """A row for each record that was last read in the span, each write that was tried and each record that could not be read: `hit` 1 where it failed."""
    windows = ground.windows
    nobody = literal(None).label("owner")
    read = (
        select(windows.c.span, nobody, literal(0).label("hit"))
        .select_from(CrmLink)
        .join(windows, ground.within(CrmLink.at))
    )
    tried = (
        select(
            windows.c.span, nobody, case((CrmWrite.state.in_(("failed", "dead", "unknown")), 1), else_=0).label("hit")
        )
        .select_from(CrmWrite)
        .join(windows, ground.within(CrmWrite.attempted_at))
        .where(CrmWrite.system.is_not(None), or_(CrmWrite.done_at.is_(None), ground.known(CrmWrite.done_at)))
    )
    refused = (
        select(windows.c.span, nobody, literal(1).label("hit"))
        .select_from(DeadLetter)
        .join(windows, ground.within(DeadLetter.at))
        .where(DeadLetter.direction == "read")
    )
    return union_all(read, tried, refused).subquery("synced").select()
