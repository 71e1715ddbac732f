"""Windows of time in a question: `this quarter`, `Q3 2017`, `since June`, `between 1 March and 15 April`, `the last 90 days`, `year to date`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from agents.structured.chained_periods import ChainedPeriodReader
from agents.structured.lexer import Token, singular
from agents.structured.span import SMALL_NUMBERS, Span, one_side, side_word, skip, small_number

_UNITS = frozenset({"day", "week", "month", "quarter", "year"})
_EDGES = {"end": "end", "close": "end", "start": "start", "beginning": "start"}
_SIDES = {
    "since": "since", "after": "after", "before": "before", "until": "until", "till": "until", "by": "until", "prior": "before", "through": "until",
    "from": "from", "starting": "from", "following": "after", "later": "after", "earlier": "before",
}  # fmt: skip
_WITH_PREPOSITION = ("prior", "starting", "later", "earlier")
__all__ = ["SMALL_NUMBERS", "Span", "WindowReader", "small_number"]


class WindowReader(ChainedPeriodReader):
    """Reads windows out of tokens, as of a day, by the company's fiscal calendar."""

    def read(self, tokens: Sequence[Token], at: int) -> tuple[Span, int] | None:
        """Return the longest window that begins at this token, and the token after it; None where none does."""
        start = at + 1 if _over_a_number_of(tokens, at) else at
        return self._ranged(tokens, at) or self._one_sided(tokens, at) or self._joined(tokens, start)

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
        side = _SIDES.get(word)
        if side is None:
            return None
        here = at + 1
        if word in _WITH_PREPOSITION:
            if here >= len(tokens) or tokens[here].norm not in ("to", "from", "in", "than"):
                return None
            here += 1
        edge, found = self._edged(tokens, skip(tokens, here, ("the",)))
        if found is None or (word == "by" and not (edge or found[0].shape == "day" or found[0].bare == "month")):
            return None
        span, after = found
        side = _side_at(side, edge)
        if side == "since" and edge == "start":
            return (replace(span, open_side="since") if span.bare else one_side(span, "since", span.label)), after
        onward = after < len(tokens) and tokens[after].norm in ("onwards", "onward", "on", "forward")
        if side in ("since", "from") and onward:
            after += 1
        if side == "from" and not onward and word != "starting":
            return None
        if span.bare:
            return replace(span, open_side=side, label=f"{side_word(side)} {span.label}"), after
        return one_side(span, side, span.label), after

    def _edged(self, tokens: Sequence[Token], at: int) -> tuple[str | None, tuple[Span, int] | None]:
        """Read `end of the quarter`, `start of 2026`: which edge of a period is meant, and the period."""
        edge = _EDGES.get(tokens[at].norm) if at + 1 < len(tokens) and tokens[at + 1].norm == "of" else None
        if edge is None:
            return None, self._core(tokens, at)
        at = skip(tokens, at + 2, ("the",))
        if at < len(tokens) and singular(tokens[at].norm) in _UNITS:
            return edge, self._unit(singular(tokens[at].norm), 0, at + 1)
        return edge, self._core(tokens, at)


def _side_at(side: str, edge: str | None) -> str:
    """Return the side on which days lie, seen from the start or the end of a period."""
    if edge == "start":
        return "since" if side in ("since", "from", "after") else "before"
    if edge == "end":
        return "after" if side in ("since", "from", "after") else "until"
    return side


def _over_a_number_of(tokens: Sequence[Token], at: int) -> bool:
    """Whether this is the `over` of `over the last 90 days`; `growth over last quarter` compares, and `over 90 days` is a size."""
    words = [token.norm for token in tokens[at : at + 4]]
    if len(words) < 4 or words[0] not in ("over", "within"):
        return False
    at = at + 1 if words[1] == "the" else at
    return tokens[at + 1].norm in ("last", "past", "next") and tokens[at + 2].kind == "number"
