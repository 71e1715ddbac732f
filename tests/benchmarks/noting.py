"""How long a call of an hour takes to become notes, without a model."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from agents.notes.call import Call
from tests.benchmarks.timing import Line
from tests.evals.call_notes import WRITTEN, call_of_file, notes_of

BAR_S = 10.0
_WORDS_AN_HOUR = 9_000
"""What is said in an hour at 150 words a minute."""


def measure() -> Iterator[Line]:
    """Measure an hour of sales talk: the written calls of one half, one after the other, until an hour is full."""
    call = an_hour()
    start = time.perf_counter()
    notes = notes_of(call)
    took = time.perf_counter() - start
    words = sum(len(turn.text.split()) for turn in call.turns)
    told = f"{words:,} words, {len(call.turns):,} turns, {len(notes.next_steps)} next steps"
    yield Line("notes of a call of one hour", f"{took:.1f} s", told, f"≤ {BAR_S:.0f} s", took <= BAR_S)


def an_hour() -> Call:
    """Return a call with as many words as an hour of talk has."""
    calls = [call_of_file(json.loads(path.read_text(encoding="utf-8"))) for path in _files()]
    first = next(call for call in calls if any(guest.side == "buyer" for guest in call.participants))
    turns = [turn for call in calls for turn in call.turns if turn.side != "unknown"]
    words = [len(turn.text.split()) for turn in turns]
    rounds = max(1, -(-_WORDS_AN_HOUR // sum(words)))
    said = (turns * rounds)[: max(1, round(len(turns) * _WORDS_AN_HOUR / sum(words)))]
    return replace(first, turns=tuple(replace(turn, position=i, turn_id=str(i)) for i, turn in enumerate(said)))


def _files() -> list[Path]:
    return sorted((WRITTEN / "dev").glob("*.json"))
