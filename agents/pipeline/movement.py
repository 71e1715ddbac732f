"""What moved in a window: two standings side by side, in one statement, and the totals at both ends in another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session

from agents.metrics.metric import Window
from agents.pipeline.owners import owned
from agents.pipeline.record import MOVE_KINDS, About, Move, Movement, MoveSum, Sum
from agents.pipeline.standing import money, standing
from infra.spine.scope import Scope
from sales.movement import Step, Stood, steps

_FIELD_OF = {
    "slipped": "close_date",
    "pulled_in": "close_date",
    "stage_forward": "stage",
    "stage_back": "stage",
    "amount_up": "amount",
    "amount_down": "amount",
}


def movement_of(session: Session, scope: Scope, window: Window, about: About, now: datetime) -> Movement:
    """Return what moved from `window.begin` to just before `window.end` among the deals of whoever owns them at the end."""
    first = standing(scope, window.begin, now, "begin_at")
    last = standing(scope, window.end, now, "end_at")
    mine = owned(last, about)
    both = first.join(last, last.c.deal_id == first.c.deal_id)
    totals = session.execute(_totals(both, first, last, mine)).all()
    moves = [move for row in session.execute(_moved(both, first, last, mine)) for move in _moves(row)]
    moves.sort(key=lambda one: (-(one.amount or 0), MOVE_KINDS.index(one.kind), one.deal, one.deal_id))
    return Movement(
        window=window,
        about=about,
        begin=_side(totals, "begin"),
        end=_side(totals, "end"),
        sums=tuple(_sums(moves)),
        moves=tuple(moves),
        notes=tuple(_notes(totals)),
    )


def _totals(both: Any, first: Subquery, last: Subquery, mine: ColumnElement[bool]) -> Any:
    """Both ends by currency, and how many deals are told from today's records."""
    a, b = first.c, last.c

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    sides: list[ColumnElement[Any]] = []
    for name, of in (("begin", a), ("end", b)):
        is_open = of.state == "open"
        sides += [
            count(is_open).label(f"{name}_deals"), money(case((is_open, of.amount))).label(f"{name}_amount"),
            count(and_(is_open, of.amount.is_(None))).label(f"{name}_unpriced"),
        ]  # fmt: skip
    hindsight = and_(or_(a.state == "open", b.state == "open"), or_(a.amount_told == 0, b.amount_told == 0))
    return (
        select(
            b.currency, *sides, count(and_(b.state == "open", b.began_at.is_(None))).label("undated"), count(hindsight).label("hindsight"),
            count(and_(b.state.in_(("won", "lost")), b.closed_at.is_(None))).label("unclosed"),
        )
        .select_from(both)
        .where(mine)
        .group_by(b.currency)
        .order_by(b.currency)
    )  # fmt: skip


def _side(totals: Sequence[Any], name: str) -> tuple[Sum, ...]:
    made = [
        Sum(
            currency=row.currency,
            deals=getattr(row, f"{name}_deals"),
            amount=getattr(row, f"{name}_amount"),
            unpriced=getattr(row, f"{name}_unpriced"),
        )
        for row in totals
        if getattr(row, f"{name}_deals")
    ]
    return tuple(sorted(made, key=lambda one: (-one.deals, one.currency)))


def _moved(both: Any, first: Subquery, last: Subquery, mine: ColumnElement[bool]) -> Any:
    a, b = first.c, last.c
    differs = or_(
        a.amount.is_distinct_from(b.amount), a.close_day.is_distinct_from(b.close_day), a.place.is_distinct_from(b.place)
    )  # fmt: skip
    shown = (
        b.deal_id, b.deal, b.account_id, b.account, b.owner_id, b.owner, b.currency, b.closed_at, b.began_at,
        *(b[f"{field}_{part}"] for field in ("stage", "close_date", "amount") for part in ("change", "change_at")),
    )  # fmt: skip
    sides = [
        side.c[name].label(f"{name}_{number}")
        for number, side in (("then", first), ("now", last))
        for name in ("state", "stage", "place", "close_day", "amount")
    ]
    changed = or_(a.state != b.state, and_(a.state == "open", b.state == "open", differs))
    return select(*shown, *sides).select_from(both).where(mine, changed)


def _moves(row: Any) -> Iterator[Move]:
    begin = Stood(row.state_then, row.amount_then, _day(row.close_day_then), row.stage_then, row.place_then)
    end = Stood(row.state_now, row.amount_now, _day(row.close_day_now), row.stage_now, row.place_now)
    for step in steps(begin, end):
        at, change = _when(row, step)
        yield Move(
            deal_id=row.deal_id,
            deal=row.deal,
            account_id=row.account_id,
            account=row.account,
            owner_id=row.owner_id,
            owner=row.owner,
            kind=step.kind,
            at=at,
            old=step.old,
            new=step.new,
            amount=row.amount_now,
            delta=step.delta,
            currency=row.currency,
            change_id=change,
        )


def _when(row: Any, step: Step) -> tuple[datetime, str | None]:
    field = _FIELD_OF.get(step.kind)
    if field is not None:
        return getattr(row, f"{field}_change_at"), getattr(row, f"{field}_change")
    stage_at = row.stage_change_at
    if step.kind == "new":
        return row.began_at, None
    if step.kind == "reopened":
        return stage_at or row.closed_at, row.stage_change
    if row.closed_at is not None and (stage_at is None or stage_at >= row.closed_at):
        # The day that it is counted by everywhere else; the change that closed it is the evidence.
        return row.closed_at, row.stage_change
    return stage_at or row.closed_at, row.stage_change


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _sums(moves: list[Move]) -> Iterator[MoveSum]:
    kept: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for move in moves:
        kept[move.kind, move.currency].append(move)
    for kind in MOVE_KINDS:
        for currency in sorted({key[1] for key in kept if key[0] == kind}):
            of = kept[kind, currency]
            yield MoveSum(
                kind=kind,
                currency=currency,
                deals=len(of),
                amount=sum((one.amount or Decimal(0) for one in of), Decimal(0)),
                delta=sum((one.delta for one in of), Decimal(0)),
            )


def _notes(totals: Sequence[Any]) -> Iterator[str]:
    undated, hindsight, unclosed = (
        sum(getattr(row, name) for row in totals) for name in ("undated", "hindsight", "unclosed")
    )
    if undated:
        yield f"{_deals(undated)} without a date of creation: taken as there before the window."
    if hindsight:
        yield f"{_deals(hindsight)} decided later, with no history of their amount: today's amount stands in the totals."
    if unclosed:
        yield f"{_deals(unclosed)} decided on no known day: not counted as won or lost in any window."


def _deals(count: int) -> str:
    return "1 deal" if count == 1 else f"{count} deals"
