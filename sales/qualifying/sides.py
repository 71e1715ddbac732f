"""Who sells and who buys in a talk of which nobody told the sides: whoever asks what sellers ask is one, whoever answers is not.

For transcripts that know only `Speaker 1`. A talk that is no sales talk shows too few such questions, and stays without sides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sales.qualifying.questions import asked_in
from sales.qualifying.talk import Spoken
from sales.sides import leanings

_ELEMENTS = frozenset(
    "economic_buyer decision_process paper_process decision_criteria metrics pain competition budget".split()
)
_FEWEST_QUESTIONS = 3
_FEWEST_KINDS = 3
_SHARE = 0.65
_LONGEST_TALK = 400
_DENSITY = 0.04
_HIRES = re.compile(
    r"\b(?:salary|interview(?:s|ed|ing)?|candidates?|applicants?|your (?:cv|resume|r\u00e9sum\u00e9|career|references|notice period|last job|current job)|my (?:cv|resume|career|references|notice period)|why (?:are|did) you (?:leav\w+|want to leave|apply)|job description|start date|the role)\b",
    re.I,
)
_MOST_OF_HIRING = 3
_LONG = 4_000
_FEWEST_SIGNS = 1.2


def with_sides(turns: Sequence[Spoken]) -> list[Spoken]:
    """Return the turns with a side each where the talk tells it; as they are where sides are known already or nothing tells."""
    known = {turn.side for turn in turns}
    if {"buyer", "seller"} <= known or len(turns) > _LONGEST_TALK or any(turn.speaker is None for turn in turns):
        return list(turns)
    if known != {"unknown"} or _is_interview(turns):
        return list(turns)
    asked: Counter[str] = Counter()
    kinds: set[str] = set()
    by_speaker: dict[str, set[str]] = {}
    for turn in turns:
        about = asked_in(turn.text) & _ELEMENTS
        if about and turn.speaker is not None:
            asked[turn.speaker] += 1
            kinds |= about
            by_speaker.setdefault(turn.speaker, set()).update(about)
    total = sum(asked.values())
    if total < max(_FEWEST_QUESTIONS, _DENSITY * len(turns)) or len(kinds) < _FEWEST_KINDS:
        return list(turns)
    (seller, most), *_ = asked.most_common(1)
    if most < _SHARE * total or len(by_speaker[seller]) < _FEWEST_KINDS:
        return list(turns)
    leaning = leanings(turns)
    ours = {seller, *(name for name, one in leaning.items() if one.sells > one.buys)}
    if len(ours) == len({turn.speaker for turn in turns}):
        return list(turns)
    return [replace(turn, side="seller" if turn.speaker in ours else "buyer") for turn in turns]


def _is_interview(turns: Sequence[Spoken]) -> bool:
    """Whether somebody is being hired: who asks there asks as sellers do, and sells nothing."""
    return sum(_HIRES.search(turn.text) is not None for turn in turns) >= _MOST_OF_HIRING


def is_sales_talk(turns: Sequence[Spoken]) -> bool:
    """Whether a long talk with known sides shows that one sells to the other at all: a lecture of a customer's or a meeting of colleagues does not.

    A short talk always counts: a quick call about a contract may ask nothing that sellers ask.
    """
    words = sum(len(turn.text.split()) for turn in turns)
    if words < _LONG:
        return True
    side = {turn.speaker: turn.side for turn in turns if turn.speaker}
    signs = sum(bool(asked_in(turn.text) & _ELEMENTS) for turn in turns if turn.side == "seller")
    for speaker, one in leanings(turns).items():
        signs += one.sells if side.get(speaker) == "seller" else one.buys if side.get(speaker) == "buyer" else 0
    return signs * 1_000 >= _FEWEST_SIGNS * words
