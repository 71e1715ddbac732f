"""Turn the sample company's texts, whose dates are relative, into texts of one day.

A token is `{{N}}`, N being days from the day of loading (`{{-12}}`, `{{+9}}`, `{{0}}`). What follows says how it is written:

    {{-3}}                  2026-11-18
    {{-3 14:05}}            2026-11-18T14:05:00-05:00
    {{-3 14:05|rfc2822}}    Wed, 18 Nov 2026 14:05:00 -0500
    {{-3|weekday}}          Wednesday
    {{-3|day}}              18 November
    {{-3|month}}            November
    {{-3|year}}             2026
    {{-3|quarter}}          Q4 2026, the calendar quarter
    {{0|quarter-1}}         Q3 2026, that many quarters away: no number of days is right for that on every day of the year

Nothing here reads a clock: the caller says which day it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).resolve().parent / "company"
SUFFIXES = frozenset({".csv", ".json", ".eml"})
TABLES = ("users", "accounts", "products", "contacts", "deals", "history", "activities", "leads", "targets")
"""Tables in an order in which each refers only to those before it; `history-b.csv` is a second part of `history`."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PARTS = re.compile(
    r"(?P<days>[+-]?\d{1,5})(?: (?P<hour>\d{2}):(?P<minute>\d{2}))?(?:\|(?P<form>[a-z0-9]+?)(?P<shift>[+-]\d{1,2})?)?"
)


def _quarter(day: date, shift: int) -> str:
    index = day.year * 4 + (day.month - 1) // 3 + shift
    return f"Q{index % 4 + 1} {index // 4}"


# English names on purpose, whatever the machine's locale: the calls are in English.
_FORMS: dict[str, Callable[[date], str]] = {
    "weekday": lambda day: _WEEKDAYS[day.weekday()],
    "day": lambda day: f"{day.day} {_MONTHS[day.month - 1]}",
    "month": lambda day: _MONTHS[day.month - 1],
    "year": lambda day: str(day.year),
}


def _moment(day: date, hour: str, minute: str, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(int(hour), int(minute)), tzinfo=tz)


def _written(token: str, today: date, tz: ZoneInfo) -> str:
    """Write out what stands between the braces. Raises ValueError where it is no token or no day that a calendar has."""
    parts = _PARTS.fullmatch(token)
    if parts is None:
        raise ValueError("not a token")
    day = today + timedelta(days=int(parts["days"]))
    form, shift = parts["form"], parts["shift"]
    if parts["hour"] is not None:
        moment = _moment(day, parts["hour"], parts["minute"], tz)
        if form is None:
            return moment.isoformat()
        if form == "rfc2822" and shift is None:
            return format_datetime(moment)
        raise ValueError("no such form of a time")
    if form is None:
        return day.isoformat()
    if form == "quarter":
        return _quarter(day, int(shift or 0))
    if form not in _FORMS or shift is not None:
        raise ValueError("no such form of a day")
    return _FORMS[form](day)


def render(text: str, today: date, tz: ZoneInfo) -> str:
    """Give `text` with every token written out as seen from `today`; times are wall-clock times in `tz`.

    Raises ValueError, naming the token as it stands in the text, for one that can't be written out or that is never closed.
    """

    def replace(match: re.Match[str]) -> str:
        try:
            return _written(match[1], today, tz)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"bad date token {match[0]!r}") from error

    rendered = _TOKEN.sub(replace, text)
    opened = rendered.find("{{")
    if opened >= 0:
        raise ValueError(f"date token is not closed: {rendered[opened : opened + 24]!r}")
    return rendered


def _place(path: Path) -> tuple[int, str]:
    if path.parent == FOLDER:
        return TABLES.index(path.stem.removesuffix("-b")), path.name
    return len(TABLES), path.relative_to(FOLDER).as_posix()


def company_files() -> list[Path]:
    """List the files of the sample company in the order of loading: tables as in `TABLES`, then calls, then mails.

    Raises ValueError for a table that `TABLES` does not name.
    """
    return sorted((path for path in FOLDER.rglob("*") if path.suffix in SUFFIXES and path.is_file()), key=_place)


def signal_files() -> list[Path]:
    """List the files of signals of the sample company, each a source of its own: JSON lines with tokens."""
    return sorted((FOLDER / "signals").glob("*.jsonl"))


def rule_files() -> list[Path]:
    """List the rule files of the sample company: whom it sells to, how it writes."""
    return sorted(FOLDER.glob("*.toml"))
