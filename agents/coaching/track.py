"""The team's talk track: the steps that a call is to take, each known by the words with which ours take it. In `talk_track.toml`, or the usual five."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sales.icp import Fault, syntax_fault

FILE = "talk_track.toml"
EXAMPLE = """# The steps that a call should take, in their order. `says` are words of ours by which a step is known; small and capital letters are the same.
[[step]]
key = "agenda"
label = "Agreed on what the call is for"
says = ["agenda", "would make this useful", "goal for today", "plan for today", "cover today", "get out of today", "get out of this", "the time we have", "make sure we get to", "half an hour", "thirty minutes", "wanted to go through"]

[[step]]
key = "problem"
label = "Asked about the problem"
says = ["how do you", "how does", "how are you", "walk me through", "talk me through", "tell me", "what happens", "what's not working", "challenge", "problem", "struggling", "what made you", "what brought"]

[[step]]
key = "impact"
label = "Asked what it costs"
says = ["how often", "how much", "how many", "how long", "cost you", "does it cost", "does that cost", "impact", "what would it mean", "what happens if", "worth to you"]

[[step]]
key = "process"
label = "Asked how they decide"
says = ["who else", "who signs", "who decides", "who owns", "do you decide", "decision", "approve", "approval", "sign off", "signs off", "process", "procurement", "what are the steps", "needs to see", "has to see", "need to see"]

[[step]]
key = "next_step"
label = "Proposed a next step"
says = ["next step", "next steps", "next week", "i'll send", "i will send", "send you", "send over", "set up", "put something in", "invite", "follow up", "calendar", "schedule", "tomorrow"]
"""
"""What a new file starts with, and what holds where there is none."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST_STEPS, _MOST_WORDS, _LONGEST = 12, 40, 80


@dataclass(frozen=True)
class TrackStep:
    """A step and the pattern by which it is known in a turn of ours."""

    key: str
    label: str
    says: re.Pattern[str]


class Wrong(ValueError):
    """A talk track that can't be used: a sentence that says where and why."""


def read_track(text: str) -> tuple[TrackStep, ...]:
    """Return the steps of a talk track in TOML. Raises Wrong, and TOMLDecodeError for what is no TOML."""
    told = tomllib.loads(text)
    steps = told.get("step")
    if set(told) - {"step"} or not isinstance(steps, list) or not 0 < len(steps) <= _MOST_STEPS:
        raise Wrong(f"A talk track is a list of 1 to {_MOST_STEPS} [[step]] tables, and nothing else.")
    made = tuple(_step(number, one) for number, one in enumerate(steps, 1))
    if len({one.key for one in made}) != len(made):
        raise Wrong("Two steps have the same key.")
    return made


def faults_of_track(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with a talk track, () where it can be used."""
    try:
        read_track(text)
    except tomllib.TOMLDecodeError as error:
        return (syntax_fault(error, text),)
    except Wrong as wrong:
        return (Fault(0, str(wrong)),)
    return ()


def track_in_force(text: str | None) -> tuple[TrackStep, ...]:
    """Return the steps of the text in force, the usual ones where there is none."""
    return read_track(text or EXAMPLE)


def _step(number: int, told: Any) -> TrackStep:
    if not isinstance(told, Mapping) or set(told) != {"key", "label", "says"}:
        raise Wrong(f"Step {number} needs key, label and says, and nothing else.")
    key, label, says = told["key"], told["label"], told["says"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Wrong(f"The key of step {number} takes small letters, digits and _.")
    if not isinstance(label, str) or not 0 < len(label.strip()) <= _LONGEST:
        raise Wrong(f"The label of step {number} has 1 to {_LONGEST} letters.")
    if not isinstance(says, list) or not 0 < len(says) <= _MOST_WORDS or not all(_is_phrase(one) for one in says):
        raise Wrong(f"`says` of step {number} is a list of 1 to {_MOST_WORDS} phrases of at most {_LONGEST} letters.")
    words = "|".join(re.escape(" ".join(one.split())).replace("\\ ", r"\s+").replace("'", "['’]") for one in says)
    return TrackStep(key, label.strip(), re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I))


def _is_phrase(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST
