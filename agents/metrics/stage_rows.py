"""Stages as they are counted: how long deals stay in one, and whether they go on from it. Told by the history of changes alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from agents.metrics.ground import Ground
from agents.structured.sql_time import DaysBetween
from infra.spine.business import Deal, DealChange, Stage

_OLD, _NEW = aliased(Stage, name="stage_left"), aliased(Stage, name="stage_reached")


def _left(ground: Ground) -> Any:
    """A row for each time that a deal left a stage: which one, for which, when it had entered it and when it left."""
    entered = func.lag(DealChange.at).over(partition_by=DealChange.deal_id, order_by=(DealChange.at, DealChange.id))
    return (
        select(
            DealChange.deal_id,
            DealChange.old.label("stage"),
            DealChange.new.label("reached"),
            DealChange.at,
            entered.label("entered"),
        )
        .where(DealChange.field == "stage", ground.known(DealChange.at))
        .subquery("left_stages")
        .c
    )


def times(ground: Ground) -> Select[Any]:
    """A row for each stay in a stage that ended in the span, in days; of a deal's first stage from its creation, null where that is not known."""
    left = _left(ground)
    days = DaysBetween(ground.day(left.at), ground.day(func.coalesce(left.entered, Deal.created_at)))
    return (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            left.stage.label("split"),
            case((days >= 0, days)).label("took"),
        )
        .select_from(Deal)
        .join(left.deal_id.table, left.deal_id == Deal.id)
        .join(ground.windows, ground.within(left.at))
        .where(left.stage.is_not(None))
    )


def goes_on(ground: Ground) -> Select[Any]:
    """A row for each time that a deal left an open stage: `hit` 1 where it went to a later one or was won, 0 where it went back or was lost."""
    left = _left(ground)
    # A deal without a pipeline is in the one that is called "".
    pipeline = func.coalesce(Deal.pipeline, "")
    onwards = and_(_NEW.status != "lost", or_(_NEW.position > _OLD.position, _NEW.status == "won"))
    return (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            left.stage.label("split"),
            case((or_(_OLD.name.is_(None), _NEW.name.is_(None)), None), (onwards, 1), else_=0).label("hit"),
        )
        .select_from(Deal)
        .join(left.deal_id.table, left.deal_id == Deal.id)
        .join(ground.windows, ground.within(left.at))
        .outerjoin(_OLD, and_(_OLD.pipeline == pipeline, _OLD.name == left.stage))
        .outerjoin(_NEW, and_(_NEW.pipeline == pipeline, _NEW.name == left.reached))
        .where(left.stage.is_not(None), or_(_OLD.status.is_(None), _OLD.status == "open"))
    )
