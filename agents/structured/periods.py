"""Single periods in a question: `this quarter`, `Q3 2017`, `March`, `5 May`, `the last 90 days`, `year to date`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from agents.structured.lexer import Token, singular
from agents.structured.span import Span, one_side, skip, small_number, span_of
from sales.dates import DateRule, as_date, parse_date
from sales.fiscal import FiscalCalendar, Quarter

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
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


class PeriodReader:
    """Reads single periods out of tokens, as of a day, by the company's fiscal calendar."""

    def __init__(self, calendar: FiscalCalendar, today: date, *, day_first: bool | None = None) -> None:
        self.calendar = calendar
        self.today = today
        self.day_first = day_first

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
        made = replace(span_of(window, span.shape), bare=None)
        return one_side(made, span.open_side, window.label) if span.open_side else made

    def shift_back(self, unit: str, number: int) -> date:
        """Return the day that lies so many days, weeks, months, quarters or years before today."""
        return self._shifted(unit, -number)

    def _core(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        at = skip(tokens, at, ("the",))
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
        return replace(span_of(window, "day"), label=f"{tokens[at].norm} ({day.isoformat()})", future=shift > 0), at + 1

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
        return span_of(self.calendar.month(year, month), "month"), after

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
        return replace(span_of(window, unit), future=shift > 0), after

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
            plain = type(self)(FiscalCalendar(1, self.calendar.zone), self.today)
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
        here = skip(
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
                return (span_of(self.calendar.month(year, month), "month"), at + 1) if 1 <= month <= 12 else None
            day = self._written(token.text)
            return None if day is None else (span_of(self.calendar.days(day, day), "day"), at + 1)
        number: int | None
        month_first = token.norm in _MONTHS and at + 1 < len(tokens)
        if month_first:
            number, after = _day_number(tokens, at + 1)
            month = _MONTHS[token.norm]
        else:
            number, after = _day_number(tokens, at)
            after = skip(tokens, after, ("of",))
            if number is None or after >= len(tokens) or tokens[after].norm not in _MONTHS:
                return None
            month, after = _MONTHS[tokens[after].norm], after + 1
        if number is None:
            return None
        said, after = self._year_after(tokens, after)
        try:
            if said is None:
                date(2024, month, number)
                name = f"{number} {date(2024, month, 1):%B}"
                return Span(None, None, name, "day", "day", month, day=number), after
            day = date(said, month, number)
        except ValueError:
            return None
        return span_of(self.calendar.days(day, day), "day"), after

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
        if tokens[at].kind == "decade":
            year = int(words[0][:4])
            return Span(date(year, 1, 1), date(year + 10, 1, 1), f"the {year}s", "range"), at + 1
        fiscal = words[0] in ("fy", "fiscal", "financial")
        here = at
        if fiscal or words[0] in ("calendar", "cy", "year"):
            here += 1
            here = skip(tokens, here, ("year",))
        if here >= len(tokens):
            return None
        word = tokens[here].norm
        if (short := re.fullmatch(r"(fy|cy)['’]?(\d{2}|\d{4})", word)) is not None:
            number = int(short[2]) if len(short[2]) == 4 else 2000 + int(short[2])
            fiscal = short[1] == "fy"
            calendar = self.calendar if fiscal else FiscalCalendar(1, self.calendar.zone)
            return span_of(calendar.year(number), "year"), here + 1
        if fiscal and here == at + 1 and re.fullmatch(r"\d\d", word):
            return span_of(self.calendar.year(2000 + int(word)), "year"), here + 1
        if tokens[here].kind == "number" and _YEAR.fullmatch(word):
            calendar = self.calendar if fiscal else FiscalCalendar(1, self.calendar.zone)
            return span_of(calendar.year(int(word)), "year"), here + 1
        return None


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
    at = skip(tokens, at, ("the",))
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
