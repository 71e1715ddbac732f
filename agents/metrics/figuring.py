"""Figures from rows: one statement a metric, for all spans and splits at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, Select, case, cast, func, literal, select
from sqlalchemy.orm import Session

from agents.metrics.definition import Definition, Shape, Whose
from agents.metrics.ground import Ground, Span
from agents.metrics.metric import Metric, percent
from infra.spine.people import User

By = Literal["team", "rep"]
_ROW = ("hit", "took", "top", "bottom", "split", "currency")
_TENTH = Decimal("0.1")
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class _Group:
    """What came of one group of rows."""

    span: int
    split: str | None
    currency: str | None
    team: str | None
    user_id: str | None
    user: str | None
    value: Decimal | None
    numerator: Decimal | int | None
    denominator: Decimal | int
    unknown: int


def figures(
    session: Session, ground: Ground, one: Definition, *, by: By | None = None, seen: frozenset[str] = frozenset()
) -> list[Metric]:
    """Return a metric for each span, split and currency in which there is something to count; for each span without, one of nothing.

    With `by` it is told for each team, or for each person of `seen`: nobody else is read.
    """
    return [made for _, made in placed_figures(session, ground, one, by=by, seen=seen)]


def placed_figures(
    session: Session, ground: Ground, one: Definition, *, by: By | None = None, seen: frozenset[str] = frozenset()
) -> list[tuple[int, Metric]]:
    """Return the same with the place of each figure's span."""
    if by is not None and one.company:
        return []
    groups = _grouped(session, ground, one, by, seen) if one.rows is not None else _made(session, ground, one, by, seen)
    if by is None and one.split_by is None:
        told = {group.span for group in groups}
        groups += [_nothing(place) for place in range(len(ground.spans)) if place not in told]
    return [(group.span, _metric(one, ground.spans[group.span], group)) for group in sorted(groups, key=_order)]


def _order(group: _Group) -> tuple[int, str, str, str]:
    return group.span, group.team or group.user or "", group.split or "", group.currency or ""


def _nothing(place: int) -> _Group:
    return _Group(place, None, None, None, None, None, None, None, 0, 0)


def _made(session: Session, ground: Ground, one: Definition, by: By | None, seen: frozenset[str]) -> list[_Group]:
    """Return the groups of a metric that is not counted from rows."""
    assert one.make is not None
    people = _people(session, ground, by, seen)
    return [
        _Group(
            part.span,
            part.split,
            None,
            whose.team,
            whose.user_id,
            name,
            part.value,
            part.numerator,
            part.denominator,
            part.unknown,
        )
        for whose, name in people
        for part in one.make(session, ground, whose)
    ]


def _people(session: Session, ground: Ground, by: By | None, seen: frozenset[str]) -> list[tuple[Whose, str | None]]:
    """Return whose figures are made one by one: those of each team or person that may be read."""
    if by is None:
        return [(Whose(), None)]
    held = [ground.scope.users()]
    if ground.team is not None:
        held.append(func.lower(User.team) == ground.team.lower())
    if ground.user_id is not None:
        held.append(User.id == ground.user_id)
    if by == "team":
        teams = session.scalars(select(User.team).where(User.team.is_not(None), *held).distinct().order_by(User.team))
        return [(Whose(team=team), None) for team in teams if team]
    rows = session.execute(select(User.id, User.name).where(User.id.in_(seen), *held).order_by(User.name, User.id))
    return [(Whose(user_id=row.id), row.name) for row in rows]


def _grouped(session: Session, ground: Ground, one: Definition, by: By | None, seen: frozenset[str]) -> list[_Group]:
    # Each row is made once: read as a part of the counting, SQLite works its subqueries out anew for every column that is counted.
    rows = _seen(ground, one, by, seen).cte("counted_rows").prefix_with("MATERIALIZED")
    keys = [rows.c[name] for name in ("span", "split", "currency", "team", "user_id", "user")]
    if one.shape in ("median", "slowest_tenth"):
        statement = _ranked(rows, keys, one.shape)
    else:
        statement = select(*keys, *_sums(rows.c, one)).group_by(*keys)
    return [_group(one, ground.spans[row.span], row) for row in session.execute(statement)]


