"""How a call was led, counted from its turns: who talked how much, for how long at a stretch, what was asked, and how often the talk changed hands.

Ranges are Gong Labs' published findings on B2B calls ("Mastering the talk-to-listen ratio in sales calls", 2016, revisited 2025: winners talk 43 %, above 65 % fewer
are won; 11 to 14 questions on a call that is a discovery) and Gong's help page "Analyze team performance" (interactivity, longest monologue); they are shown beside the
figure, and nobody is marked by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol

from sales.talk import Utterance

WORDS_A_MINUTE = 150.0
"""How fast people talk in a call: what a turn without times is taken to have lasted."""
TALK_SHARE = (35.0, 65.0)
"""Percent of the talk that was ours: below, the call had no lead; above, the buyer had no room."""
LONG_MONOLOGUE_S = 150.0
"""A stretch of ours that is worth looking at again, in seconds."""
QUESTIONS_AN_HOUR = (15.0, 45.0)
"""Questions of ours in an hour of call: 11 to 14 in the half hour that a discovery call takes."""
FILLERS = re.compile(
    r"(?<![\w'’])(?:u+m+|u+h+|e+r+m*|h+m+|ah+|you know|i mean|sort of|kind of|basically|literally|like(?=,))(?![\w'’])",
    re.I,
)
_QUESTION = re.compile(r"\?")
_OPENS_QUESTION = re.compile(
    r"^\s*(?:(?:so|and|but|okay|ok|well|great|right|yeah|um|uh)[,\s]+)*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|would|will|shall|should|have|has|may|might|any)\b(?=(?:\s+\S+){2,})",
    re.I,
)
_TAG = re.compile(
    r"(?:^\s*|[,.;]\s*)(?:right|okay|ok|yeah|no|you know|isn['’]t it|does that make sense|make sense)\s*\?\s*$", re.I
)
_PUNCTUATED = re.compile(r"[.?!]")


class TimedTurn(Utterance, Protocol):
    """A turn with its times in seconds, where the transcript has them."""

    @property
    def start_s(self) -> float | None:
        """Return when it began."""
        ...

    @property
    def end_s(self) -> float | None:
        """Return when it ended."""
        ...


@dataclass(frozen=True)
class Stretch:
    """One side talking without a break: the positions of its first and last turn, its seconds and words."""

    side: str
    speaker: str | None
    first: int
    last: int
    seconds: float
    words: int


@dataclass(frozen=True)
class Conduct:
    """The counts. Shares are percent; `None` where nobody of a side is known or nothing was said. `timed` tells whether the transcript has times, or words were counted instead."""

    talk_share: float | None
    longest: Stretch | None
    longest_of_buyer: Stretch | None
    questions: tuple[int, ...]
    switches_an_hour: float | None
    fillers_per_100: float | None
    seconds: float
    timed: bool


def conduct(turns: Sequence[TimedTurn], ours: frozenset[str] | None = None) -> Conduct:
    """Count how a call was led. `ours` are the labels of the speaker that is looked at, None for our whole side.

    The talk share and fillers are the speaker's own; questions are positions of turns in which they asked one.
    """
    said = [turn for turn in turns if turn.text.strip()]
    lengths = _lengths(said)
    timed = sum(turn.start_s is not None and turn.end_s is not None for turn in said) * 2 > len(said)
    whole = sum(lengths.values())
    mine = [turn for turn in said if turn.side == "seller" and (ours is None or turn.speaker in ours)]
    known = any(turn.side == "buyer" for turn in said)
    words = sum(len(turn.text.split()) for turn in mine)
    stretches = list(_stretches(said, lengths))
    own = [one for one in stretches if one.side == "seller" and (ours is None or one.speaker in ours)]
    theirs = [one for one in stretches if one.side == "buyer"]
    spoken = sum(lengths[turn.position] for turn in mine)
    return Conduct(
        talk_share=round(100 * spoken / whole, 1) if whole and known and mine else None,
        longest=max(own, key=lambda one: one.seconds, default=None),
        longest_of_buyer=max(theirs, key=lambda one: one.seconds, default=None),
        questions=tuple(turn.position for turn in mine if asks_something(turn.text)),
        switches_an_hour=round((len(stretches) - 1) * 3600 / whole, 1) if whole and len(stretches) > 1 else None,
        fillers_per_100=round(100 * sum(len(FILLERS.findall(turn.text)) for turn in mine) / words, 1)
        if words
        else None,
        seconds=round(whole, 1),
        timed=timed,
    )


def asks_something(text: str) -> bool:
    """Return whether a turn asks. "Right?" at the end of a statement is none; without any punctuation, the words that open a question tell."""
    if _PUNCTUATED.search(text):
        return any(not _TAG.search(part) for part in re.findall(r"[^.?!]*\?", text))
    return bool(_OPENS_QUESTION.match(text))


def range_of(value: float, low_high: tuple[float, float]) -> Literal["low", "within", "high"]:
    """Return where a figure stands to a range."""
    low, high = low_high
    return "low" if value < low else "high" if value > high else "within"


def _lengths(turns: Sequence[TimedTurn]) -> dict[int, float]:
    """Return how long each turn lasted, in seconds: by its times, else by its words."""
    found = {}
    for turn in turns:
        by_words = len(turn.text.split()) * 60 / WORDS_A_MINUTE
        seconds = by_words
        if turn.start_s is not None and turn.end_s is not None and turn.end_s > turn.start_s:
            # A recorder that lets a turn run on through silence must not make a monologue of it.
            seconds = min(turn.end_s - turn.start_s, 3 * by_words + 5)
        found[turn.position] = seconds
    return found


def _stretches(turns: Sequence[TimedTurn], lengths: dict[int, float]) -> Iterator[Stretch]:
    """Give who talked without a break. An "mm-hmm" of somebody else does not break it."""
    heard = [turn for turn in turns if len(turn.text.split()) > 2 or _QUESTION.search(turn.text)]
    for (side, speaker), group in groupby(heard, key=lambda turn: (turn.side, turn.speaker)):
        own = list(group)
        yield Stretch(
            side,
            speaker,
            own[0].position,
            own[-1].position,
            round(sum(lengths[turn.position] for turn in own), 1),
            sum(len(turn.text.split()) for turn in own),
        )
