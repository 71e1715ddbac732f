"""What a metric is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Unit = Literal["percent", "seconds", "count", "days", "minutes", "money", "times"]
"""`times` is a multiple ("3.2 times the target"), `minutes` what people said in minutes, `money` an exact amount in the metric's currency."""

Better = Literal["higher", "lower"]


class Metric(BaseModel):
    """One figure and how it came about. `value` is None where there is nothing to count it over; a rate is `numerator / denominator` in percent.

    `split` names what it is told for (a signal kind, a stage), None for the whole; `team`, `user_id` and `user` whose it is, where it is one's of several.
    `denominator` is what it was counted over, `unknown` how many more there were of which it can't be told. `target` is in the unit of `value`;
    a target of a metric that is `better` lower is met below it, else from it upwards. `window` is the span's label, `currency` that of money.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    label: str
    split: str | None = None
    value: Decimal | None
    unit: Unit
    numerator: Decimal | int | None = None
    denominator: Decimal | int
    counted: str
    source: str
    target: Decimal | None = None
    target_source: str | None = None
    better: Better | None = None
    unknown: int = 0
    currency: str | None = None
    window: str | None = None
    team: str | None = None
    user_id: str | None = None
    user: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none, or nothing to measure it by."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value < self.target


class Window(BaseModel):
    """From when (inclusive) until when (exclusive) things are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: datetime
    end: datetime


def percent(part: int, whole: int) -> Decimal | None:
    """Return a share in percent to one decimal, or None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None