def _seen(ground: Ground, one: Definition, by: By | None, seen: frozenset[str]) -> Select[Any]:
    """Return the rows that may be counted, each with whose it is where that is asked for."""
    assert one.rows is not None
    rows = one.rows(ground).subquery("found_rows").c
    shown = [rows[name] if name in rows else literal(None).label(name) for name in _ROW]
    team = User.team.label("team") if by == "team" else literal(None).label("team")
    person = [User.id, User.name] if by == "rep" else [literal(None), literal(None)]
    query = select(rows.span, *shown, team, person[0].label("user_id"), person[1].label("user"))
    if one.company:
        return query
    query = query.select_from(rows.span.table.outerjoin(User, User.id == rows.owner)).where(ground.scope.users())
    if ground.team is not None:
        query = query.where(func.lower(User.team) == ground.team.lower())
    if ground.user_id is not None:
        query = query.where(rows.owner == ground.user_id)
    if by == "team":
        return query.where(User.team.is_not(None))
    return query.where(User.id.in_(seen)) if by == "rep" else query


def _sums(rows: Any, one: Definition) -> list[ColumnElement[Any]]:
    every = func.count().label("every")
    if one.shape == "ratio":
        sure = rows.bottom.is_not(None)
        return [every, func.count(rows.bottom).label("counted"), func.sum(case((sure, rows.top))).label("top"), func.sum(rows.bottom).label("bottom")]  # fmt: skip
    if one.shape == "mean":
        return [every, func.count(rows.took).label("counted"), func.sum(rows.took).label("top")]
    return [every, func.count(rows.hit).label("counted"), func.sum(rows.hit).label("top")]


def _ranked(rows: Any, keys: Sequence[Any], shape: Shape) -> Select[Any]:
    """Return the median (of two in the middle their mean), or the value at the nearest rank from which the slowest tenth begins."""
    known = rows.c.took.is_not(None)
    place = func.row_number().over(partition_by=[*keys, known], order_by=rows.c.took)
    total = func.count(rows.c.took).over(partition_by=[*keys, known])
    ranked = select(*keys, rows.c.took, place.label("place"), total.label("total")).subquery("ranked")
    at, of = ranked.c.place, ranked.c.total
    # Nearest rank is ceil(total × 9 / 10); the two in the middle are one where the total is odd. In whole numbers.
    chosen = at == (of * 9 + 9) // 10 if shape == "slowest_tenth" else at.in_([(of + 1) // 2, of // 2 + 1])
    value = func.avg(case((chosen, cast(ranked.c.took, Float()))))
    names = [ranked.c[key.name] for key in keys]
    return select(
        *names, func.count().label("every"), func.count(ranked.c.took).label("counted"), value.label("top")
    ).group_by(*names)


def _group(one: Definition, span: Span, row: Any) -> _Group:
    value, numerator, denominator = _value(one, span, row)
    return _Group(row.span, row.split, row.currency, row.team, row.user_id, row.user, value, numerator, denominator, row.every - row.counted)  # fmt: skip


def _value(one: Definition, span: Span, row: Any) -> tuple[Decimal | None, Decimal | int | None, Decimal | int]:
    """Return value, numerator and denominator of one group."""
    counted = int(row.counted)
    if not counted:
        return None, None, 0
    if one.shape == "rate":
        return percent(int(row.top), counted), int(row.top), counted
    if one.shape == "ratio":
        top, bottom = _exact(row.top), _exact(row.bottom)
        if not bottom:
            return None, top, bottom
        whole = Decimal(top) / Decimal(bottom)
        return (whole * 100).quantize(_TENTH) if one.unit == "percent" else whole.quantize(_HUNDREDTH), top, bottom
    if one.shape == "mean":
        total = Decimal(_exact(row.top))
        return (total / counted).quantize(_HUNDREDTH if one.unit == "money" else _TENTH), _exact(row.top), counted
    if one.shape == "total":
        return Decimal(int(row.top)), int(row.top), counted
    if one.shape == "weekly":
        days = (span.window.end - span.window.begin).total_seconds() / 86_400
        return (Decimal(int(row.top)) * 7 / Decimal(str(round(days, 4)))).quantize(_TENTH), int(row.top), counted
    exact = Decimal(str(row.top)).quantize(_TENTH) if one.unit == "days" else Decimal(round(row.top))
    return exact, None, counted


def _exact(value: Any) -> Decimal | int:
    """Return a sum as it stands: whole numbers as such on both databases, money as an exact amount."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    return int(value)


def _metric(one: Definition, span: Span, group: _Group) -> Metric:
    return Metric(
        key=one.key,
        label=one.label,
        split=group.split,
        value=group.value,
        unit=one.unit,
        numerator=group.numerator,
        denominator=group.denominator,
        counted=one.counted,
        source=one.source,
        target=one.target,
        target_source=one.target_source,
        better=one.better,
        unknown=group.unknown,
        currency=group.currency if one.unit == "money" else None,
        window=span.label,
        team=group.team,
        user_id=group.user_id,
        user=group.user,
    )
