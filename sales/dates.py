"""Reading written dates: ISO, M/D/YYYY against D/M/YYYY, month names, Excel's day numbers, epoch seconds and milliseconds.

`03/04/2025` alone says nothing about its order; a column usually does. `DateVotes` looks at all values of a column, and
`parse_date` reads each by the rule that came out. What can't be a date by that rule is None, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from sales.names import fold

Order = Literal["MDY", "DMY"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner janvier janv enero ene gennaio gen janeiro januari",
            "february feb februar fevrier fevr fev febrero febbraio fevereiro februari",
            "march mar marz maerz mrz mars marzo marco maart mrt",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juni juin junio giugno giu junho",
            "july jul juli juillet juil julio luglio lug julho",
            "august aug aout agosto ago augustus",
            "september sep sept septembre septiembre settembre set setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec dezember dez decembre diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}  # fmt: skip
_TIME = (
    r"(?:[T,\s]+(?:at\s+|um\s+|à\s+)?(?P<h>\d{1,2})(?::|\.|h)(?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<ap>[AaPp]\.?[Mm]\.?)?(?:\s*Uhr)?\s*(?P<tz>[Zz]|(?:GMT|UTC)?\s*[+\-−]\d{1,2}:?\d{0,2}|\(?[A-Za-z]{2,4}\)?|[A-Za-z]+/[A-Za-z_/]+)?"
    r"(?:\s*\([^)]*\))?)?"
)
_DAY = r"(?:(?P<wd>[^\W\d_]{2,10})\.?,?\s+)?"
_ISO = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})" + _TIME)
_COMPACT = re.compile(
    r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?(?P<tz>Z)?)?"
)
_NUMERIC = re.compile(_DAY + r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4}|\d{2})" + _TIME)
_DAY_MONTH = re.compile(
    _DAY
    + r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|\.)?(?:[-/.\s]+|\s+de\s+)(?P<mon>[^\W\d_]{3,10})\.?(?:[-/.,\s]+|\s+de\s+)(?P<y>\d{4}|\d{2})"
    + _TIME
)
_MONTH_DAY = re.compile(
    _DAY + r"(?P<mon>[^\W\d_]{3,10})\.?[-\s]+(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,|-|\s)\s*(?P<y>\d{4})" + _TIME
)
_YEAR_MONTH = re.compile(r"(?P<y>\d{4})[-\s](?P<mon>[^\W\d_]{3,10})[-\s](?P<d>\d{1,2})" + _TIME)
_ASCTIME = re.compile(
    r"[A-Z][a-z]{2}\s+(?P<mon>[A-Z][a-z]{2})\s+(?P<d>\d{1,2})\s+(?P<h>\d{1,2}):(?P<mi>\d{2}):(?P<s>\d{2})\s+(?:(?P<tz>[A-Z]{3,4})\s+)?(?P<y>\d{4})"
)
_DIGITS = re.compile(r"\d{5}(?:[.,]\d+)?|\d{10}|\d{12,13}")
_FY = r"(?P<fy>FY|fy|Fiscal Year|fiscal)?[\s-]*"
_QUARTERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[QqTt](?P<q>[1-4])[\s,/'’-]*" + _FY + r"(?P<y>\d{4}|\d{2})",
        _FY + r"(?P<y>\d{4}|\d{2})[\s,/-]*[QqTt](?P<q>[1-4])",
        r"(?P<q>[1-4])[\s.]*[Qq](?:uartal|uarter)?[\s'’/-]*" + _FY + r"(?P<y>\d{4}|\d{2})",
    )
)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class DateRule:
    """How a column writes dates: the order of day and month, and what its bare numbers mean. `sure` is False for a default."""

    order: Order = "MDY"
    sure: bool = False
    numbers: bool = False


def _plausible(day: date) -> bool:
    return 1900 <= day.year <= 2200


class DateVotes:
    """Gathers what a column's values say about the order of day and month."""

    def __init__(self) -> None:
        """Start without any value."""
        self.values = self.dates = self.numeric = self.timed = 0
        self._day_first = self._month_first = self._either = 0
        self._dotted = False

    def add(self, text: str) -> None:
        """Count one non-empty cell."""
        self.values += 1
        text = text.strip()
        if _DIGITS.fullmatch(text):
            self.numeric += _from_number(text) is not None
            return
        found = _NUMERIC.fullmatch(text) if len(text) < 60 else None
        if found:
            first, second = int(found["a"]), int(found["b"])
            if 12 < first <= 31 and 1 <= second <= 12:
                self._day_first += 1
            elif 12 < second <= 31 and 1 <= first <= 12:
                self._month_first += 1
            elif first != second:
                self._either += 1
            self._dotted = self._dotted or found["sep"] == "."
        rule = DateRule("DMY" if found and int(found["a"]) > 12 else "MDY")
        if parse_date(text, rule) is not None:
            self.dates += 1
            self.timed += ":" in text

    def rule(self, default: Order = "MDY") -> DateRule:
        """Decide. Dotted dates are day first unless their values prove otherwise; else `default` where nothing is proved."""
        numbers = self.numeric > 0 and self.numeric + self.dates == self.values
        if self._day_first != self._month_first:
            return DateRule("DMY" if self._day_first > self._month_first else "MDY", sure=True, numbers=numbers)
        return DateRule(
            "DMY" if self._dotted else default, sure=self._either == 0 and self._day_first == 0, numbers=numbers
        )

    @property
    def ambiguous(self) -> bool:
        """Whether the order of day and month had to be taken from the default."""
        return self._either > 0 and self._day_first == self._month_first and not self._dotted

    @property
    def contradictory(self) -> bool:
        """Whether some values prove one order and some the other."""
        return self._day_first > 0 and self._month_first > 0


