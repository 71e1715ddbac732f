"""Days as people say them, told from the day they were said on: `tomorrow`, `by Friday`, `the 15th`, `in three days`, `realistically January`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "a few": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14}  # fmt: skip
_N = r"(?P<n>\d{1,3}|a couple of|couple of|a few|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen)"
_DAY_NAME = r"(?P<wd>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thu(?:rs?)?|fri)\b"
_MONTH_NAME = r"(?P<mon>january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.I))
    for name, pattern in (
        ("iso", r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b"),
        (
            "day_month",
            r"\b(?:the\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?" + _MONTH_NAME + r"\.?(?:,?\s+(?P<y>20\d\d))?",
        ),
        (
            "month_day",
            r"\b"
            + _MONTH_NAME
            + r"\.?\s+(?:the\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)?\b(?!\s*(?:%|percent|k\b|thousand))(?:,?\s+(?P<y>20\d\d))?",
        ),
        ("tomorrow", r"\b(?:the\s+)?(?P<which>day after tomorrow|tomorrow)\b"),
        (
            "today",
            r"\b(?:today|tonight|this (?:morning|afternoon|evening)|right away|(?:by )?(?:end of (?:the )?day|eod|cob)|in (?:an?|one|two) hours?)\b",
        ),
        (
            "within",
            r"\b(?:in|within|give me|another|next)\s+(?:about\s+|the next\s+)?"
            + _N
            + r"\s+(?P<unit>(?:business |working )?days?|weeks?|months?)\b",
        ),
        (
            "rel_unit",
            r"\b(?P<which>this|next|the end of (?:the|this)|end of (?:the|this)|end of next|the end of next)\s+(?P<unit>week|month|quarter|year)\b",
        ),
        ("weekday", r"\b(?P<which>next\s+|this\s+|coming\s+)?" + _DAY_NAME),
        ("quarter", r"\b(?P<part>end of |early |late |mid[- ]?)?Q(?P<q>[1-4])(?:\s+(?P<y>20\d\d))?\b"),
        (
            "month",
            r"\b(?P<part>end of |early |late |mid[- ]|first half of |second half of |beginning of )?"
            + _MONTH_NAME
            + r"(?:\s+(?P<y>20\d\d))?",
        ),
        ("nth", r"\b(?:the|by|on|until)\s+(?:the\s+)?(?P<d>\d{1,2})(?:st|nd|rd|th)\b"),
    )
)


@dataclass(frozen=True)
class When:
    """A stretch of days that words name: their place in the text, and the first and the last day, both included."""

    start: int
    end: int
    first: date
    last: date
    precise: bool = True


def days_in(text: str, said_on: date) -> list[When]:
    """Return the days that a sentence names, read as lying at or after the day it was said on unless a year says otherwise."""
    found: list[When] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            if name == "month" and match["mon"].lower() in ("may", "mar", "march") and not _month_is_meant(text, match):
                continue
            if name == "month" and re.search(r"\d\s*$", text[: match.start()]):
                continue  # a day that the month does not have
            if (made := _resolve(name, match, said_on)) is not None:
                found.append(When(match.start(), match.end(), *made))
    return sorted(found, key=lambda when: when.start)


def _month_is_meant(text: str, match: re.Match[str]) -> bool:
    """`may` and `march` are verbs as well: a month where capitalised inside the sentence or after a preposition."""
    before = text[: match.start("mon")].rstrip().lower()
    return (
        (match["mon"][0].isupper() and before != "")
        or before.endswith((" in", " by", " until", " till", " of", " for", " next", "early", "late", "mid"))
        or bool(match["part"])
    )


def _resolve(name: str, match: re.Match[str], on: date) -> tuple[date, date, bool] | None:
    parts = match.groupdict()
    try:
        if name == "iso":
            day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
            return day, day, True
        if name in ("day_month", "month_day"):
            day = _future(on, _month_number(parts["mon"]), int(parts["d"]), parts["y"])
            return day, day, True
        if name == "nth":
            day = _next_day_of_month(on, int(parts["d"]))
            return day, day, True
    except ValueError:
        return None
    if name == "today":
        return on, on, True
    if name == "tomorrow":
        day = on + timedelta(days=2 if "after" in parts["which"].lower() else 1)
        return day, day, True
    if name == "weekday":
        ahead = (_weekday_number(parts["wd"]) - on.weekday()) % 7 or 7
        if (parts["which"] or "").strip().lower() == "next" and ahead + on.weekday() < 7:
            ahead += 7
        return on + timedelta(days=ahead), on + timedelta(days=ahead), True
    if name == "within":
        return _within(parts, on)
    if name == "rel_unit":
        return _relative_unit(parts["which"].lower(), parts["unit"].lower(), on)
    if name == "quarter":
        return _quarter(int(parts["q"]), parts["y"], on)
    return _month(parts, on)


def _within(parts: dict[str, str], on: date) -> tuple[date, date, bool]:
    said = parts["n"].lower()
    count = int(said) if said.isdigit() else _COUNTS[said]
    unit = parts["unit"].lower()
    if "week" in unit:
        day = on + timedelta(weeks=count)
    elif "month" in unit:
        day = on + timedelta(days=30 * count)
    elif "business" in unit or "working" in unit:
        day = on
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < 5
    else:
        day = on + timedelta(days=count)
    return day, day, "month" not in unit


def _relative_unit(which: str, unit: str, on: date) -> tuple[date, date, bool]:
    ahead = 1 if "next" in which else 0
    if unit == "week":
        monday = on - timedelta(days=on.weekday()) + timedelta(weeks=ahead)
        first, last = monday, monday + timedelta(days=4 if "end of" in which or ahead == 0 else 6)
        last = max(last, on) if ahead == 0 else last
    elif unit == "month":
        year, month = on.year + (on.month - 1 + ahead) // 12, (on.month - 1 + ahead) % 12 + 1
        first, last = date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    elif unit == "quarter":
        index = (on.month - 1) // 3 + ahead
        year, month = on.year + index // 4, index % 4 * 3 + 1
        first, last = date(year, month, 1), date(year, month + 2, calendar.monthrange(year, month + 2)[1])
    else:
        first, last = date(on.year + ahead, 1, 1), date(on.year + ahead, 12, 31)
    return (last if "end of" in which else max(first, on)), last, False


def _quarter(quarter: int, year: str | None, on: date) -> tuple[date, date, bool]:
    in_year = int(year) if year else on.year + (quarter < (on.month - 1) // 3 + 1)
    month = quarter * 3 - 2
    return date(in_year, month, 1), date(in_year, month + 2, calendar.monthrange(in_year, month + 2)[1]), False


def _month(parts: dict[str, str], on: date) -> tuple[date, date, bool]:
    month = _month_number(parts["mon"])
    year = int(parts["y"]) if parts["y"] else on.year + (month < on.month)
    end = calendar.monthrange(year, month)[1]
    part = (parts["part"] or "").lower()
    first, last = 1, end
    if part.startswith(("early", "beginning")):
        last = 10
    elif part.startswith("first half"):
        last = 15
    elif part.startswith("mid"):
        first, last = 11, 20
    elif part.startswith(("late", "end", "second half")):
        first = 16 if part.startswith("second") else 21
    return date(year, month, first), date(year, month, last), False


def _month_number(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name.lower()[:3]))


def _weekday_number(name: str) -> int:
    return next(number for number, day in enumerate(_DAYS) if day.startswith(name.lower()[:3]))


def _future(on: date, month: int, day: int, year: str | None) -> date:
    if year:
        return date(int(year), month, day)
    # A day just behind us is one that was; half a year behind it must be next year's.
    this = date(on.year, month, day)
    return this if this >= on - timedelta(days=180) else date(on.year + 1, month, day)


def _next_day_of_month(on: date, day: int) -> date:
    year, month = on.year, on.month
    for _ in range(3):
        if day <= calendar.monthrange(year, month)[1] and date(year, month, day) >= on:
            return date(year, month, day)
        year, month = year + month // 12, month % 12 + 1
    raise ValueError("no such day")
