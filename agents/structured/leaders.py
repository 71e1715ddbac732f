"""The first few of grouped rows: in each currency by itself, and in each group of the later keys where that is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.structured.aggregates import Result
from agents.structured.plan import GroupKey, Plan
from agents.structured.wording import Words

Row = tuple[tuple[Any, ...], str | None, list[Result], tuple[int, ...]]
"""The cells of a group's keys, its currency, its measures' results, and how many of its deals are open, won and lost."""


def cut(plan: Plan, rows: list[Row]) -> list[Row]:
    """Keep the first N of sorted rows, and whoever ties with the last of them."""
    limit = plan.limit
    if limit is None:
        return rows
    index = _ranking(plan)
    kept: list[Row] = []
    for part in _parts(plan, [row for row in rows if row[2][index].value is not None]):
        last = part[limit - 1][2][index].value if len(part) >= limit else None
        kept += [row for at, row in enumerate(part) if at < limit or row[2][index].value == last]
    return kept


def leaders(plan: Plan, rows: list[Row], words: Words, shown: Callable[[GroupKey, Any], str]) -> str:
    """Return who leads, with the figure and who ties. `rows` are what `cut` kept for a limit of one."""
    from agents.structured.runner import said, shown_value

    index = _ranking(plan)
    measure = plan.measures[index]
    label = words.measure(measure, plan.subject).lower()
    keys = plan.group_by[:1] if plan.limit_each else plan.group_by
    sentences = []
    for part in _parts(plan, rows):
        told = said(measure, shown_value(measure, part[0][2][index]), plan.subject, part[0][1])
        names = [" · ".join(shown(key, cell) for key, cell in zip(keys, row[0], strict=False)) for row in part]
        later = zip(plan.group_by[1:], part[0][0][1:], strict=True) if plan.limit_each else ()
        where = " · ".join(shown(key, cell) for key, cell in later)
        tie = f" ({len(part)} tie)" if len(part) > 1 else ""
        figure = told if measure.aggregate == "count" else f"{label} {told}"
        sentences.append(f"{where + ' – ' if where else ''}{', '.join(names)}: {figure}{tie}")
    return "; ".join(sentences)


def _ranking(plan: Plan) -> int:
    return plan.order.measure if plan.order is not None and plan.order.measure is not None else 0


def _parts(plan: Plan, rows: list[Row]) -> list[list[Row]]:
    """Return the rows that are ranked against each other, in the order in which they come."""
    parts: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        parts.setdefault((row[1], *(row[0][1:] if plan.limit_each else ())), []).append(row)
    return list(parts.values())
