"""Patterns of winning and losing: counted in SQL for each field, tested exactly, and told only where they hold against everything that was compared.

Two questions are asked of every value: are deals with it won more or less often than those without, over the year and a quarter before; and are they won
more or less often of late than before. No pattern names a person: how one rep does is for that rep and the manager.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from agents.metrics.metric import Window
from agents.pipeline.owners import just_after, owned
from agents.pipeline.record import About, Pattern
from agents.pipeline.standing import standing
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.base import Instant
from infra.spine.business import Deal
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer, from_us
from sales.patterns import FEWEST, LEVEL, fisher, holm

RECENT = timedelta(days=91)
"""Of late: a quarter."""

YEAR = timedelta(days=365)
"""Before: the year up to then."""

_MOST_IDS = 200
_FIELDS: dict[str, str] = {
    "all": "",
    "product": "Product {}",
    "lead_source": "Lead source {}",
    "type": "Type {}",
    "industry": "Sector {}",
    "region": "Region {}",
    "size": "{} of deals by amount",
    "competitor": "Against {}",
    "reply": "Replies to the buyer took {} on average",
}
_SIZES = ("The smallest quarter", "The second quarter", "The third quarter", "The largest quarter")


@dataclass(frozen=True)
class _Count:
    """How many deals with a value were won, and how many decided, of late and before."""

    field: str
    value: str
    won_late: int
    decided_late: int
    won_before: int
    decided_before: int

    @property
    def won(self) -> int:
        return self.won_late + self.won_before

    @property
    def decided(self) -> int:
        return self.decided_late + self.decided_before


@dataclass(frozen=True)
class _Tried:
    """One comparison: won and decided on both sides, and its p."""

    kind: str
    count: _Count
    sides: tuple[int, int, int, int]
    p: float


def patterns_of(
    session: Session, scope: Scope, as_of: datetime, about: About, settings: Settings, now: datetime, back: timedelta | None
) -> list[Pattern]:  # fmt: skip
    """Return what holds, the surest first. `back` is how long "of late" is, a quarter where it is not said."""
    late = back or RECENT
    end = just_after(as_of)
    rows = _decided(standing(scope, end, now, "decided"), about, end, late)
    counts = _counted(session, rows)
    tried = [one for count in counts for one in _tries(count, counts)]
    adjusted = holm([one.p for one in tried])
    held = sorted(
        (found for found in zip(adjusted, tried, strict=True) if found[0] < LEVEL),
        key=lambda found: (found[0], found[1].p, found[1].count.field, found[1].count.value),
    )
    return [
        _made(session, rows, one, value, len(tried), Window(begin=end - late - YEAR, end=end), late)
        for value, one in held
    ]


def _decided(stood: Subquery, about: About, end: datetime, late: timedelta) -> CTE:
    """Every deal that was decided in the time looked at, with the values that it is compared by."""
    of = stood.c
    late_from = end - late
    replies = _replies(end, late_from - YEAR)
    priced = and_(of.amount.is_not(None), of.amount > 0)
    quarter = func.ntile(4).over(
        partition_by=(of.currency, case((priced, 1), else_=0)), order_by=(of.amount, of.deal_id)
    )
    size = case((priced, case(*((quarter == place + 1, name) for place, name in enumerate(_SIZES)))))
    reply = case((replies.c.took.is_(None), None), (replies.c.took < 86_400, "less than a day"), else_="a day or more")
    return (
        select(
            of.deal_id, of.product, of.lead_source, of.type, of.industry, of.region, size.label("size"), reply.label("reply"),
            func.nullif(func.trim(Deal.competitor), "").label("competitor"), literal("all").label("all"),
            case((of.state == "won", 1), else_=0).label("won"),
            case((of.closed_at >= literal(late_from, Instant()), 1), else_=0).label("late"),
        )
        .select_from(stood.join(Deal, Deal.id == of.deal_id).outerjoin(replies, replies.c.deal_id == of.deal_id))
        .where(owned(stood, about), or_(of.state == "won", of.state == "lost"), of.closed_at >= late_from - YEAR)
        .cte("compared")
    )  # fmt: skip


def _replies(end: datetime, since: datetime) -> Subquery:
    """How long we took on average, in seconds, to answer what the buyer last wrote or said, for each deal that was closed since a moment: the histories of open ones tell nothing here."""
    ours, theirs = from_us(Activity), from_buyer(Activity)
    order: dict[str, Any] = {"partition_by": Activity.deal_id, "order_by": (Activity.at, Activity.id)}
    only_theirs = case((and_(theirs, ~ours), 1), else_=0)
    turns = (
        select(
            Activity.deal_id, Activity.at, only_theirs.label("theirs"),
            func.lead(only_theirs).over(**order).label("next_theirs"), func.lead(Activity.at, type_=Instant()).over(**order).label("next_at"),
        )
        .where(Activity.deal_id.in_(select(Deal.id).where(Deal.closed_at >= since)), Activity.at < end, or_(ours, theirs))
        .subquery("turns")
    )  # fmt: skip
    of = turns.c
    return (
        select(of.deal_id, func.avg(SecondsBetween(of.next_at, of.at)).label("took"))
        .where(of.theirs == 1, of.next_theirs == 0)
        .group_by(of.deal_id)
        .subquery("replied")
    )


def _counted(session: Session, rows: CTE) -> list[_Count]:
    """Return the counts of every value of every field: one statement, whose rows are made once."""
    of = rows.c

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    late, won = of.late == 1, of.won == 1
    parts = [
        select(
            literal(name, String()).label("field"), of[name].label("value"), count(and_(late, won)).label("won_late"), count(late).label("decided_late"),
            count(and_(~late, won)).label("won_before"), count(~late).label("decided_before"),
        )
        .where(of[name].is_not(None))
        .group_by(of[name])
        for name in _FIELDS
    ]  # fmt: skip
    found = [
        _Count(row.field, str(row.value), row.won_late, row.decided_late, row.won_before, row.decided_before)
        for row in session.execute(union_all(*parts))
    ]
    order = list(_FIELDS)
    return sorted(found, key=lambda one: (order.index(one.field), one.value))


def _tries(count: _Count, every: list[_Count]) -> Iterator[_Tried]:
    known = [one for one in every if one.field == count.field]
    won, decided = sum(one.won for one in known), sum(one.decided for one in known)
    # Of two values one comparison tells everything: that of the other is the same turned round.
    repeated = len(known) == 2 and count is known[1]
    if count.field != "all" and min(count.decided, decided - count.decided) >= FEWEST and not repeated:
        yield _tried("difference", count, count.won, count.decided, won - count.won, decided - count.decided)
    if min(count.decided_late, count.decided_before) >= FEWEST:
        yield _tried("shift", count, count.won_late, count.decided_late, count.won_before, count.decided_before)


def _tried(kind: str, count: _Count, won_a: int, decided_a: int, won_b: int, decided_b: int) -> _Tried:
    p = fisher(won_a, decided_a - won_a, won_b, decided_b - won_b)
    return _Tried(kind, count, (won_a, decided_a, won_b, decided_b), p)


def _made(
    session: Session, rows: CTE, one: _Tried, adjusted: float, compared: int, window: Window, late: timedelta
) -> Pattern:
    won_a, decided_a, won_b, decided_b = one.sides
    subject = _FIELDS[one.count.field].format(one.count.value) if one.count.field != "all" else "All deals"
    if one.kind == "difference":
        sentence = f"{subject}: won {won_a} of {decided_a}, without {won_b} of {decided_b}"
    else:
        sentence = f"{subject}: won {won_a} of {decided_a} in the last {late.days} days, {won_b} of {decided_b} in the year before"
    ids = session.scalars(
        select(rows.c.deal_id)
        .where(rows.c[one.count.field] == one.count.value)
        .order_by(rows.c.late.desc(), rows.c.deal_id)
        .limit(_MOST_IDS)
    )
    return Pattern(
        kind="difference" if one.kind == "difference" else "shift",
        field=one.count.field,
        value=one.count.value,
        sentence=sentence,
        won_with=won_a,
        decided_with=decided_a,
        won_without=won_b,
        decided_without=decided_b,
        p=_short(one.p),
        adjusted=_short(adjusted),
        compared=compared,
        window=window,
        deal_ids=tuple(ids),
    )


def _short(value: float) -> Decimal:
    return Decimal(f"{value:.2g}")
