"""What is told of the metrics at once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agents.metrics.metric import Metric, Window
from sales.flat import Course


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NamedWindow(_Frozen):
    """A window that figures are told for, with its name."""

    label: str
    window: Window


class Trend(_Frozen):
    """A metric week by week, the latest last; `values` are None where there was nothing to count. `counted` is what each was counted over.

    `course` tells against the target how it goes (None without a target, or with too few weeks). Where it is flat or worse, `where` is the stage of the
    work to look at and `look_at` what to look at there.
    """

    key: str
    weeks: tuple[str, ...]
    values: tuple[Decimal | None, ...]
    counted: tuple[Decimal | int, ...]
    course: Course | None
    where: str | None = None
    look_at: str | None = None


class Report(_Frozen):
    """The metrics inside a scope. `about` says whose they are; `by` is team or rep where `metrics` holds those of each besides the whole."""

    as_of: datetime
    about: str
    by: Literal["team", "rep"] | None
    windows: tuple[NamedWindow, ...]
    metrics: tuple[Metric, ...]
    trends: tuple[Trend, ...]

    def of(self, key: str, window: str | None = None) -> tuple[Metric, ...]:
        """Return the figures of one metric for the whole, in the first window unless another is named."""
        label = window or self.windows[0].label
        return tuple(
            one
            for one in self.metrics
            if one.key == key and one.window == label and one.team is None and one.user_id is None
        )
