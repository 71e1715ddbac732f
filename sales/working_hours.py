"""Working hours: when a person may be written to or disturbed, and how much working time lies between two moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_LOOK_AHEAD = 15
"""Days within which an open one is found: with at least one working day a week there is one within eight."""


@dataclass(frozen=True)
class Hours:
    """Working hours in a zone. `days` counts Monday as 0 and holds at least one; `opens` is before `closes`, both in local time."""

    zone: ZoneInfo
    days: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    opens: time = time(9)
    closes: time = time(17)

    def __post_init__(self) -> None:
        if not self.days & set(range(7)):
            raise ValueError("there must be a working day")
        if not self.opens < self.closes:
            raise ValueError("a working day opens before it closes")

    def day(self, day: date) -> tuple[datetime, datetime] | None:
        """Return from when until when this day is worked, in UTC, or None for a free day."""
        if day.weekday() not in self.days:
            return None
        begin = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        end = datetime.combine(day, self.closes, self.zone).astimezone(UTC)
        # The night in which clocks jump may swallow a short working day.
        return (begin, end) if begin < end else None


def is_open(moment: datetime, hours: Hours) -> bool:
    """Return whether `moment` lies within working hours."""
    today = hours.day(moment.astimezone(hours.zone).date())
    return today is not None and today[0] <= moment < today[1]


def next_open(moment: datetime, hours: Hours) -> datetime:
    """Return `moment` itself where it is within working hours, else when they begin next, in UTC."""
    for begin, end in _days_from(moment, hours):
        if moment < end:
            return max(begin, moment.astimezone(UTC))
    raise ValueError("no working day lies ahead")


def working_time(start: datetime, end: datetime, hours: Hours) -> timedelta:
    """Return how much working time lies between two moments; nothing where `end` is not after `start`."""
    passed = timedelta(0)
    day, last = start.astimezone(hours.zone).date(), end.astimezone(hours.zone).date()
    while day <= last:
        span = hours.day(day)
        if span is not None:
            passed += max(timedelta(0), min(end, span[1]) - max(start, span[0]))
        day += timedelta(days=1)
    return passed


def _days_from(moment: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    first = moment.astimezone(hours.zone).date()
    for ahead in range(_LOOK_AHEAD):
        span = hours.day(first + timedelta(days=ahead))
        if span is not None:
            yield span
