"""How many calendar days ago a moment was, for thousands of moments: by the first moments of the days in between, not by a calendar for each."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_STEP, _FURTHEST = 500, 7_000
"""Days are laid out so many at a time, and so many at most; what lies further back is worked out by itself."""


class DaysAgo:
    """Counts calendar days in a time zone back from a moment's day."""

    def __init__(self, as_of: datetime, zone: ZoneInfo) -> None:
        self._today = as_of.astimezone(zone).date()
        self._zone = zone
        self._starts: list[datetime] = []
        """The first moments of today and the days before it, oldest first; as far back as was asked for."""

    def start(self, days: int) -> datetime:
        """Return the moment (UTC) from which on something is fewer than `days` days ago: before it, it is that or more."""
        reach = (self._today - date.min).days
        return _start(self._today - timedelta(days=min(days - 1, reach - 1)), self._zone)

    def of(self, moment: datetime) -> int:
        """Return the days from a moment's day to today; negative for a day to come."""
        if not self._starts or moment < self._starts[0]:
            self._reach(moment)
        found = len(self._starts) - bisect_right(self._starts, moment)
        if 0 < found < len(self._starts):
            return found
        return (self._today - moment.astimezone(self._zone).date()).days

    def _reach(self, moment: datetime) -> None:
        days = (self._today - moment.astimezone(self._zone).date()).days
        if len(self._starts) < days + 2 <= _FURTHEST:
            wanted = min(days + _STEP, _FURTHEST)
            self._starts = [_start(self._today - timedelta(days=ago), self._zone) for ago in reversed(range(wanted))]


@lru_cache(maxsize=20_000)
def _start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of a day. Where the clocks skip midnight it is the moment of the change; where they repeat it, the first of the two."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