@lru_cache(maxsize=16384)
def parse_date(text: str, rule: DateRule | None = None, zone: tzinfo = UTC) -> date | datetime | None:
    """Read one date (a `date`) or date and time (an aware `datetime`, in `zone` where the text names none); None if it is neither."""
    text = text.strip()
    rule = rule or DateRule()
    if not 6 <= len(text) <= 60 and not (rule.numbers and len(text) == 5):
        return None
    if _DIGITS.fullmatch(text):
        return _from_number(text) if rule.numbers else _numbers_like_compact(text)
    for pattern in (_ISO, _NUMERIC, _COMPACT, _DAY_MONTH, _MONTH_DAY, _YEAR_MONTH, _ASCTIME):
        if found := pattern.fullmatch(text):
            return _build(found.groupdict(), rule, zone)
    return None


def as_date(value: date | datetime) -> date:
    """The calendar day of a value, as it was written."""
    return value.date() if isinstance(value, datetime) else value


def as_datetime(value: date | datetime, zone: tzinfo = UTC) -> datetime:
    """The instant of a value; a bare day begins at midnight in `zone`."""
    return value if isinstance(value, datetime) else datetime.combine(value, time(), zone)


def quarter_label(text: str) -> str:
    """A quarter in one form: `Q1 2025`, `2025Q1`, `1Q25` and `Q1-25` are `2025-Q1`, `FY25 Q1` is `FY2025-Q1`; other words are left as they are."""
    bare = " ".join(text.split())
    for pattern in _QUARTERS:
        if found := pattern.fullmatch(bare):
            year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
            return f"{'FY' if found['fy'] else ''}{year}-Q{found['q']}"
    return bare


def _numbers_like_compact(text: str) -> date | datetime | None:
    return _from_number(text) if len(text) >= 12 else None


def _from_number(text: str) -> date | datetime | None:
    """Excel's days since 1899-12-30, epoch seconds (10 digits) or milliseconds (12 or 13 digits)."""
    try:
        if len(text) >= 12 and text.isdigit():
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
        elif len(text) == 10 and text.isdigit():
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(text))
        else:
            serial = float(text.replace(",", "."))
            if not 20_000 <= serial < 80_000:
                return None
            moment = _EXCEL_DAY_ZERO + timedelta(seconds=round(serial * 86_400))
            return moment.date() if serial.is_integer() else moment
    except OverflowError:
        return None
    return moment if _plausible(moment) else None


def _build(parts: dict[str, str | None], rule: DateRule, zone: tzinfo) -> date | datetime | None:
    year = int(parts["y"] or 0)
    if year < 100:
        year += 2000 if year < 70 else 1900
    if (a := parts.get("a")) is not None:
        day, month = (int(a), int(parts["b"] or 0)) if rule.order == "DMY" else (int(parts["b"] or 0), int(a))
        if month > 12 >= day and not rule.sure:
            day, month = month, day
    elif (name := parts.get("mon")) is not None:
        day, month = int(parts["d"] or 0), _MONTHS.get(fold(name), 0)
    else:
        day, month = int(parts["d"] or 0), int(parts["m"] or 0)
    try:
        found = date(year, month, day)
        if not _plausible(found):
            return None
        return found if parts.get("h") is None else _with_time(found, parts, zone)
    except (ValueError, OverflowError):
        return None


def _with_time(day: date, parts: dict[str, str | None], zone: tzinfo) -> datetime | None:
    hour = int(parts["h"] or 0)
    half = (parts.get("ap") or "").replace(".", "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    micro = int((parts.get("f") or "0").ljust(6, "0")[:6])
    named = parts.get("tz")
    tz = zone_named(named.strip()) if named else zone
    if tz is None:
        return None
    return datetime(day.year, day.month, day.day, hour, int(parts["mi"] or 0), int(parts.get("s") or 0), micro, tz)


@lru_cache(maxsize=256)
def zone_named(name: str) -> tzinfo | None:
    """The zone behind an offset, an abbreviation or an IANA name."""
    bare = name.strip("() ")
    if bare.casefold() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[bare.casefold()]))
    if found := re.fullmatch(r"(?:GMT|UTC)?\s*([+\-−])(\d{1,2}):?(\d{2})?", bare):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes >= 1440:
            return None
        return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    if "/" not in bare:
        return None
    try:
        return ZoneInfo(bare)
    except (KeyError, ValueError, OSError):
        return None
