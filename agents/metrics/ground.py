"""What every metric is counted on: whose records, as of when, and in which spans of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ColumnElement, Date, Integer, and_, func, literal, select, union_all

from agents.metrics.metric import Window
from agents.structured.sql_time import LocalDay
from infra.settings import Settings
from infra.spine.base import Instant
from infra.spine.scope import Scope

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from agents.pipeline.forecasting import ForecastBy
    from agents.pipeline.record import About, Conversion, Forecast

_TICK = timedelta(microseconds=1)
"""A span's end is outside, and what happened at the very moment that is asked for counts."""


class PipelineOverTime(Protocol):
    """What the pipeline tells of itself: `agents.pipeline.service.Pipeline`."""

    def forecast(self, session: Session, scope: Scope, as_of: datetime, about: About = ...) -> Forecast:
        """Return where the fiscal quarter of `as_of` will land."""
        ...

    def forecasts(self, session: Session, scope: Scope, as_of: datetime, by: ForecastBy) -> dict[str, Forecast]:
        """Return the same for each person (by user id) or team (by name)."""
        ...

    def conversion(self, session: Session, scope: Scope, window: Window, about: About = ...) -> Conversion:
        """Return what became of the deals that entered each stage in the window."""
        ...


@dataclass(frozen=True)
class Span:
    """A window of time with its name: `2026-W47`, `Q4 2026 to date`."""

    label: str
    window: Window


@dataclass(frozen=True)
class Ground:
    """What a metric's rows are chosen on.

    `as_of` is the moment that is spoken for: what came later is not known. A span that reaches beyond it ends there. `team` and `user_id` narrow whose
    figures are counted; what the scope hides is hidden in any case. `pipeline` is who tells what is not counted from rows; without it that is left out;
    `forecasts` keeps what it told, by moment and by what it was told for.
    """

    scope: Scope
    settings: Settings
    as_of: datetime
    spans: tuple[Span, ...]
    team: str | None = None
    user_id: str | None = None
    pipeline: PipelineOverTime | None = None
    forecasts: dict[Any, dict[str, Forecast]] = field(default_factory=dict, compare=False)

    @cached_property
    def windows(self) -> Any:
        """The spans as a table of `span` (its place), `begin`, `until` (outside) and the days `first` and `after`, in the company's zone."""
        rows = [self._row(place, one.window) for place, one in enumerate(self.spans)]
        return union_all(*rows).cte("spans")

    def _row(self, place: int, window: Window) -> Any:
        until = min(window.end, self.as_of + _TICK)
        begin = min(window.begin, until)
        # A window that lies wholly in what is not known yet has no day.
        after = self.local_day(until - _TICK) + timedelta(days=1) if begin < until else self.local_day(begin)
        return select(
            literal(place, Integer()).label("span"),
            literal(begin, Instant()).label("begin"),
            literal(until, Instant()).label("until"),
            literal(self.local_day(begin), Date()).label("first"),
            literal(after, Date()).label("after"),
        )

    def local_day(self, moment: datetime) -> date:
        """Return the day on which a moment falls in the company's zone."""
        return moment.astimezone(self.settings.zone).date()

    def within(self, moment: Any) -> ColumnElement[bool]:
        """Return the condition that a moment lies in a span."""
        return and_(moment >= self.windows.c.begin, moment < self.windows.c.until)

    def on_day(self, day: Any) -> ColumnElement[bool]:
        """Return the condition that a day lies in a span."""
        return and_(day >= self.windows.c.first, day < self.windows.c.after)

    def known(self, moment: Any) -> ColumnElement[bool]:
        """Return the condition that something had happened at the moment that is spoken for."""
        known: ColumnElement[bool] = moment <= literal(self.as_of, Instant())
        return known

    def day(self, moment: Any) -> Any:
        """Return the day on which a moment fell in the company's zone."""
        return LocalDay(moment, self.settings.zone.key)


def closed_day(ground: Ground, deal: Any) -> Any:
    """Return the day on which a closed deal was closed: the moment's, else its close date."""
    return func.coalesce(ground.day(deal.closed_at), deal.close_date, type_=Date())


def week_name(day: date) -> str:
    """Return the ISO week of a day as people write it: `2026-W47`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def spans_of(windows: Sequence[tuple[str, datetime, datetime]]) -> tuple[Span, ...]:
    """Return spans from their labels, beginnings and ends."""
    return tuple(Span(label, Window(begin=begin, end=end)) for label, begin, end in windows)
