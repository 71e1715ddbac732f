"""Asking people how many minutes of administration their day had: when to ask, and what an answer in words means."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from sales.spoken_numbers import numbers_in

Asking = Literal["baseline", "weekly"]
BASELINE_DAYS = 7
"""The week in which a day's minutes are the baseline: the first one in which somebody was asked."""
WEEKLY_DAYS = 7
CHOICES = (0, 15, 30, 60, 90, 120)
"""The minutes that can be answered by a press; the last stands for that and more."""
MOST = 16 * 60
"""No day has more waking hours than that: a larger number is a slip."""

_NONE = re.compile(r"\s*(?:none|zero|no admin(?:istration)?|nothing)(?:\s+(?:today|at all))*\s*[.!]*\s*", re.I)
_BEFORE = re.compile(
    r"(?:\s*(?:about|around|roughly|maybe|approximately|some|today|it was|i spent|i had|i would say|i'd say)\b)+\s*",
    re.I,
)
_AFTER = re.compile(r"(?P<of>\s+(?:(?:of|on|for)\s+)?(?:admin\w*|paperwork))?(?:\s+today)?\s*[.!]*\s*$", re.I)
_BOTH = re.compile(
    r"(?P<hours>\d{1,2})\s*(?:h|hrs?|hours?)\s*(?:and\s+)?(?P<minutes>\d{1,2})\s*(?:m|mins?|minutes?)?", re.I
)
_LENGTH = re.compile(
    r"(?P<amount>.*?)\s*\b(?:(?P<hours>h|hrs?|hours?)|(?:m|mins?|minutes?))(?P<half>\s+and\s+a\s+half)?"
    r"|(?P<number>\d+(?:[.,]\d+)?)\s*(?:(?P<short>h)|m(?:in)?)",
    re.I,
)
_HALF = re.compile(r"\s*(?:half\s+an|a\s+half)\s*", re.I)
_THREE_QUARTERS = re.compile(r"\s*(?:three\s+quarters\s+of\s+an)\s*", re.I)
_QUARTER = re.compile(r"\s*(?:a\s+)?quarter\s+of\s+an\s*", re.I)
_ONE = re.compile(r"\s*an?\s*", re.I)


def asks(today: date, first: date | None, last: date | None, working_days: Collection[int]) -> Asking | None:
    """Return for what somebody is asked today, from the days on which they were first and last asked (None: never); None where they are not.

    Each working day of the first week is the baseline; afterwards they are asked once a week. Nobody is asked twice on a day.
    """
    if today.weekday() not in working_days or last == today:
        return None
    if first is None or today < first + timedelta(days=BASELINE_DAYS):
        return "baseline"
    return "weekly" if last is None or today - last >= timedelta(days=WEEKLY_DAYS) else None


def is_baseline(day: date, first: date | None) -> bool:
    """Return whether a day's minutes belong to the baseline; the first day that is known begins the week."""
    return first is None or day < first + timedelta(days=BASELINE_DAYS)


def minutes_said(text: str, *, asked: bool) -> int | None:
    """Return how many minutes a line says, None where it says something else. A number alone is an answer only where the question was `asked`.

    Reads `45`, `45 min`, `about an hour`, `half an hour of admin`, `1.5 h`, `an hour and a half`, `two hours`, `1 h 20`, `none`.
    """
    text = text.replace("’", "'")
    if len(text) > 80:
        return None
    if _NONE.fullmatch(text):
        return 0 if asked or "admin" in text.casefold() else None
    tail = _AFTER.search(text)
    assert tail is not None
    # A length of time may answer many questions: it is about this one where it was asked, or names it.
    if not (asked or tail["of"]):
        return None
    said = text[: tail.start()].strip()
    total = _total(said[before.end() :] if (before := _BEFORE.match(said)) else said)
    if total is None:
        return None
    minutes = int(total.to_integral_value(rounding=ROUND_HALF_UP))
    return minutes if 0 <= minutes <= MOST else None


def _total(said: str) -> Decimal | None:
    """Return the minutes of a length of time; a number alone is minutes."""
    if both := _BOTH.fullmatch(said):
        return Decimal(both["hours"]) * 60 + int(both["minutes"])
    found = _LENGTH.fullmatch(said)
    if found is None:
        return None if _ONE.fullmatch(said) else _amount(said)
    amount = _amount(found["amount"] if found["number"] is None else found["number"])
    if amount is None:
        return None
    hours = found["hours"] or found["short"]
    half = Decimal("0.5") if found["half"] else Decimal(0)
    return (amount + half) * 60 if hours else amount


def _amount(words: str) -> Decimal | None:
    """Return the number that stands before a unit: in digits, in words, or as a part of one."""
    for pattern, value in ((_HALF, "0.5"), (_THREE_QUARTERS, "0.75"), (_QUARTER, "0.25"), (_ONE, "1")):
        if pattern.fullmatch(words):
            return Decimal(value)
    found = numbers_in(words.strip())
    if len(found) != 1 or found[0].kind != "plain":
        return None
    one = found[0]
    return one.value if one.start == 0 and one.end == len(words.strip()) and one.value >= 0 else None
