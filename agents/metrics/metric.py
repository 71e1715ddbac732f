"""What a metric is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Unit = Literal["percent", "seconds", "count"]


class Metric(BaseModel):
    """One figure and how it came about. `value` is None where there is nothing to count it over; a rate is `numerator / denominator` in percent.

    `split` names what it is told for (a signal kind, a variant), None for the whole. `target` is in the unit of `value`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    label: str
    split: str | None = None
    value: Decimal | None
    unit: Unit
    numerator: int | None = None
    denominator: int
    counted: str
    source: str
    target: Decimal | None = None
    target_source: str | None = None


class Window(BaseModel):
    """From when (inclusive) until when (exclusive) things are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begin: datetime
    end: datetime


def percent(part: int, whole: int) -> Decimal | None:
    """Return a share in percent to one decimal, or None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None
