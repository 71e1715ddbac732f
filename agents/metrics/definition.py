"""How a metric is defined: what is counted, over what, from where, and what good is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Select
from sqlalchemy.orm import Session

from agents.metrics.ground import Ground
from agents.metrics.metric import Better, Unit

Shape = Literal["rate", "ratio", "mean", "median", "slowest_tenth", "total", "weekly"]
"""How a figure is made of rows. A row is one thing that is counted, with `span` (the place of its span) and `owner` (whose it is).

- rate: the share of rows whose `hit` is 1, in percent.
- ratio: the sum of `top` over the sum of `bottom`, in percent or times.
- mean, median, slowest_tenth: of the rows' `took`; the median of an even number is the mean of the two in the middle, the last is the value from
  which the slowest tenth begins (nearest rank).
- total: how many rows have `hit` 1; weekly: the same for each seven days of the span.

A row whose `hit`, `took` or `bottom` is null is unknown: it is told beside the figure and counts for nothing. Rows may have a `split` and a `currency`,
for each of which there is a figure of its own.
"""

Rows = Callable[[Ground], Select[Any]]


@dataclass(frozen=True)
class Whose:
    """Whose figures are made: a team's or a person's. Neither is set for all that the scope shows."""

    team: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class Part:
    """One figure of a metric that is not counted from rows: of the span with this place, and of one stage or currency."""

    span: int
    split: str | None
    value: Decimal | None
    numerator: Decimal | int | None
    denominator: Decimal | int
    unknown: int = 0


Make = Callable[[Session, Ground, Whose], list[Part]]
"""Makes a metric that is not counted from rows."""


@dataclass(frozen=True)
class Definition:
    """One metric. `counts` and `over` are its numerator and denominator in words; `where` is the stage of the work to look at when it does not move,
    and `look_at` what to look at there. Either `rows` or `make` is set; `weekly` gives the rows of a trend's weeks where a week that is over is counted
    from something else. `company` marks what is nobody's own: it is told for the company and never by person or team.
    """

    key: str
    label: str
    family: str
    unit: Unit
    shape: Shape
    counts: str
    over: str
    source: str
    where: str
    look_at: str
    rows: Rows | None = None
    weekly: Rows | None = None
    make: Make | None = None
    better: Better | None = None
    target: Decimal | None = None
    target_source: str | None = None
    split_by: str | None = None
    company: bool = False
    asked: tuple[str, ...] = ()
    trend: bool = True

    @property
    def counted(self) -> str:
        """What is counted, over what, in one line."""
        return f"{self.counts}, over {self.over}" if self.over else self.counts
