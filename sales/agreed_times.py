"""The hour that people agree on in a talk: `Thursday at 3 pm`, `at half past ten`, `let's say 14:30`. None where no hour is told plainly."""

from __future__ import annotations

import re
from datetime import time

_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}  # fmt: skip
_HOUR = r"(?P<h>\d{1,2}|" + "|".join(_NUMBERS) + r")"
_HALF_DAY = r"(?P<half>a\.?m\b\.?|p\.?m\b\.?|in the (?:morning|afternoon|evening)|o['’]?clock)"
_ELSEWHERE = re.compile(
    r"\b(?:eastern|pacific|central|mountain|(?:e|p|c|m)[sd]?t|gmt|utc|bst|cet|cest|ist|your time|my time|our time|their time|local time|\w+ time)\b",
    re.I,
)
_CHOICE = re.compile(
    r"\b(?:\d{1,2}|" + "|".join(_NUMBERS) + r")\s*(?:or|to|-|–)\s*(?:\d{1,2}|" + "|".join(_NUMBERS) + r")\b", re.I
)
_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?P<h>[01]?\d|2[0-3])[:.](?P<m>[0-5]\d)\s*" + _HALF_DAY + r"?",
        r"\b(?P<word>half past|quarter past|quarter to)\s+" + _HOUR + r"(?:\s*" + _HALF_DAY + r")?",
        r"\b" + _HOUR + r"(?:\s*(?P<m>thirty|fifteen|forty[- ]five))?\s*" + _HALF_DAY,
        r"\b(?P<at>at|around|about)\s+"
        + _HOUR
        + r"(?:\s+(?P<m>thirty|fifteen|forty[- ]five))?(?!\s*(?:[%$€£:.\d]|percent|k\b|thousand|million|hundred|dollars|euros|days?|weeks?|months?|years?|hours?|minutes?|people|users|seats|sites|of\b|to\b|or\b|and\b|times|least|most))\b",
        r"\b(?P<noon>noon|midday)\b",
    )
)
_MINUTES = {"thirty": 30, "fifteen": 15, "forty-five": 45, "forty five": 45, "half past": 30, "quarter past": 15, "quarter to": -15}  # fmt: skip
_EARLIEST, _LATEST = 8, 18


def hour_in(text: str) -> time | None:
    """Return the one hour that a sentence names, None where it names none, several, or one of another time zone.

    An hour without half of day is taken inside the working day: `at three` is 15:00, `at ten` is 10:00.
    """
    if _ELSEWHERE.search(text) or _CHOICE.search(text):
        return None
    found: dict[time, None] = {}
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if (read := _read(match)) is not None:
                found[read] = None
                taken.append(match.span())
    return next(iter(found)) if len(found) == 1 else None


def _read(match: re.Match[str]) -> time | None:
    parts = match.groupdict()
    if parts.get("noon"):
        return time(12)
    told = parts["h"].lower()
    hour = _NUMBERS.get(told) or int(told)
    minute_words = (parts.get("m") or parts.get("word") or "0").lower()
    minutes = _MINUTES[minute_words] if minute_words in _MINUTES else int(minute_words)
    half = (parts.get("half") or "").lower().replace(".", "")
    if half.startswith("pm") or "afternoon" in half or "evening" in half:
        hour = hour + 12 if hour < 12 else hour
    elif half.startswith("am") or "morning" in half:
        hour = 0 if hour == 12 else hour
    elif hour < _EARLIEST and (parts.get("m") is None or not str(parts["m"]).isdigit() or len(told) == 1):
        hour += 12
    if not 0 <= hour < 24:
        return None
    whole = hour * 60 + minutes
    if not half and not _EARLIEST * 60 <= whole <= _LATEST * 60 and not str(parts.get("m") or "").isdigit():
        return None
    return time(whole // 60 % 24, whole % 60)
