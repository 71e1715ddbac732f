"""What labelled calls taught: how likely a piece of a turn says each kind of thing, and what that and the rules are worth together.

The weights in `taught.json` are made by `make teach` from the calls in `tests/evals/calls/`: a logistic regression over words, pairs of words and
those of the question before, and one over its outcome and the rules' weights, fitted on calls that neither had seen. Nothing is learned from customers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sales.qualifying.pieces import Gram, grams, pieces

FILE = Path(__file__).with_name("taught.json")
KINDS = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "pain",
    "champion",
    "competition",
)
"""The kinds of things that were taught, in the order of the weights; an objection comes last, as a sign of what is none of these."""

LESSONS = (*KINDS, "objection")
OBJECTION = len(KINDS)
"""Where an objection stands among the lessons."""

QUESTION = 0.5
"""What the words of the question count beside those of the answer."""

_SCALE = 100.0
_LEAST_ODDS = 1e-3


@dataclass(frozen=True)
class Heard:
    """A turn's pieces by kind: how likely the likeliest says it, and the place of the words that say it most."""

    likely: tuple[float, ...]
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Weighed:
    """What the rules said of a turn and a kind: their weight, how strongly it was asked for, and whether they held it for filled."""

    weight: float = 0.0
    asked: float = 0.0
    found: bool = False


class Taught:
    """The weights, ready to be used. Safe to share between threads."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        """Read what `make teach` wrote."""
        self.of = str(told["of"])
        self._base = tuple(float(one) for one in told["base"])
        self._answer = _table(told["answer"])
        self._question = _table(told["question"])
        self._together = {kind: tuple(float(one) for one in row) for kind, row in told["together"].items()}

    def heard(self, text: str, question: str, names: Collection[str]) -> Heard:
        """Return how likely a turn says each of `LESSONS` after a question, and where."""
        before = [QUESTION * one for one in _sums(grams(question, names, mark="q:"), self._question)]
        likely = [0.0] * len(LESSONS)
        places = [(0, 1)] * len(LESSONS)
        for place in pieces(text):
            told = grams(text, names, place)
            sums = _sums(told, self._answer)
            for kind in range(len(LESSONS)):
                chance = _chance(sums[kind] + before[kind] + self._base[kind])
                if chance > likely[kind]:
                    likely[kind] = chance
                    places[kind] = self._strongest(told, kind, place)
        return Heard(tuple(likely), tuple(places))

    def filled(self, kind: str, heard: Heard, rules: Weighed) -> float:
        """Return how likely a turn fills a kind, from what was heard in it and what the rules said of it."""
        return _chance(sum(a * b for a, b in zip(self._together[kind], together(kind, heard, rules), strict=True)))

    def _strongest(self, told: Sequence[Gram], kind: int, place: tuple[int, int]) -> tuple[int, int]:
        known = [one for one in told if one.words in self._answer and one.end > one.start]
        if not known:
            return place
        best = max(known, key=lambda one: self._answer[one.words][1][kind])
        return best.start, best.end


def together(kind: str, heard: Heard, rules: Weighed) -> tuple[float, ...]:
    """Return what the second regression reads of a turn and a kind: the odds of what was heard, what the rules said, each times the other, the odds of all lessons, and a 1."""
    odds = [math.log((one + _LEAST_ODDS) / (1 - one + _LEAST_ODDS)) for one in heard.likely]
    own, found = odds[KINDS.index(kind)], float(rules.found)
    return (
        own,
        rules.weight,
        rules.asked,
        found,
        own * found,
        max(-1.0, min(1.0, rules.weight)),
        own * rules.asked,
        *(0.5 * one for one in odds),
        1.0,
    )


@lru_cache(maxsize=1)
def taught() -> Taught:
    """Return what ships with this version."""
    return Taught(json.loads(FILE.read_text(encoding="utf-8")))


_Table = dict[str, tuple[float, tuple[float, ...]]]


def _table(rows: Mapping[str, Sequence[int]]) -> _Table:
    """Return by gram how rare it is, and what it is worth for each lesson."""
    made: _Table = {}
    for words, (rare, *worth) in rows.items():
        made[words] = (rare / _SCALE, tuple(rare * one / (_SCALE * _SCALE) for one in worth))
    return made


def _sums(told: Sequence[Gram], table: _Table) -> list[float]:
    """Return the worth of a bag of grams for each lesson; long and short bags count alike."""
    known = [table[words] for words in {one.words for one in told} if words in table]
    length = math.sqrt(sum(rare * rare for rare, _ in known)) or 1.0
    return [sum(worth[kind] for _, worth in known) / length for kind in range(len(LESSONS))]


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))
