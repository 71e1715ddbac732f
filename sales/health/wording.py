"""How the sentences of reasons name days and counts."""

from __future__ import annotations

from datetime import date

_TIMES = {1: "once", 2: "twice"}
_MOST = 140


def days(count: int) -> str:
    """Return `1 day` or `9 days`."""
    return "1 day" if count == 1 else f"{count} days"


def times(count: int) -> str:
    """Return `once`, `twice` or `3 times`."""
    return _TIMES.get(count, f"{count} times")


def day(when: date, today: date) -> str:
    """Return `12 Nov`, with the year where it is not this one."""
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when.day} {when:%b}{year}"


def short(words: str) -> str:
    """Return words on one line, cut where they are long."""
    flat = " ".join(words.split())
    if len(flat) <= _MOST:
        return flat
    return flat[:_MOST].rsplit(" ", 1)[0].rstrip(",;:.") + " …"


def listed(names: list[str]) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
