"""Comparisons: the same measure for two or more periods, people, teams or products, with the difference."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from agents.answer import Answer, Cell, Column, Excluded, Figure, Table
from agents.structured.aggregates import Result
from agents.structured.headlines import joined, measured, tail
from agents.structured.plan import AnyOf, Branch, Measure, Predicate, Within
from agents.structured.wording import Words, cents, money, plain, unit_of

if TYPE_CHECKING:
    from agents.structured.runner import PlanRunner, Statement

Side = tuple[Branch, str | None, Result]
"""One side of a comparison: its conditions, its currency and its figure."""


def compared(runner: PlanRunner, session: Session, statement: Statement, words: Words) -> Answer:
    """Return each side's figure, their difference where there are two, and their total where one makes sense."""
    from agents.structured.runner import key_of, said, shown_value

    plan = statement.plan
    rows: list[dict[str, Cell]] = []
    figures: list[Figure] = []
    told: list[str] = []
    sums: list[str] = []
    excluded: list[Excluded] = []
    columns = [Column(key="group", label="Compared", type="text")]
    for measure in plan.measures:
        sides: list[Side] = []
        for branch in plan.branches:
            for currency, result in runner.results(session, statement, measure, branch.where):
                sides.append((branch, currency, result))
        currencies = {currency for _, currency, result in sides if result.value is not None}
        if measure.aggregate in ("count", "sum") and len(plan.branches) > 1 and not plan.difference:
            both = _together(runner, session, statement, measure)
            figures += both
            sums += [f"together {_told(measure, one, plan.subject)}" for one in both]
        spoken: dict[str, list[str]] = {}
        for branch, currency, result in sides:
            value = shown_value(measure, result)
            figures.append(
                Figure(
                    key=key_of(measure), value=value, unit=unit_of(measure, plan.subject, currency), label=branch.label
                )
            )
            spoken.setdefault(branch.label, []).append(said(measure, value, plan.subject, currency))
            row = next(
                (one for one in rows if one["group"] == branch.label and one.get("currency", currency) == currency),
                None,
            )
            if row is None:
                row = {"record_id": branch.label, "group": branch.label}
                if len(currencies) > 1:
                    row["currency"] = currency
                rows.append(row)
            row[key_of(measure)] = value
            row.update(dict(result.parts))
            if result.blank:
                excluded.append(
                    Excluded(
                        reason=f"no {words.label(measure.field or '').lower()} in {branch.label}", count=result.blank
                    )
                )
        told += [f"{name} {joined(amounts)}" for name, amounts in spoken.items()]
        one = next(iter(currencies)) if len(currencies) == 1 else None
        columns.append(
            Column(
                key=key_of(measure),
                label=words.measure(measure, plan.subject),
                type=_type(measure),
                unit=unit_of(measure, plan.subject, one),
            )
        )
        if plan.difference and len(plan.branches) == 2 and len(sides) == 2 and len(currencies) <= 1:
            left, right = _in_time(sides[0], sides[1])
            change = _difference(measure, left[2], right[2], plan.subject, sides[0][1], told, growth=plan.growth)
            figures = [*reversed(change), *figures] if plan.growth else [*figures, *change]
    parts = dict.fromkeys(
        name for row in rows for name in row if name not in {"record_id", "group", *(column.key for column in columns)}
    )
    columns += [
        Column(key=name, label=name.capitalize(), type="text" if name == "currency" else "integer") for name in parts
    ]
    label = " and ".join(measured(measure, plan, words) for measure in plan.measures)
    headline = f"{label}: {'; '.join([*told, *sums])}{tail(plan, words)}"
    return Answer(
        kind="structured",
        headline=headline,
        figures=tuple(figures),
        table=Table(columns=tuple(columns), rows=tuple(rows)),
        excluded=tuple(excluded),
    )


def _together(runner: PlanRunner, session: Session, statement: Statement, measure: Measure) -> list[Figure]:
    from agents.structured.runner import key_of, shown_value

    parts = [
        part for branch in statement.plan.branches for part in branch.where if isinstance(part, Predicate | Within)
    ]
    made = []
    for currency, result in runner.results(session, statement, measure, (AnyOf(of=tuple(parts)),)):
        made.append(
            Figure(
                key=f"total_{key_of(measure)}",
                value=shown_value(measure, result),
                unit=unit_of(measure, statement.plan.subject, currency),
                label="Together",
            )
        )
    return made


def _told(measure: Measure, figure: Figure, subject: str) -> str:
    from agents.structured.runner import said

    value = figure.value if isinstance(figure.value, Decimal | int) else None
    return said(measure, value, subject, figure.unit if measure.aggregate == "sum" else None)


def _in_time(left: Side, right: Side) -> tuple[Side, Side]:
    """Put two periods in their order: a change runs from the earlier to the later one, however they were named."""
    days = [next((one.first for one in side[0].where if isinstance(one, Within)), None) for side in (left, right)]
    return (right, left) if days[0] and days[1] and days[0] > days[1] else (left, right)


def _difference(
    measure: Measure, left: Result, right: Result, subject: str, currency: str | None, told: list[str], *, growth: bool
) -> list[Figure]:
    if left.value is None or right.value is None:
        return []
    change = Decimal(right.value) - Decimal(left.value)
    rate = measure.aggregate in ("win_rate", "loss_rate", "share")
    unit = "percentage points" if rate else unit_of(measure, subject, currency)
    shown = cents(change) if rate or (unit == currency and currency) else change
    made = [Figure(key="difference", value=int(shown) if measure.aggregate == "count" else shown, unit=unit)]
    text = (
        f"{plain(abs(shown))} points"
        if rate
        else money(abs(shown), currency)
        if unit == currency and currency
        else plain(abs(shown))
    )
    told.append(f"difference {'+' if change > 0 else '−' if change < 0 else ''}{text}")
    if growth and left.value and not rate:
        percent = cents(change * 100 / Decimal(left.value))
        made.append(Figure(key="change_percent", value=percent, unit="percent"))
        told.append(f"change {percent}%")
    return made


def _type(measure: Measure) -> str:  # a Column's type
    if measure.aggregate == "count":
        return "integer"
    if measure.aggregate in ("win_rate", "loss_rate", "share"):
        return "percent"
    return "money" if measure.field == "deal.amount" else "number"
