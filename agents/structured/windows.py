"""Windows of time in a question: `this quarter`, `Q3 2017`, `since June`, `between 1 March and 15 April`, `the last 90 days`, `year to date`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from agents.structured.lexer import Token, singular
from sales.dates import DateRule, as_date, parse_date
from sales.fiscal import FiscalCalendar, Quarter, Window

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
SMALL_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "final": 4,
    "last": 4,
}
_UNITS = {
    "day": "day", "week": "week", "wk": "week", "month": "month", "mo": "month", "quarter": "quarter", "qtr": "quarter", "year": "year", "yr": "year",
    "d": "day", "w": "week", "fortnight": "fortnight",
}  # fmt: skip
_THIS = {"this", "current", "present", "running"}
_LAST = {"last", "previous", "prior", "past", "preceding"}
_NEXT = {"next", "coming", "upcoming", "following"}
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_YEAR = re.compile(r"(?:19[5-9]\d|20\d\d)")


@dataclass(frozen=True)
class Span:
    """A window as a question names it. `bare` is quarter, month or half where the year was left out, `number` which one it is.

    `shape` tells how it was named: day, week, month, quarter, half, year, rolling or range. `future` marks what lies ahead by its words.
    `parts` are the two ends of `from X to Y`, which a comparison takes apart.
    """

    first: date | None
    until: date | None
    label: str
    shape: str
    bare: str | None = None
    number: int = 0
    future: bool = False
    open_side: str | None = None
    day: int = 0
    parts: tuple[Span, ...] = ()
    text: str = ""


class WindowReader:
    """Reads windows out of tokens, as of a day, by the company's fiscal calendar."""

    def __init__(self, calendar: FiscalCalendar, today: date, *, day_first: bool | None = None) -> None:
        self.calendar = calendar
        self.today = today
        self.day_first = day_first

    def read(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Return the longest window that begins at this token, and the token after it; None where none does."""
        return self._ranged(tokens, at) or self._one_sided(tokens, at) or self._joined(tokens, at)

    def resolve(self, span: Span, year: int) -> Span:
        """Return a bare quarter, month, half or day put into a (fiscal) year."""
        if span.bare == "quarter":
            window = self.calendar.quarter(Quarter(year, span.number))
        elif span.bare == "half":
            window = self.calendar.half(year, span.number)
        elif span.bare == "day":
            day = date(year, span.number, span.day)
            window = self.calendar.days(day, day)
        else:
            window = self.calendar.month(year, span.number)
        made = replace(_span(window, span.shape), bare=None)
        return _one_side(made, span.open_side, window.label) if span.open_side else made

    def years_of(self, span: Span, days: Sequence[date]) -> list[int]:
        """Return the years in which a bare window would hold one of these days, in order."""
        found = set()
        for day in days:
            year = self.calendar.year_of(day) if span.bare in ("quarter", "half") else day.year
            try:
                whole = replace(span, open_side=None, bare="month" if span.bare == "day" else span.bare)
                window = self.resolve(whole, year)
            except ValueError:
                continue
            if window.first is not None and window.until is not None and window.first <= day < window.until:
                found.add(year)
        return sorted(found)

    def _ranged(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        if tokens[at].norm not in ("between", "from"):
            return None
        left = self._core(tokens, at + 1)
        if left is None or left[1] >= len(tokens):
            return None
        allowed = (
            ("and", "to", "-", "–")
            if tokens[at].norm == "between"
            else ("to", "until", "till", "through", "thru", "-", "–", "and")
        )
        if tokens[left[1]].norm not in allowed:
            return None
        right = self._core(tokens, left[1] + 1)
        return None if right is None else self._range(left[0], right)

    def _joined(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        left = self._core(tokens, at)
        if left is None:
            return None
        after = left[1]
        joins = ("to", "until", "through", "thru", "-", "–", "till")
        if (
            after + 1 < len(tokens)
            and tokens[after].norm in joins
            and left[0].shape in ("day", "month", "quarter", "year")
        ):
            right = self._core(tokens, after + 1)
            if right is not None and right[0].shape == left[0].shape:
                return self._range(left[0], right)
        return left

    def _range(self, left: Span, right: tuple[Span, int]) -> tuple[Span, int] | None:
        end, after = right
        if left.bare and not end.bare and end.first is not None:
            year = self.calendar.year_of(end.first) if left.bare in ("quarter", "half") else end.first.year
            left = self.resolve(left, year)
            if left.first is not None and left.first > end.first and left.shape == "month":
                left = self.resolve(replace(left, bare="month", number=left.first.month), year - 1)
        if left.bare or end.bare:
            year = self.calendar.year_of(self.today) if left.bare in ("quarter", "half") else self.today.year
            left = self.resolve(left, year) if left.bare else left
            if end.bare and left.first is not None:
                year = self.calendar.year_of(left.first) if end.bare in ("quarter", "half") else left.first.year
                end = self.resolve(end, year)
        if left.first is None or end.until is None or end.until <= left.first:
            return None
        label = f"{left.label} to {end.label}"
        parts = (replace(left, text=left.label), replace(end, text=end.label))
        return Span(left.first, end.until, label, "range", future=left.future or end.future, parts=parts), after

    def _one_sided(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        word = tokens[at].norm
        side = {
            "since": "since",
            "after": "after",
            "before": "before",
            "until": "until",
            "till": "until",
            "by": "until",
            "prior": "before",
            "through": "until",
            "from": "from",
            "starting": "from",
            "following": "after",
            "later": "after",
            "earlier": "before",
        }.get(word)
        if side is None:
            return None
        here = at + 1
        if (
            here < len(tokens)
            and tokens[here].norm in ("to", "from", "in", "than")
            and word in ("prior", "starting", "later", "earlier")
        ):
            here += 1
        elif word in ("prior", "starting", "later", "earlier"):
            return None
        here = _skip(tokens, here, ("the",))
        ended = False
        if here + 1 < len(tokens) and tokens[here].norm in ("end", "close") and tokens[here + 1].norm == "of":
            ended, here = True, here + 2
            here = _skip(tokens, here, ("the",))
            if here < len(tokens) and singular(tokens[here].norm) in _UNITS:
                found = self._unit(singular(tokens[here].norm), 0, here + 1)
            else:
                found = self._core(tokens, here)
        else:
            found = self._core(tokens, here)
        if found is None or (word == "by" and not (ended or found[0].shape in ("day",) or found[0].bare == "month")):
            return None
        span, after = found
        if (
            side in ("since", "from")
            and after < len(tokens)
            and tokens[after].norm in ("onwards", "onward", "on", "forward")
        ):
            after += 1
        if (
            side == "from"
            and tokens[after - 1].norm not in ("onwards", "onward", "on", "forward")
            and word != "starting"
        ):
            return None
        if ended and side == "before":
            side = "until"
        if span.bare:
            return replace(span, open_side=side, label=f"{_side_word(side)} {span.label}"), after
        return _one_side(span, side, span.label), after

    def _core(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        at = _skip(tokens, at, ("the",))
        if at >= len(tokens):
            return None
        for reader in (
            self._words,
            self._to_date,
            self._relative,
            self._quarter,
            self._half,
            self._day,
            self._month,
            self._year,
        ):
            found = reader(tokens, at)
            if found is not None:
                return found
        return None

    def _words(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(tokens[at].norm)
        if shift is None:
            return None
        day = self.today + timedelta(days=shift)
        window = self.calendar.days(day, day)
        return replace(_span(window, "day"), label=f"{tokens[at].norm} ({day.isoformat()})", future=shift > 0), at + 1

    def _to_date(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        unit = _TO_DATE.get(tokens[at].norm)
        after = at + 1
        if unit is None:
            words = [token.norm for token in tokens[at : at + 4]]
            if words[1:3] == ["to", "date"] and words[0] in ("year", "quarter", "month", "week"):
                unit, after = words[0], at + 3
            elif words[:3] == ["so", "far", "this"] and len(words) > 3 and words[3] in _UNITS:
                unit, after = _UNITS[words[3]], at + 4
            elif len(words) > 3 and words[0] == "this" and words[1] in _UNITS and words[2:4] == ["so", "far"]:
                unit, after = _UNITS[words[1]], at + 4
            else:
                return None
        found = self._unit(unit, 0, after)
        if found is None or found[0].first is None:
            return None
        return Span(found[0].first, self.today + timedelta(days=1), f"{unit} to date", "range"), after

    def _relative(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        word = tokens[at].norm
        if word in _THIS | _LAST | _NEXT and at + 1 < len(tokens):
            after = at + 1
            fiscal = tokens[after].norm in ("fiscal", "financial", "calendar")
            kind = tokens[after].norm if fiscal else None
            after += fiscal
            if after >= len(tokens):
                return None
            counted = self._counted(tokens, after, word)
            if counted is not None:
                return counted
            shift = 0 if word in _THIS else -1 if word in _LAST else 1
            if tokens[after].norm == "fy":
                kind, unit = "fiscal", "year"
            else:
                unit = tokens[after].norm
            if tokens[after].norm in _MONTHS and (word in _LAST or word in _NEXT or word in _THIS):
                return self._near_month(_MONTHS[tokens[after].norm], shift, after + 1)
            if unit in _UNITS and len(unit) > 1:
                return self._unit(_UNITS[unit], shift, after + 1, kind)
        return None

    def _near_month(self, month: int, shift: int, after: int) -> tuple[Span, int] | None:
        year = self.today.year
        if shift < 0:
            year -= month >= self.today.month
        elif shift > 0:
            year += month <= self.today.month
        return _span(self.calendar.month(year, month), "month"), after

    def _counted(self, tokens: Sequence[Token], at: int, word: str) -> tuple[Span, int] | None:
        number = small_number(tokens[at])
        if number is None or number < 1 or at + 1 >= len(tokens):
            return None
        here = at + 1
        unit = _UNITS.get(singular(tokens[here].norm))
        if unit is None or word in _THIS:
            return None
        after = here + 1
        if unit == "fortnight":
            unit, number = "day", number * 14
        if number > 36_500 or (unit in ("month", "quarter", "year") and number > 1_200):
            return None
        if word in _NEXT:
            until = self._shifted(unit, number)
            return Span(self.today, until + timedelta(days=1), f"next {number} {unit}s", "rolling", future=True), after
        if unit == "quarter":
            current = self.calendar.quarter_of(self.today)
            first = self.calendar.quarter(current.shift(-number)).first
            until = self.calendar.quarter(current).first
            return Span(first, until, f"last {number} full quarters", "rolling"), after
        first = self._shifted(unit, -number) + timedelta(days=1)
        return Span(first, self.today + timedelta(days=1), f"last {number} {unit}s", "rolling"), after

    def shift_back(self, unit: str, number: int) -> date:
        """Return the day that lies so many days, weeks, months, quarters or years before today."""
        return self._shifted(unit, -number)

    def _shifted(self, unit: str, number: int) -> date:
        if unit in ("day", "week"):
            return self.today + timedelta(days=number * (7 if unit == "week" else 1))
        months = number * {"month": 1, "quarter": 3, "year": 12}[unit]
        count = self.today.year * 12 + self.today.month - 1 + months
        year, month = count // 12, count % 12 + 1
        for day in range(self.today.day, 27, -1):
            try:
                return date(year, month, day)
            except ValueError:
                continue
        return date(year, month, min(self.today.day, 28))

    def _unit(self, unit: str, shift: int, after: int, kind: str | None = None) -> tuple[Span, int] | None:
        calendar = self.calendar if kind != "calendar" else FiscalCalendar(1, self.calendar.zone)
        if unit == "week":
            window = calendar.week_of(self.today, shift)
        elif unit == "month":
            window = calendar.month_of(self.today, shift)
        elif unit == "quarter":
            window = calendar.quarter(calendar.quarter_of(self.today).shift(shift))
        elif unit == "year":
            window = calendar.year(calendar.year_of(self.today) + shift)
        else:
            return None
        return replace(_span(window, unit), future=shift > 0), after

    def _quarter(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        word = tokens[at].norm
        calendar_said = word == "calendar" and at + 1 < len(tokens)
        if calendar_said:
            at, word = at + 1, tokens[at + 1].norm
        number, after = 0, at + 1
        if re.fullmatch(r"q[1-4]", word):
            number = int(word[1])
        elif word == "quarter" and after < len(tokens) and tokens[after].norm in ("1", "2", "3", "4"):
            number, after = int(tokens[after].norm), after + 1
        elif (
            (ordinal := _ordinal(tokens, at))
            and ordinal[1] < len(tokens)
            and tokens[ordinal[1]].norm in ("quarter", "qtr")
        ):
            number, after = ordinal[0], ordinal[1] + 1
        elif _YEAR.fullmatch(word) and after < len(tokens) and re.fullmatch(r"q[1-4]", tokens[after].norm):
            span = Span(None, None, "", "quarter", "quarter", int(tokens[after].norm[1]))
            return self.resolve(span, int(word)), after + 1
        if not number:
            return None
        span = Span(None, None, f"Q{number}", "quarter", "quarter", number)
        year, after = self._year_after(tokens, after, two_digits=True)
        if calendar_said and year is not None:
            plain = WindowReader(FiscalCalendar(1, self.calendar.zone), self.today)
            return plain.resolve(span, year), after
        return (self.resolve(span, year) if year is not None else span), after

    def _half(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        word = tokens[at].norm
        number, after = 0, at + 1
        if re.fullmatch(r"h[12]", word):
            number = int(word[1])
        elif (
            (ordinal := _ordinal(tokens, at))
            and ordinal[1] < len(tokens)
            and tokens[ordinal[1]].norm == "half"
            and ordinal[0] in (1, 2)
        ):
            number, after = ordinal[0], ordinal[1] + 1
        if not number:
            return None
        span = Span(None, None, f"H{number}", "half", "half", number)
        year, after = self._year_after(tokens, after, two_digits=True)
        return (self.resolve(span, year) if year is not None else span), after

    def _year_after(self, tokens: Sequence[Token], at: int, *, two_digits: bool = False) -> tuple[int | None, int]:
        here = _skip(
            tokens, at, ("of", "in", "'", "’", ",", "-", "/", "the", "fy", "fiscal", "calendar", "year", "cy"), most=4
        )
        if here < len(tokens):
            word = tokens[here].norm.removeprefix("fy").removeprefix("cy").strip("'’")
            if _YEAR.fullmatch(word):
                return int(word), here + 1
            short = here > at or tokens[here].norm != word
            if two_digits and short and re.fullmatch(r"\d\d", word) and tokens[here - 1].norm not in ("of", "in", ","):
                return 2000 + int(word), here + 1
            if here + 1 < len(tokens) and tokens[here + 1].norm == "year":
                if word in ("this", "current"):
                    return self.calendar.year_of(self.today), here + 2
                if word in ("last", "previous", "prior"):
                    return self.calendar.year_of(self.today) - 1, here + 2
                if word == "next":
                    return self.calendar.year_of(self.today) + 1, here + 2
        return None, at

    def _day(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        token = tokens[at]
        if token.kind == "date":
            if re.fullmatch(r"\d{4}-\d{2}", token.norm):
                year, month = int(token.norm[:4]), int(token.norm[5:])
                return (_span(self.calendar.month(year, month), "month"), at + 1) if 1 <= month <= 12 else None
            day = self._written(token.text)
            return None if day is None else (_span(self.calendar.days(day, day), "day"), at + 1)
        month_first = token.norm in _MONTHS and at + 1 < len(tokens)
        if month_first:
            number, after = _day_number(tokens, at + 1)
            month = _MONTHS[token.norm]
        else:
            number, after = _day_number(tokens, at)
            after = _skip(tokens, after, ("of",))
            if number is None or after >= len(tokens) or tokens[after].norm not in _MONTHS:
                return None
            month, after = _MONTHS[tokens[after].norm], after + 1
        if number is None:
            return None
        year, after = self._year_after(tokens, after)
        try:
            if year is None:
                date(2024, month, number)
                name = f"{number} {date(2024, month, 1):%B}"
                return Span(None, None, name, "day", "day", month, day=number), after
            day = date(year, month, number)
        except ValueError:
            return None
        return _span(self.calendar.days(day, day), "day"), after

    def _written(self, text: str) -> date | None:
        parts = re.split(r"[/.-]", text)
        ambiguous = len(parts[0]) < 4 and int(parts[0]) <= 12 and int(parts[1]) <= 12 and parts[0] != parts[1]
        if ambiguous and self.day_first is None and "/" in text:
            return None
        dotted = "." in text
        order = DateRule("DMY" if (self.day_first or dotted or int(parts[0]) > 12) and len(parts[0]) < 4 else "MDY")
        found = parse_date(text, order)
        return None if found is None else as_date(found)

    def _month(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        token = tokens[at]
        month = _MONTHS.get(token.norm)
        if month is None or (
            token.norm in ("may", "mar", "march", "sep", "jan", "jun", "dec")
            and not token.capital
            and not _month_meant(tokens, at)
        ):
            return None
        span = Span(None, None, f"{date(2024, month, 1):%B}", "month", "month", month)
        year, after = self._year_after(tokens, at + 1, two_digits=True)
        return (self.resolve(span, year) if year is not None else span), after

    def _year(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        words = [token.norm for token in tokens[at : at + 4]]
        fiscal = words[0] in ("fy", "fiscal", "financial")
        here = at
        if fiscal or words[0] in ("calendar", "cy", "year"):
            here += 1
            here = _skip(tokens, here, ("year",))
        if here >= len(tokens):
            return None
        word = tokens[here].norm
        if (short := re.fullmatch(r"(fy|cy)['’]?(\d{2}|\d{4})", word)) is not None:
            number = int(short[2]) if len(short[2]) == 4 else 2000 + int(short[2])
            fiscal = short[1] == "fy"
            calendar = self.calendar if fiscal else FiscalCalendar(1, self.calendar.zone)
            return _span(calendar.year(number), "year"), here + 1
        if fiscal and here == at + 1 and re.fullmatch(r"\d\d", word):
            return _span(self.calendar.year(2000 + int(word)), "year"), here + 1
        if tokens[here].kind == "number" and _YEAR.fullmatch(word):
            calendar = self.calendar if fiscal else FiscalCalendar(1, self.calendar.zone)
            return _span(calendar.year(int(word)), "year"), here + 1
        return None


def small_number(token: Token) -> int | None:
    """Return the whole number that a token says in digits or as a word up to twenty; None for anything else."""
    if token.kind == "number" and token.norm.isdigit():
        return int(token.norm)
    return SMALL_NUMBERS.get(token.norm)


def _month_meant(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1].norm if at else ""
    after = tokens[at + 1].norm if at + 1 < len(tokens) else ""
    return (
        before
        in (
            "in",
            "of",
            "since",
            "until",
            "during",
            "by",
            "for",
            "last",
            "next",
            "from",
            "to",
            "between",
            "before",
            "after",
            "this",
            "and",
            "through",
        )
        or bool(_YEAR.fullmatch(after))
        or after in ("-", "to", "and", "'")
    )


def _day_number(tokens: Sequence[Token], at: int) -> tuple[int | None, int]:
    at = _skip(tokens, at, ("the",))
    if at >= len(tokens) or tokens[at].kind != "number" or not re.fullmatch(r"\d{1,2}", tokens[at].norm):
        return None, at
    number, after = int(tokens[at].norm), at + 1
    if after < len(tokens) and tokens[after].norm in ("st", "nd", "rd", "th"):
        after += 1
    return (number if 1 <= number <= 31 else None), after


def _ordinal(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    word = tokens[at].norm
    if word in _ORDINALS and word not in ("last", "final"):
        return _ORDINALS[word], at + 1
    if word in ("1", "2", "3", "4") and at + 1 < len(tokens) and tokens[at + 1].norm in ("st", "nd", "rd", "th"):
        return int(word), at + 2
    return None


def _skip(tokens: Sequence[Token], at: int, words: tuple[str, ...], most: int = 2) -> int:
    while at < len(tokens) and tokens[at].norm in words and most:
        at, most = at + 1, most - 1
    return at


def _span(window: Window, shape: str) -> Span:
    return Span(window.first, window.until, window.label, shape)


def _side_word(side: str) -> str:
    return {"from": "since"}.get(side, side)


def _one_side(span: Span, side: str | None, label: str) -> Span:
    name = f"{_side_word(side or '')} {label}"
    if side in ("since", "from"):
        return replace(span, until=None, label=name, shape="range")
    if side == "after":
        return replace(span, first=span.until, until=None, label=name, shape="range")
    if side == "before":
        return replace(span, first=None, until=span.first, label=name, shape="range")
    return replace(span, first=None, label=name, shape="range")
