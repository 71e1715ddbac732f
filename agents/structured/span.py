"""What a window of time looks like as a question names it, and small steps over its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.structured.lexer import Token
from sales.fiscal import Window

SMALL_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
"""Numbers up to twenty as words."""


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


def one_side(span: Span, side: str | None, label: str) -> Span:
    name = f"{side_word(side or '')} {label}"
    if side in ("since", "from"):
        return replace(span, until=None, label=name, shape="range")
    if side == "after":
        return replace(span, first=span.until, until=None, label=name, shape="range")
    if side == "before":
        return replace(span, first=None, until=span.first, label=name, shape="range")
    return replace(span, first=None, label=name, shape="range")


def side_word(side: str) -> str:
    return {"from": "since"}.get(side, side)


def span_of(window: Window, shape: str) -> Span:
    return Span(window.first, window.until, window.label, shape)


def skip(tokens: Sequence[Token], at: int, words: tuple[str, ...], most: int = 2) -> int:
    while at < len(tokens) and tokens[at].norm in words and most:
        at, most = at + 1, most - 1
    return at


def small_number(token: Token) -> int | None:
    """Return the whole number that a token says in digits or as a word up to twenty; None for anything else."""
    if token.kind == "number" and token.norm.isdigit():
        return int(token.norm)
    return SMALL_NUMBERS.get(token.norm)
