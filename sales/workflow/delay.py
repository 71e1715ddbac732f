"""How long an action may take after its trigger, as people say it ("24 hours", "same day", "2 working days"), and when it is due by then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from sales.working_hours import Hours, next_open

Unit = Literal["hours", "days", "working hours", "working days", "same day"]
_WRITTEN = re.compile(r"(?P<count>\d{1,3})\s+(?P<unit>(?:working\s+)?(?:hour|day))s?", re.IGNORECASE)
_MOST = {"hours": 999, "days": 365, "working hours": 400, "working days": 90}


@dataclass(frozen=True)
class Delay:
    """The longest delay of an action. `count` is 0 for the same day."""

    count: int
    unit: Unit

    def told(self) -> str:
        """Return it as it is written."""
        if self.unit == "same day":
            return "same day"
        return f"{self.count} {self.unit[:-1] if self.count == 1 else self.unit}"


def parse_delay(text: str) -> Delay:
    """Return the delay that `text` means. Raises ValueError with what may be written."""
    words = " ".join(text.split()).casefold()
    if words in ("same day", "the same day"):
        return Delay(0, "same day")
    found = _WRITTEN.fullmatch(words)
    if found is not None:
        unit: Unit = f"{found['unit']}s"  # type: ignore[assignment]
        if 0 < int(found["count"]) <= _MOST[unit]:
            return Delay(int(found["count"]), unit)
    raise ValueError(
        'a delay is "same day", or a number of hours, days, working hours or working days, like "24 hours"'
    )


def due_at(start: datetime, delay: Delay, hours: Hours) -> datetime:
    """Return until when something is to be done that started at `start`, in UTC.

    The same day ends when work does; what comes after that, or on a free day, belongs to the next working day. A day is 24 hours, a working
    day ends with the working hours of the day so many working days later.
    """
    if delay.unit == "hours":
        return start + timedelta(hours=delay.count)
    if delay.unit == "days":
        return start + timedelta(days=delay.count)
    if delay.unit == "working hours":
        return _after_work(start, timedelta(hours=delay.count), hours)
    return _end_of(start, delay.count, hours)


def _after_work(start: datetime, left: timedelta, hours: Hours) -> datetime:
    moment = next_open(start, hours)
    while True:
        end = _closes(moment, hours)
        if moment + left <= end:
            return moment + left
        left -= end - moment
        moment = next_open(end, hours)


def _end_of(start: datetime, days: int, hours: Hours) -> datetime:
    end = _closes(next_open(start, hours), hours)
    for _ in range(days):
        end = _closes(next_open(end, hours), hours)
    return end


def _closes(moment: datetime, hours: Hours) -> datetime:
    span = _span(moment.astimezone(hours.zone).date().toordinal(), hours)
    return span[1]


@lru_cache(maxsize=4_000)
def _span(ordinal: int, hours: Hours) -> tuple[datetime, datetime]:
    from datetime import date

    found = hours.day(date.fromordinal(ordinal))
    if found is None:
        raise ValueError("that day is not worked")
    return found
