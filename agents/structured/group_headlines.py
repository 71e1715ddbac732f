"""Headlines of grouped answers: `Open pipeline by owner: $4.2m in 62 deals, 11 owners; Dana leads with $318,500`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents.structured.aggregates import is_money
from agents.structured.headlines import measured, plural, sums, tail
from agents.structured.leaders import Row, leaders
from agents.structured.plan import GroupKey, Plan
from agents.structured.wording import Words, noun, plain


def by_currency(plan: Plan) -> bool:
    """Whether a plan groups by currency, so that its amounts need no column for it."""
    return any(key.field == "deal.currency" for key in plan.group_by)


@dataclass(frozen=True)
class GroupHeadline:
    """Says the point of one grouped answer. `shown` gives a group's name for people."""

    plan: Plan
    words: Words
    shown: Callable[[GroupKey, Any], str]

    def of(self, rows: list[Row], total: int) -> str:
        """Return the headline for the rows that are shown, of so many groups in all."""
        from agents.structured.runner import said, shown_value

        plan, after = self.plan, tail(self.plan, self.words)
        if not rows:
            return f"Nothing fits{after}"
        if plan.limit == 1:
            return f"{leaders(plan, rows, self.words, self.shown)}{after}"
        index = plan.order.measure or 0 if plan.order is not None else 0
        measure = plan.measures[index]
        by = " and ".join(self.words.group(key).lower() for key in plan.group_by)
        head, whole = f"{measured(measure, plan, self.words)} by {by}: ", self._whole(rows)
        if by_currency(plan) and whole:
            return f"{head}{whole}{after}"
        name = " · ".join(self.shown(key, cell) for key, cell in zip(plan.group_by, rows[0][0], strict=True))
        told = said(measure, shown_value(measure, rows[0][2][index]), plan.subject, rows[0][1])
        timed = plan.order is None and any(key.grain != "value" for key in plan.group_by)
        falls = plan.order is None or plan.order.descending
        first = (
            f"first {name} with {told}" if timed else f"{name} {'leads with' if falls else 'comes first with'} {told}"
        )
        return f"{head}{whole + ', ' if whole else ''}{self._counted(rows, total)}; {first}{after}"

    def _counted(self, rows: list[Row], total: int) -> str:
        """Return how many groups there are: `11 owners`, `5 of 11 owners`."""
        groups = len({row[0] for row in rows})
        single = len(self.plan.group_by) == 1
        many = (
            plural(self.words.group(self.plan.group_by[0]), groups) if single else "group" if groups == 1 else "groups"
        )
        return f"{plain(len(rows))} of {plain(total)} {many}" if len(rows) < total else f"{plain(groups)} {many}"

    def _whole(self, rows: list[Row]) -> str:
        """Return what all groups come to: `$4.2m in 62 deals`; "" where only some are shown or nothing adds up."""
        plan = self.plan
        if plan.limit is not None or plan.having:
            return ""
        money_at = next(
            (at for at, one in enumerate(plan.measures) if one.aggregate == "sum" and is_money((one,))), None
        )
        count_at = next((at for at, one in enumerate(plan.measures) if one.aggregate == "count"), None)
        deals = sum(int(row[2][count_at].value or 0) for row in rows) if count_at is not None else None
        counts = f"{plain(deals)} {noun(plan.subject, deals)}" if deals is not None else ""
        if money_at is None:
            return counts
        totals: dict[str, Decimal] = {}
        for row in rows:
            if row[2][money_at].value is not None:
                totals[row[1] or ""] = totals.get(row[1] or "", Decimal(0)) + Decimal(row[2][money_at].value or 0)
        return f"{sums(totals.items())}{' in ' + counts if counts else ''}" if totals else counts
