"""Periods that are told from another one: `the quarter before last`, `the previous quarter` after `Q3 2025`, `two months ago`, `the same quarter last year`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.structured.lexer import Token, singular
from agents.structured.periods import PeriodReader
from agents.structured.span import Span, skip, small_number, span_of
from sales.fiscal import FiscalCalendar

_UNITS = frozenset({"day", "week", "month", "quarter", "year"})
_PREVIOUS = frozenset({"previous", "prior", "preceding"})
_BACK = frozenset({"before", "prior", "previous", "earlier", "preceding"})
_SHIFTS = {"last": -2, "previous": -2, "this": -1, "current": -1}
_OF_A_SIZE = frozenset(
    {"than", "over", "least", "under", "most", "since", "after", "before", "until", "within", "about", "past"}
)


class ChainedPeriodReader(PeriodReader):
    """Reads periods that lean on today's or on one named earlier in the question."""

    def _core(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        start = skip(tokens, at, ("the",))
        if start >= len(tokens):
            return None
        found = (
            self._before_last(tokens, start)
            or self._ago(tokens, start)
            or self._same(tokens, start)
            or self._within(tokens, start)
        )
        if found is not None:
            return found
        leaning = self._leaning(tokens, start)
        if leaning is None:
            return super()._core(tokens, at)
        unit, after = leaning
        earlier = self._earlier(tokens, start, unit)
        if earlier is None:
            bare = tokens[start].norm not in _PREVIOUS
            return None if bare or self._named_before(tokens, start, unit) else super()._core(tokens, at)
        return self._moved(earlier, unit, -1), after

    @staticmethod
    def _leaning(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """Return the unit of `previous quarter`, `quarter before`, `month before that`, and the token after it."""
        if at + 1 >= len(tokens):
            return None
        if tokens[at].norm in _PREVIOUS and singular(tokens[at + 1].norm) in _UNITS:
            return tokens[at + 1].norm, at + 2
        if tokens[at].norm in _UNITS and tokens[at + 1].norm in _BACK:
            return tokens[at].norm, skip(tokens, at + 2, ("that", "it"), most=1)
        return None

    def _before_last(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Read `quarter before last`, `quarter before this`, `last quarter but one`."""
        words = [token.norm for token in tokens[at : at + 5]]
        if len(words) > 2 and words[0] in _UNITS and words[1] == "before":
            here = 3 if words[2] == "the" else 2
            shift = _SHIFTS.get(words[here]) if here < len(words) else None
            if shift is not None:
                longer = here + 1 < len(words) and words[here + 1] == words[0]
                return self._whole(words[0], shift, at + here + 1 + longer)
        elif len(words) > 3 and words[0] == "last" and words[1] in _UNITS and words[2:4] == ["but", "one"]:
            return self._whole(words[1], -2, at + 4)
        return None

    def _ago(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Read `two quarters ago`, `a year ago` as the whole period; `more than 90 days ago` is a size."""
        if at + 2 >= len(tokens) or tokens[at + 2].norm != "ago" or (at and tokens[at - 1].norm in _OF_A_SIZE):
            return None
        number = 1 if tokens[at].norm in ("a", "an") else small_number(tokens[at])
        unit = singular(tokens[at + 1].norm)
        if number is None or unit not in _UNITS or not 1 <= number <= 400:
            return None
        return self._whole(unit, -number, at + 3)

    def _within(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Read `closing within 45 days`: the days ahead. Said of what has happened it stays unread."""
        if tokens[at].norm != "within" or at + 2 >= len(tokens):
            return None
        number, unit = small_number(tokens[at + 1]), singular(tokens[at + 2].norm)
        ahead = any(token.norm in ("closing", "close", "closes", "due", "ending", "expected") for token in tokens[:at])
        if number is None or unit not in ("day", "week", "month") or not 1 <= number <= 400 or not ahead:
            return None
        until = self._shifted(unit, number)
        label = f"next {number} {unit}{'' if number == 1 else 's'}"
        return Span(self.today, until.fromordinal(until.toordinal() + 1), label, "rolling", future=True), at + 3

    def _same(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Read `same quarter last year`, `same month of the previous year`: of what was named before, else of today's."""
        if tokens[at].norm != "same" or at + 1 >= len(tokens):
            return None
        unit = singular(tokens[at + 1].norm)
        here = skip(tokens, at + 2, ("in", "of", "the"), most=2)
        if here + 1 >= len(tokens) or [tokens[here + 1].norm, tokens[here].norm] not in (
            ["year", "last"], ["year", "previous"], ["before", "year"], ["year", "prior"],
        ):  # fmt: skip
            return None
        wanted = "" if unit in ("period", "time") else unit
        base = self._earlier(tokens, at, wanted)
        if base is None and wanted in _UNITS and not self._named_before(tokens, at, wanted):
            current = self._whole(wanted, 0, at)
            base = None if current is None else current[0]
        if base is None or base.shape not in ("quarter", "month"):
            return None
        return self._moved(base, base.shape, -4 if base.shape == "quarter" else -12), here + 2

    def _whole(self, unit: str, shift: int, after: int) -> tuple[Span, int] | None:
        if unit == "day":
            day = self._shifted("day", shift)
            return span_of(self.calendar.days(day, day), "day"), after
        return self._unit(unit, shift, after)

    def _earlier(self, tokens: Sequence[Token], at: int, unit: str) -> Span | None:
        """Return the last period of this unit that is named before a place, with its days known."""
        found: Span | None = None
        for here in range(at):
            read = super()._core(tokens, here)
            fits = read is not None and read[1] <= at and (not unit or read[0].shape == unit)
            if read is not None and fits and read[0].first is not None and read[0].bare is None:
                found = read[0]
        return found

    def _named_before(self, tokens: Sequence[Token], at: int, unit: str) -> bool:
        """Whether a period of this unit is named before a place without its year, so that nothing can be told from it."""
        read = [super(ChainedPeriodReader, self)._core(tokens, here) for here in range(at)]
        return any(one is not None and one[1] <= at and one[0].shape == unit for one in read)

    def _moved(self, span: Span, unit: str, shift: int) -> Span:
        assert span.first is not None
        calendar = self.calendar
        if unit == "year":
            if (span.first.month, span.first.day) == (1, 1):
                calendar = FiscalCalendar(1, self.calendar.zone)
            return span_of(calendar.year(calendar.year_of(span.first) + shift), "year")
        if unit == "quarter":
            if span_of(calendar.quarter(calendar.quarter_of(span.first)), unit).first != span.first:
                calendar = FiscalCalendar(1, self.calendar.zone)
            return span_of(calendar.quarter(calendar.quarter_of(span.first).shift(shift)), "quarter")
        if unit == "month":
            return span_of(calendar.month_of(span.first, shift), "month")
        if unit == "week":
            return span_of(calendar.week_of(span.first, shift), "week")
        day = replace(span).first
        assert day is not None
        moved = day.fromordinal(day.toordinal() + shift)
        return span_of(calendar.days(moved, moved), "day")
