"""Measures as SQL aggregates, and the exact figures made of their results. All sums and counts are the database's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from agents.structured.columns import Expression
from agents.structured.conditions import Conditions
from agents.structured.plan import Measure
from agents.structured.wording import cents
from infra.spine.business import Deal, Product, Target
from sales.winrate import loss_rate, win_loss_ratio, win_rate

Value = Decimal | int | None


@dataclass(frozen=True)
class Result:
    """One measure's figure, with what it rests on: `parts` are named counts or sums (won, lost, part, whole), `blank` the records without a value."""

    value: Value
    parts: tuple[tuple[str, Value], ...] = ()
    blank: int = 0


def is_money(measures: Sequence[Measure]) -> bool:
    """Whether any measure is in a currency."""
    return any(one.field in ("deal.amount", "product.price", "target.amount") for one in measures)


def currency_column(subject: str) -> Any:
    """Return the column that tells the currency of a subject's money."""
    return {"product": Product.currency, "target": Target.currency}.get(subject, Deal.currency)


class Aggregates:
    """The aggregates of some measures over one statement's conditions. `when` narrows them without narrowing the groups."""

    def __init__(self, measures: Sequence[Measure], conditions: Conditions, when: Expression | None = None) -> None:
        self.measures = measures
        self.conditions = conditions
        self.when = when

    def columns(self) -> list[Expression]:
        """Return the SQL columns, in the order in which `results` reads them."""
        made: list[Expression] = []
        for measure in self.measures:
            made += self._columns(measure)
        return made

    def _counted(self, *narrower: Expression) -> Expression:
        parts = [part for part in (self.when, *narrower) if part is not None]
        return func.count(case((and_(*parts), 1))) if parts else func.count()

    def _valued(self, expression: Expression) -> Expression:
        return expression if self.when is None else case((self.when, expression))

    def _columns(self, measure: Measure) -> list[Expression]:
        if measure.aggregate == "count":
            return [self._counted()]
        if measure.aggregate in ("win_rate", "loss_rate", "win_loss_ratio"):
            return [self._counted(Deal.status == "won"), self._counted(Deal.status == "lost")]
        if measure.aggregate == "share":
            part = and_(*self.conditions.all_of(measure.part))
            if measure.of == "count":
                return [self._counted(), self._counted(part)]
            amount = self.conditions.value(measure.field or "")
            return [
                func.sum(self._valued(amount)),
                func.sum(case((part, self._valued(amount)))),
                self._counted(amount.is_(None)),
            ]
        value = self._valued(self.conditions.value(measure.field or ""))
        if measure.aggregate in ("sum", "average"):
            return [func.sum(value), func.count(value), self._counted()]
        if measure.aggregate in ("min", "max"):
            return [getattr(func, measure.aggregate)(value), func.count(value), self._counted()]
        return [func.count(value), self._counted()]

    def results(self, row: Sequence[Any], medians: dict[int, Value] | None = None) -> list[Result]:
        """Return the figures of one row of the columns."""
        made, at = [], 0
        for index, measure in enumerate(self.measures):
            width = self._width(measure)
            made.append(self._result(measure, row[at : at + width], None if medians is None else medians.get(index)))
            at += width
        return made

    @staticmethod
    def _width(measure: Measure) -> int:
        if measure.aggregate == "count":
            return 1
        if measure.aggregate in ("win_rate", "loss_rate", "win_loss_ratio", "median"):
            return 2
        return 2 if measure.aggregate == "share" and measure.of == "count" else 3

    @staticmethod
    def _result(measure: Measure, cells: Sequence[Any], median: Value) -> Result:
        if measure.aggregate == "count":
            return Result(int(cells[0]))
        if measure.aggregate in ("win_rate", "loss_rate", "win_loss_ratio"):
            won, lost = int(cells[0]), int(cells[1])
            rate = {"win_rate": win_rate, "loss_rate": loss_rate, "win_loss_ratio": win_loss_ratio}[measure.aggregate]
            return Result(rate(won, lost), (("won", won), ("lost", lost)))
        if measure.aggregate == "share":
            whole, part = _number(cells[0]) or 0, _number(cells[1]) or 0
            share = cents(Decimal(part) * 100 / Decimal(whole)) if whole else None
            return Result(share, (("part", part), ("whole", whole)), int(cells[2]) if len(cells) > 2 else 0)
        if measure.aggregate == "median":
            return Result(median, (("records", int(cells[0])),), int(cells[1]) - int(cells[0]))
        value, filled, all_ = _number(cells[0]), int(cells[1]), int(cells[2])
        if measure.aggregate == "average":
            mean = cents(Decimal(value) / filled) if filled and value is not None else None
            return Result(mean, (("records", filled),), all_ - filled)
        return Result(
            value if filled else (0 if measure.aggregate == "sum" and not all_ else None),
            (("records", filled),),
            all_ - filled,
        )

    def medians(
        self, session: Session, source: Any, where: Sequence[Expression], keys: Sequence[Expression]
    ) -> dict[tuple[Any, ...], dict[int, Value]]:
        """Return the medians by group: the middle value, or the mean of the two middle ones."""
        found: dict[tuple[Any, ...], dict[int, Value]] = {}
        for index, measure in enumerate(self.measures):
            if measure.aggregate != "median":
                continue
            value = self.conditions.value(measure.field or "")
            narrowed = [*where, value.is_not(None), *((self.when,) if self.when is not None else ())]
            order = func.row_number().over(partition_by=list(keys) or None, order_by=value)
            size = func.count().over(partition_by=list(keys) or None)
            inner = (
                select(
                    *(key.label(f"k{at}") for at, key in enumerate(keys)),
                    value.label("v"),
                    order.label("n"),
                    size.label("s"),
                )
                .select_from(source)
                .where(*narrowed)
                .subquery()
            )
            columns = [inner.c[f"k{at}"] for at in range(len(keys))]
            middle = (inner.c.n == (inner.c.s + 1) // 2) | (inner.c.n == inner.c.s // 2 + 1)
            statement = select(*columns, func.sum(inner.c.v), func.count()).where(middle).group_by(*columns)
            for row in session.execute(statement):
                total = _number(row[-2])
                found.setdefault(tuple(row[:-2]), {})[index] = (
                    None if total is None else cents(Decimal(total) / row[-1])
                )
        return found


def _number(value: Any) -> Value:
    """Return what the database gave as an exact number: a whole one as int."""
    if value is None or isinstance(value, int):
        return value
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return int(exact) if exact == exact.to_integral_value() else exact
