"""What moved in a window: two standings side by side, in one statement, with the totals at both ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ColumnElement, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from agents.metrics.metric import Window
from agents.pipeline.owners import owned
from agents.pipeline.record import MOVE_KINDS, About, Move, Movement, MoveSum, Sum
from agents.pipeline.standing import last_change, money, standing
from infra.spine.business import DealChange
from infra.spine.scope import Scope
from sales.movement import NOUGHT, Step, Stood, steps

_SHOWN = ("stage", "close_date", "amount")
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
    rows = session.execute(_statement(first, last, owned(last, about), window.end)).all()
    totals = list({row.total_currency: row for row in rows}.values())
    moves = [move for row in rows if row.deal_id is not None for move in _moves(row)]
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


def _statement(first: Subquery, last: Subquery, mine: ColumnElement[bool], end: datetime) -> Any:
    """Return a row for each deal that moved, beside both ends' totals of its currency; a currency in which none moved has one row without a deal.

    Both standings are made once for all of it.
    """
    pairs = _pairs(first, last, mine)
    totals, moved = _totals(pairs), _moved(pairs, end)
    return select(totals, *moved.c).select_from(
        totals.outerjoin(moved, moved.c.currency == totals.c.total_currency)
    )  # fmt: skip


def _pairs(first: Subquery, last: Subquery, mine: ColumnElement[bool]) -> CTE:
    """Every deal of whoever it is about, as it stood at both ends."""
    a, b = first.c, last.c
    differs = or_(
        a.amount.is_distinct_from(b.amount), a.close_day.is_distinct_from(b.close_day), a.place.is_distinct_from(b.place)
    )  # fmt: skip
    moved = or_(a.state != b.state, and_(a.state == "open", b.state == "open", differs))
    shown = (
        b.deal_id, b.deal, b.account_id, b.account, b.owner_id, b.owner, b.currency, b.closed_at, b.began_at,
    )  # fmt: skip
    sides = [
        side.c[name].label(f"{name}_{number}")
        for number, side in (("then", first), ("now", last))
        for name in ("state", "stage", "place", "close_day", "amount", "amount_told")
    ]
    return (
        select(*shown, *sides, case((moved, 1), else_=0).label("moved"))
        .select_from(first.join(last, last.c.deal_id == first.c.deal_id))
        .where(mine)
        .cte("pairs")
        .prefix_with("MATERIALIZED")
    )


def _moved(pairs: CTE, end: datetime) -> Subquery:
    """The deals that moved, with the last change of each field that is told."""
    changes = {field: aliased(DealChange, name=f"{field}_last") for field in _SHOWN}
    shown = [
        column
        for field, one in changes.items()
        for column in (one.id.label(f"{field}_change"), one.at.label(f"{field}_change_at"))
    ]
    rows = select(pairs, *shown).select_from(pairs)
    for field, one in changes.items():
        rows = rows.outerjoin(one, one.id == last_change(field, end, pairs.c.deal_id))
    return rows.where(pairs.c.moved == 1).subquery("moved")


def _totals(pairs: CTE) -> CTE:
    """Both ends by currency, and how many deals are told from today's records."""
    of = pairs.c
    then, now = of.state_then == "open", of.state_now == "open"

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    sides: list[ColumnElement[Any]] = []
    for name, is_open, amount in (("begin", then, of.amount_then), ("end", now, of.amount_now)):
        sides += [
            count(is_open).label(f"{name}_deals"), money(case((is_open, amount))).label(f"{name}_amount"),
            count(and_(is_open, amount.is_(None))).label(f"{name}_unpriced"),
        ]  # fmt: skip
    hindsight = and_(or_(then, now), or_(of.amount_told_then == 0, of.amount_told_now == 0))
    return (
        select(
            of.currency.label("total_currency"), *sides, count(and_(now, of.began_at.is_(None))).label("undated"), count(hindsight).label("hindsight"),
            count(and_(of.state_now.in_(("won", "lost")), of.closed_at.is_(None))).label("unclosed"),
        )
        .group_by(of.currency)
        .cte("totals")
    )  # fmt: skip


def _side(totals: Sequence[Any], name: str) -> tuple[Sum, ...]:
    made = [
        Sum(
            currency=row.total_currency,
            deals=getattr(row, f"{name}_deals"),
            amount=getattr(row, f"{name}_amount"),
            unpriced=getattr(row, f"{name}_unpriced"),
        )
        for row in totals
        if getattr(row, f"{name}_deals")
    ]
    return tuple(sorted(made, key=lambda one: (-one.deals, one.currency)))


def _moves(row: Any) -> Iterator[Move]:
    begin = Stood(row.state_then, row.amount_then, _day(row.close_day_then), row.stage_then, row.place_then)
    end = Stood(row.state_now, row.amount_now, _day(row.close_day_now), row.stage_now, row.place_now)
    for step in _told(row, steps(begin, end)):
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


def _told(row: Any, found: Iterator[Step]) -> Iterator[Step]:
    """Yield what may be told: of a deal that was decided on no known day that it came, and neither that nor its end changes a total."""
    if row.state_now in ("open", "absent") or row.closed_at is not None or row.stage_change_at is not None:
        yield from found
        return
    yield from (replace(step, delta=NOUGHT, deals=0) for step in found if step.kind == "new")


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
