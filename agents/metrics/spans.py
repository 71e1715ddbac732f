"""The spans of time that metrics are told for: a week, days, or the last complete week and the quarter to date; and the weeks of a trend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.metrics.ground import Span, week_name
from agents.metrics.metric import Window
from infra.errors import Fatal
from infra.settings import Settings
from sales.fiscal import FiscalCalendar
from sales.fiscal import Window as Days

TREND_WEEKS = 12
_TICK = timedelta(microseconds=1)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 3_660


@dataclass(frozen=True)
class Asked:
    """Which span is asked for: an ISO week (`2026-W47`), days from and to (both inside), or the last so many days. Nothing set is the usual."""

    week: str | None = None
    first: str | None = None
    last: str | None = None
    days: int | None = None


def spans_asked(asked: Asked, as_of: datetime, settings: Settings) -> tuple[Span, ...]:
    """Return the spans that are asked for; the last complete week and the quarter to date where none is. Raises Fatal (422) for what can't be read."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    if sum((bool(asked.week), bool(asked.first or asked.last), bool(asked.days))) > 1:
        raise Fatal("Only one window at a time.", "Give a week, or days from and to, or a number of days.", status=422)
    if asked.week:
        return (_until(_week(asked.week, calendar), week_name(_monday(asked.week)), as_of),)
    if asked.first or asked.last:
        return (_between(asked, calendar, today, as_of),)
    if asked.days:
        if not 1 <= asked.days <= _LONGEST:
            raise Fatal("That is no number of days.", f"Give 1 to {_LONGEST}.", status=422)
        begin = as_of - timedelta(days=asked.days)
        label = "the last day" if asked.days == 1 else f"the last {asked.days} days"
        return (Span(label, Window(begin=begin, end=as_of + _TICK)),)
    return usual_spans(as_of, settings)


def usual_spans(as_of: datetime, settings: Settings) -> tuple[Span, ...]:
    """Return the last complete week and the fiscal quarter to date."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    quarter = calendar.quarter(calendar.quarter_of(today))
    week = calendar.week_of(today, -1)
    return (_until(week, week_name(week.first), as_of), _until(quarter, f"{quarter.label} to date", as_of))


def trend_spans(as_of: datetime, settings: Settings, weeks: int = TREND_WEEKS) -> tuple[Span, ...]:
    """Return the last complete weeks, the latest last."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    found = [calendar.week_of(today, -back) for back in range(weeks, 0, -1)]
    return tuple(Span(week_name(one.first), Window(begin=one.start, end=one.end)) for one in found)


def _monday(text: str) -> date:
    found = _WEEK.fullmatch(text.strip().upper())
    try:
        if found is not None:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise Fatal("That is no week.", "Write it as 2026-W47.", status=422)


def _week(text: str, calendar: FiscalCalendar) -> Days:
    return calendar.week_of(_monday(text))


def _between(asked: Asked, calendar: FiscalCalendar, today: date, as_of: datetime) -> Span:
    first = _day(asked.first) if asked.first else None
    last = _day(asked.last) if asked.last else today
    if first is None:
        raise Fatal("A window needs its first day.", "Give both days, such as 2026-11-01 and 2026-11-30.", status=422)
    if last < first:
        raise Fatal("The window ends before it starts.", "Give the earlier day first.", status=422)
    window = calendar.days(first, last)
    return _until(window, window.label, as_of)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text.strip()):
            return date.fromisoformat(text.strip())
    except ValueError:
        pass
    raise Fatal("That is no day.", "Write it as 2026-11-01.", status=422)


def _until(window: Days, label: str, as_of: datetime) -> Span:
    """Return the part of a window that lies before what is spoken for: nothing is known of later."""
    end = min(window.end, as_of + _TICK)
    return Span(label, Window(begin=min(window.start, end), end=end))
