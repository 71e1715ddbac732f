"""When a rep's morning feed comes: once a working day, at the rep's hour, and never while they are not to be disturbed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sales.working_hours import Hours

TO_DECIDE = timedelta(hours=2)
"""How long before a draft expires a feed has to show it, so that there is time to read and decide."""

_WITHOUT_END = timedelta(days=7)
_FREE_DAYS = 15
"""So many days back a working day is found: with at least one a week there is one within eight."""


def last_feed(now: datetime, expires_at: datetime | None, hours: Hours, feed_at: time) -> datetime | None:
    """Return when the last feed comes that can still show what expires then; None where no feed can, and what is new has to come by itself.

    What never expires waits a week at most.
    """
    ends = (expires_at or now + _WITHOUT_END) - TO_DECIDE
    day = ends.astimezone(hours.zone).date()
    for back in range(_FREE_DAYS):
        at = _feed_on(day - timedelta(days=back), hours, feed_at)
        if at is not None and at <= ends:
            return at if at > now else None
    return None


def _feed_on(day: date, hours: Hours, feed_at: time) -> datetime | None:
    span = hours.day(day)
    if span is None:
        return None
    at = max(span[0], datetime.combine(day, feed_at, hours.zone).astimezone(UTC))
    return at if at < span[1] else None
