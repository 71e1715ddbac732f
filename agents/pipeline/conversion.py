"""What became of the deals that entered a stage, from the history of stages; and of all that were decided, from the deals' own days."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Float,
    Select,
    String,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from agents.metrics.metric import Window, percent
from agents.pipeline.owners import owned
from agents.pipeline.record import About, Conversion, StageRow
from agents.pipeline.standing import standing
from infra.spine.base import Instant
from infra.spine.business import Deal, DealChange, Stage
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween

_DAY_S = 86_400
_NOWHERE = (literal(None, String()), literal(None, String()), literal(0))


def conversion_of(session: Session, scope: Scope, window: Window, about: About, now: datetime) -> Conversion:
    """Return the conversion of the deals of whoever owns them at the end of the window."""
    found = session.execute(_statement(_stood(standing(scope, window.end, now, "converted"), about), window)).all()
    stages = sorted((row for row in found if row.of == "stage"), key=lambda row: (row.pipeline, row.position))
    whole = next(row for row in found if row.of == "whole")
    medians = {row.stage: _days(row.median) for row in found if row.of == "took"}
    notes = (
        []
        if stages
        else [
            "No change of stage is recorded in this window, so there is no conversion from stage to stage: only that of the whole."
        ]
    )
    return Conversion(
        window=window,
        about=about,
        stages=tuple(_row(row) for row in stages),
        created=whole.entered,
        won=whole.went_on,
        lost=whole.fell,
        win_rate=percent(whole.went_on, whole.went_on + whole.fell),
        median_days_won=medians.get("won"),
        median_days_lost=medians.get("lost"),
        notes=tuple(notes),
    )  # fmt: skip


def _stood(rows: Subquery, about: About) -> CTE:
    """The deals of whoever is asked for as they stood at the end: made once for all that is counted of them."""
    of = rows.c
    return (
        select(of.deal_id, of.pipeline, of.state, of.began_at, of.closed_at)
        .where(owned(rows, about))
        .cte("stood")
        .prefix_with("MATERIALIZED")
    )


def _statement(rows: CTE, window: Window) -> Any:
    """Return a row for each stage, one for the whole, whose `entered`, `went_on` and `fell` are what was created, won and lost, and one for each end with its median."""
    return union_all(_by_stage(rows, window), _whole(rows, window), _medians(rows, window))


def _visits(rows: CTE, window: Window) -> Any:
    """Every entry into a stage that the history records before the end of the window, with what came next."""
    order: dict[str, Any] = {"partition_by": DealChange.deal_id, "order_by": (DealChange.at, DealChange.id)}
    entries = (
        select(
            DealChange.deal_id, DealChange.new.label("stage"), DealChange.at.label("entered"),
            func.lead(DealChange.new).over(**order).label("next"), func.lead(DealChange.at, type_=Instant()).over(**order).label("left"),
        )
        .where(DealChange.field == "stage", DealChange.new.is_not(None), DealChange.at < window.end)
        .subquery("entries")
    )  # fmt: skip
    place, after = aliased(Stage, name="place"), aliased(Stage, name="after")
    of, at = entries.c, rows.c
    # A deal that was decided with no change of stage recorded for it left its last stage on the day it was decided.
    decided = and_(of.left.is_(None), at.state.in_(("won", "lost")), at.closed_at.is_not(None))
    left = case((of.left.is_not(None), of.left), (decided, at.closed_at))
    went_on = or_(
        and_(of.left.is_not(None), after.status != "lost", after.position > place.position),
        and_(decided, at.state == "won"),
    )
    fell = or_(
        and_(of.left.is_not(None), or_(after.status == "lost", after.position <= place.position, after.name.is_(None))),
        and_(decided, at.state == "lost"),
    )
    return (
        select(
            place.pipeline, place.name.label("stage"), place.position, of.deal_id,
            case((went_on, "on"), (fell, "fell"), else_="open").label("fate"),
            case((left >= of.entered, SecondsBetween(left, of.entered))).label("took"),
        )
        .select_from(entries.join(rows, at.deal_id == of.deal_id))
        .join(place, and_(place.pipeline == at.pipeline, place.name == of.stage))
        .outerjoin(after, and_(after.pipeline == at.pipeline, after.name == of.next))
        .where(place.status == "open", of.entered >= window.begin)
        .subquery("visits")
    )  # fmt: skip


def _by_stage(rows: CTE, window: Window) -> Select[Any]:
    visits = _visits(rows, window)
    of = visits.c
    # Those that left stand first, by how long they took: the middle one is the median.
    ranked = select(
        of,
        func.row_number()
        .over(partition_by=(of.pipeline, of.stage), order_by=(of.took.is_(None), of.took))
        .label("nth"),
        func.count(of.took).over(partition_by=(of.pipeline, of.stage)).label("gone"),
    ).subquery("ranked")
    one = ranked.c
    middle = and_(
        one.took.is_not(None), or_(one.nth * 2 == one.gone, one.nth * 2 == one.gone + 1, one.nth * 2 == one.gone + 2)
    )

    def count(fate: str) -> ColumnElement[int]:
        return func.sum(case((one.fate == fate, 1), else_=0))

    return select(
        literal("stage", String()).label("of"), one.pipeline, one.stage, one.position, func.count().label("entered"), count("on").label("went_on"),
        count("fell").label("fell"), count("open").label("open"), func.avg(case((middle, one.took))).label("median"),
    ).group_by(one.pipeline, one.stage, one.position)  # fmt: skip


def _row(row: Any) -> StageRow:
    return StageRow(
        pipeline=row.pipeline,
        stage=row.stage,
        position=row.position,
        entered=row.entered,
        went_on=row.went_on,
        fell=row.fell,
        open=row.open,
        share=percent(row.went_on, row.went_on + row.fell),
        median_days=_days(row.median),
    )


def _inside(rows: CTE, window: Window, *states: str) -> ColumnElement[bool]:
    return and_(rows.c.state.in_(states), rows.c.closed_at >= window.begin, rows.c.closed_at < window.end)


def _whole(rows: CTE, window: Window) -> Any:
    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    created = and_(rows.c.began_at >= window.begin, rows.c.began_at < window.end)
    return select(
        literal("whole", String()), *_NOWHERE, count(created), count(_inside(rows, window, "won")), count(_inside(rows, window, "lost")),
        literal(0), literal(None, Float()),
    ).select_from(rows)  # fmt: skip


def _medians(rows: CTE, window: Window) -> Any:
    """Return by how they ended how long deals took from their creation to the day they were decided; those without a date of creation are not counted."""
    made = Deal.created_at
    took = (
        select(rows.c.state, SecondsBetween(rows.c.closed_at, made).label("took"))
        .select_from(rows.join(Deal, Deal.id == rows.c.deal_id))
        .where(_inside(rows, window, "won", "lost"), made.is_not(None), made <= rows.c.closed_at)
        .subquery("took")
    )
    ranked = select(
        took.c.state,
        took.c.took,
        func.row_number().over(partition_by=took.c.state, order_by=took.c.took).label("nth"),
        func.count().over(partition_by=took.c.state).label("total"),
    ).subquery("ended")
    one = ranked.c
    middle = or_(one.nth * 2 == one.total, one.nth * 2 == one.total + 1, one.nth * 2 == one.total + 2)
    nothing = [literal(0) for _ in range(4)]
    return (
        select(literal("took", String()), literal(None, String()), one.state, literal(0), *nothing, func.avg(one.took))
        .where(middle)
        .group_by(one.state)
    )


def _days(seconds: Any) -> Decimal | None:
    return None if seconds is None else (Decimal(repr(float(seconds))) / _DAY_S).quantize(Decimal("0.1"))
