"""Fiscal years, quarters, months and weeks, and the windows of time that they stand for.

A window is whole days in one time zone, half-open: its first day is in, the day `until` is not. A deal's close date is
compared as a day, what happened at a moment by `start` and `end`. A fiscal year that does not start in January bears the
number of the calendar year in which it ends, as most companies count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_QUARTER = re.compile(
    r"""^\s*(?:
        (?:(?:fy|fiscal\s+year|cy)?\s*'?(?P<year_a>\d{4}|\d{2})\s*[-–/_., ]*\s*(?:q|quarter)\s*(?P<number_a>[1-4]))
      | (?:(?:q|quarter)\s*(?P<number_b>[1-4])\s*[-–/_.,' ]*\s*(?:fy|fiscal\s+year|cy)?\s*[-' ]?\s*(?P<year_b>\d{4}|\d{2}))
      | (?:(?P<number_c>[1-4])\s*q\s*[-–/_.,' ]*\s*(?:fy|cy)?\s*'?(?P<year_c>\d{4}|\d{2}))
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Window:
    """The days from `first` up to, not including, `until`, as they pass in `zone`. Raises ValueError when it ends before it starts."""

    first: date
    until: date
    zone: tzinfo
    label: str = ""

    def __post_init__(self) -> None:
        if self.until < self.first:
            raise ValueError("a window can't end before it starts")

    @property
    def last(self) -> date:
        """The last day that is inside; the day before `first` where the window is empty."""
        return self.until - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days are inside."""
        return (self.until - self.first).days

    @property
    def start(self) -> datetime:
        """The moment at which the first day begins in the window's zone, in UTC; inside."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The moment at which the window is over, in UTC; outside."""
        return _midnight(self.until, self.zone)

    def __contains__(self, when: date | datetime) -> bool:
        """Whether a day, or a timezone-aware moment, is inside."""
        if isinstance(when, datetime):
            return self.start <= when < self.end
        return self.first <= when < self.until

    def up_to(self, day: date) -> Window:
        """Return the part that lies before or on `day`: a quarter up to today."""
        until = min(self.until, max(self.first, day + timedelta(days=1)))
        return Window(self.first, until, self.zone, self.label)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, order=True)
class Quarter:
    """A fiscal quarter: `Quarter(2027, 1)` is the first of fiscal year 2027."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4:
            raise ValueError("a quarter's number is 1 to 4")

    def shift(self, quarters: int) -> Quarter:
        """Return the quarter that comes `quarters` later; earlier where negative."""
        count = self.year * 4 + self.number - 1 + quarters
        return Quarter(count // 4, count % 4 + 1)

    def __str__(self) -> str:
        return f"Q{self.number} {self.year}"


def parse_quarter(text: str) -> Quarter | None:
    """Read `Q4 2026`, `2026-Q4`, `FY27 Q1`, `4Q26` or `Quarter 4, 2026`; None for anything else. Two-digit years are of this century."""
    found = _QUARTER.match(text)
    if found is None:
        return None
    year = next(int(found[name]) for name in ("year_a", "year_b", "year_c") if found[name])
    number = next(int(found[name]) for name in ("number_a", "number_b", "number_c") if found[name])
    return Quarter(year if year >= 100 else 2000 + year, number)


@dataclass(frozen=True)
class FiscalCalendar:
    """How a company counts its time: the month in which its fiscal year starts (1 to 12) and its time zone.

    `week_start` is the first day of its weeks, Monday being 0. Calendar quarters are those of `FiscalCalendar(1, zone)`.
    """

    start_month: int
    zone: tzinfo
    week_start: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.start_month <= 12:
            raise ValueError("a month is 1 to 12")

    def day_of(self, moment: datetime) -> date:
        """Return the day that a timezone-aware moment falls on here. Raises ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return moment.astimezone(self.zone).date()

    def year_of(self, day: date) -> int:
        """Return the number of the fiscal year that `day` is in."""
        return day.year + 1 if self.start_month > 1 and day.month >= self.start_month else day.year

    def quarter_of(self, day: date) -> Quarter:
        """Return the fiscal quarter that `day` is in."""
        return Quarter(self.year_of(day), (day.month - self.start_month) % 12 // 3 + 1)

    def year(self, number: int) -> Window:
        """Return the days of fiscal year `number`."""
        first = self._year_start(number)
        label = f"FY{number}" if self.start_month > 1 else str(number)
        return Window(first, _add_months(first, 12), self.zone, label)

    def quarter(self, quarter: Quarter) -> Window:
        """Return the days of a fiscal quarter."""
        first = _add_months(self._year_start(quarter.year), 3 * (quarter.number - 1))
        return Window(first, _add_months(first, 3), self.zone, str(quarter))

    def half(self, year: int, number: int) -> Window:
        """Return the days of the first or second half of a fiscal year."""
        if number not in (1, 2):
            raise ValueError("a year has two halves")
        first = _add_months(self._year_start(year), 6 * (number - 1))
        return Window(first, _add_months(first, 6), self.zone, f"H{number} {year}")

    def month(self, year: int, month: int) -> Window:
        """Return the days of a calendar month."""
        first = date(year, month, 1)
        return Window(first, _add_months(first, 1), self.zone, f"{first:%B} {year}")

    def month_of(self, day: date, shift: int = 0) -> Window:
        """Return the month that `day` is in, or the one `shift` months later (earlier where negative)."""
        first = _add_months(day.replace(day=1), shift)
        return self.month(first.year, first.month)

    def week_of(self, day: date, shift: int = 0) -> Window:
        """Return the week that `day` is in, or the one `shift` weeks later."""
        first = day - timedelta(days=(day.weekday() - self.week_start) % 7) + timedelta(weeks=shift)
        return Window(first, first + timedelta(days=7), self.zone, f"week of {first.day} {first:%B} {first.year}")

    def days(self, first: date, last: date) -> Window:
        """Return the days from `first` to `last`, both inside. Raises ValueError where `last` is before `first`."""
        if last < first:
            raise ValueError("the last day can't be before the first")
        label = first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"
        return Window(first, last + timedelta(days=1), self.zone, label)

    def last_days(self, today: date, count: int) -> Window:
        """Return the `count` days that end with `today`. Raises ValueError for fewer than one."""
        if count < 1:
            raise ValueError("a window of days needs at least one")
        window = self.days(today - timedelta(days=count - 1), today)
        return Window(window.first, window.until, self.zone, f"last {count} days")

    def _year_start(self, number: int) -> date:
        return date(number - 1 if self.start_month > 1 else number, self.start_month, 1)


def _add_months(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
