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
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        start=1,
    )
} | {"thirtieth": 30, "thirty-first": 31, "thirty first": 31} | {
    f"twenty{sign}{word}": 20 + number
    for sign in "- "
    for number, word in enumerate("first second third fourth fifth sixth seventh eighth ninth".split(), start=1)
}  # fmt: skip
_ORDINAL = r"(?P<o>" + "|".join(sorted(_ORDINALS, key=len, reverse=True)) + r")"
# After these a spelled ordinal counts something else: "the first week", "the second one".
_NO_DAY = r"(?!\s+(?:\w+\s+)?(?:week|weeks|month|quarter|half|year|time|one|ones|thing|things|part|option|phase|step|call|meeting|site|question|point|party|person|round|draft|version|page|line|floor|pass|place|day|days|night|quote|line|tier|item|reason|way|of (?:the|our|your|those|these|all|two|three))\b)"
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
        (
            "spelled_day_month",
            r"\b(?:the\s+)?" + _ORDINAL + r"\s+(?:of\s+)?" + _MONTH_NAME + r"(?:,?\s+(?P<y>20\d\d))?",
        ),
        ("spelled_month_day", r"\b" + _MONTH_NAME + r"\s+(?:the\s+)?" + _ORDINAL + r"\b" + _NO_DAY),
        (
            "weekday_and_day",
            r"\b" + _DAY_NAME + r"(?:,)?\s+(?:the\s+)(?:(?P<d>\d{1,2})(?:st|nd|rd|th)|" + _ORDINAL + r")\b",
        ),
        ("tomorrow", r"\b(?:the\s+)?(?P<which>day after tomorrow|tomorrow)\b"),
        (
            "weekday_weeks_on",
            r"\b(?:(?P<ahead>a|one|two)\s+weeks?\s+(?:on|from)\s+(?:the\s+)?(?:this\s+|next\s+)?"
            + _DAY_NAME
            + r"|"
            + _DAY_NAME.replace("<wd>", "<wd2>")
            + r"\s+week\b)",
        ),
        ("weekend", r"\b(?:over|by|at|on|this|for)\s+(?:the\s+|this\s+)?weekend\b"),
        ("week_after_next", r"\b(?:the\s+)?week after next\b"),
        ("fortnight", r"\b(?:in|within)\s+(?:a|the next)\s+fortnight\b|\ba fortnight (?:from now|today)\b"),
        (
            "week_of",
            r"\bweek\s+(?:of|commencing|beginning)\s+(?:the\s+)?(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?|"
            + _ORDINAL
            + r")\b(?!\s+of\b)",
        ),
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
        ("spelled_nth", r"\b(?:by|on|until|before|for)\s+the\s+" + _ORDINAL + r"\b" + _NO_DAY),
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
        if (named := _calendar_day(name, parts, on)) is not None:
            return named
    except ValueError:
        return None
    if name in ("weekend", "week_after_next", "fortnight", "weekday_weeks_on"):
        return _around_weeks(name, parts, on)
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


def _calendar_day(name: str, parts: dict[str, str], on: date) -> tuple[date, date, bool] | None:
    """Read what names a day of the calendar; None for other patterns. Raises ValueError where there is no such day."""
    if name == "iso":
        day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    elif name in ("day_month", "month_day", "spelled_day_month", "spelled_month_day"):
        day = _future(on, _month_number(parts["mon"]), _day_number(parts), parts.get("y"))
    elif name in ("nth", "spelled_nth", "weekday_and_day", "week_of"):
        day = _next_day_of_month(on, _day_number(parts))
        if name == "week_of":
            return day, day + timedelta(days=max(0, 4 - day.weekday())), False
    else:
        return None
    return day, day, True


def _day_number(parts: dict[str, str]) -> int:
    return int(parts["d"]) if parts.get("d") else _ORDINALS[" ".join(parts["o"].lower().split())]


def _around_weeks(name: str, parts: dict[str, str], on: date) -> tuple[date, date, bool]:
    """Read what is said by weeks: the weekend, the week after next, a fortnight, Friday week, a week on Tuesday."""
    if name == "weekend":
        saturday = on + timedelta(days=max(0, 5 - on.weekday()))
        return saturday, saturday + timedelta(days=1 if saturday.weekday() == 5 else 0), True
    if name == "fortnight":
        return on + timedelta(days=14), on + timedelta(days=14), True
    if name == "week_after_next":
        monday = on - timedelta(days=on.weekday()) + timedelta(weeks=2)
        return monday, monday + timedelta(days=6), False
    weekday = _weekday_number(parts["wd"] or parts["wd2"])
    day = on + timedelta(days=(weekday - on.weekday()) % 7 or 7)
    day += timedelta(weeks=2 if (parts["ahead"] or "").lower() == "two" else 1)
    return day, day, True


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
