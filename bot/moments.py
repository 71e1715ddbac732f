"""Reading `as_of`: an ISO date or an instant, as people and programs write it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from infra.errors import Fatal

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2})?")
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


def check_moment(text: str) -> str:
    """Return `text` if `read_moment` can read it. Raises ValueError."""
    try:
        read_moment(text, ZoneInfo("UTC"))
    except Fatal as error:
        raise ValueError(f"{error.sentence} {error.next_step}") from error
    return text


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC that `text` means; raises Fatal where it means none.

    A date means that day at 23:59:59 in `zone`. An instant without an offset is in `zone`. What lies before 1900 or after 2199 is
    moved to that border, where there is no data either way.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            local = datetime.combine(date.fromisoformat(text), time(23, 59, 59))
        elif _INSTANT.fullmatch(text):
            # A leap second is a valid instant that Python can't hold.
            local = datetime.fromisoformat(re.sub(r"(:\d{2}):60", r"\1:59", text.upper().replace(" ", "T")))
        else:
            raise ValueError
    except ValueError as error:
        raise Fatal(
            "That date can't be read.",
            "Write a date like 2026-11-23 or an instant like 2026-11-23T09:00:00+01:00.",
            status=422,
        ) from error
    if not _FIRST.year < local.year < _LAST.year:
        return _FIRST if local.year <= _FIRST.year else _LAST
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
