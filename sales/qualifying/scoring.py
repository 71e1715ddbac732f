"""How strongly a turn fills an element: cues near each other, the question before it, and what takes a statement back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from sales.wording import ORDINARY


@dataclass(frozen=True)
class Cue:
    """One way of saying something. `weight` 1 fills an element alone; `name` tells people why.

    A `cased` cue reads the text with its capitals; a group `who` in it is a person's name, and not one of ours.
    """

    name: str
    weight: float
    said: str
    cased: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What is said, as a pattern; made at first use, since making all of them takes a second that most questions don't need."""
        return re.compile(self.said)


def cues(*told: tuple[str, float, str], cased: bool = False) -> tuple[Cue, ...]:
    """Return a table of cues."""
    return tuple(Cue(name, weight, pattern, cased) for name, weight, pattern in told)


@dataclass(frozen=True)
class Hit:
    """A cue found at a place of a turn."""

    cue: Cue
    start: int
    end: int


NEAR = 240
"""Cues count together within so many letters: about two sentences of speech."""


def hits(table: tuple[Cue, ...], small: str, plain: str = "", ours: frozenset[str] = frozenset()) -> list[Hit]:
    """Return where each cue of a table stands in an evened-out text; each cue at most three times.

    `plain` is the same text with its capitals, `ours` are words, small, with which no name of theirs begins: first names of our own people, say.
    """
    found: list[Hit] = []
    for cue in table:
        for count, match in enumerate(cue.pattern.finditer(plain if cue.cased else small)):
            if count == 3:
                break
            if cue.cased and _is_no_name(match["who"], ours):
                continue
            if match.end() > match.start():
                found.append(Hit(cue, match.start(), match.end()))
    return found


def _is_no_name(who: str, ours: frozenset[str]) -> bool:
    first = who.casefold().partition(" ")[0]
    return first in ours or first in ORDINARY


def best(found: list[Hit]) -> tuple[float, Hit, frozenset[str]] | None:
    """Return the strongest gathering of different cues: its weight, its leading hit, and the names of its cues."""
    top: tuple[float, Hit, frozenset[str]] | None = None
    for lead in sorted(found, key=lambda hit: -hit.cue.weight)[:6]:
        around: dict[str, Hit] = {}
        for hit in found:
            if hit.start < lead.end + NEAR and lead.start - NEAR < hit.end:
                around.setdefault(hit.cue.name, hit)
        ordered = sorted((hit.cue.weight for hit in around.values()), reverse=True)
        weight = ordered[0] + 0.4 * sum(ordered[1:4])
        if top is None or weight > top[0]:
            top = (weight, lead, frozenset(around))
    return top
