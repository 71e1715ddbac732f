"""Whether a transcript can be read at all: who speaks must be told, enough must be said, and the words must be words.

A machine that hears badly leaves traces that need no knowledge of the talk: few of the little words that make up half of all English
speech, cues that repeat, consonants without vowels, marks where nothing was understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal

from sales.talk import Utterance
from sales.wording import FUNCTION_WORDS, word_keys

Trouble = Literal["empty", "short", "speakers", "garbled", "repeated", "language"]

SENTENCES: dict[Trouble, str] = {
    "empty": "There is no transcript of this call.",
    "short": "The transcript is too short to say anything of it. Read it, or add what was said by hand.",
    "speakers": "The transcript doesn't tell who speaks, so nothing is claimed of it. Name the speakers and bring it in again, or read it.",
    "garbled": "Too many words of the transcript are garbled, so nothing is claimed of it. Listen to the recording, or bring in a better transcript.",
    "repeated": "The transcript repeats itself as a broken one does, so nothing is claimed of it. Listen to the recording, or bring in a better transcript.",
    "language": "The transcript doesn't seem to be in English, which is all that is read here, so nothing is claimed of it. Read it yourself.",
}
"""What a person is told: fixed sentences."""

_LEAST_WORDS = 30
_LEAST_TURNS = 3
_LEAST_NAMED = 0.4
_LEAST_FUNCTION = 0.26
_MOST_REPEATED = 0.4
_MOST_UNHEARD = 0.25
_MOST_SALAD = 0.12
_OTHERS = frozenset(
    "der die das und ist nicht wir sie ich ein eine mit auf für von zu den dem auch haben le la les des est pas nous vous une et que qui dans pour sur el los las una es en por con del para se "
    "lo il di che non per sono della è um uma não com os as do da het een van dat niet wij jullie och att det som inte är".split()
)
_UNHEARD = re.compile(
    r"\[?(?:inaudible|unintelligible|crosstalk|indistinct|no audio|silence)\]?|\?{3,}|…{2,}|�|_{3,}", re.I
)
_SALAD = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{3,}", re.I)
_GENERIC = re.compile(
    r"^(?:unknown|unidentified|speaker|participant|user|guest|\?+|n/?a)(?:[ _-]*(?:speaker|\d+|[a-z]))?$", re.I
)


def trouble_of(turns: Sequence[Utterance]) -> Trouble | None:
    """Return why a transcript can't be read, or None where it can."""
    spoken = [(turn, word_keys(turn.text)) for turn in turns if turn.text.strip()]
    total = sum(len(words) for _, words in spoken)
    if not spoken or not total:
        return "empty"
    heard = [words for _, words in spoken if len(words) >= 4]
    if (worn := _worn(spoken, heard, total)) is not None:
        return worn
    if total < _LEAST_WORDS or len(heard) < _LEAST_TURNS:
        return "short"
    named = [(turn.speaker or "", len(words)) for turn, words in spoken if turn.speaker and turn.speaker.strip()]
    speakers = {speaker.strip().casefold() for speaker, _ in named}
    alone = len(speakers) == 1 and _GENERIC.match(next(iter(speakers))) is not None
    if sum(count for _, count in named) < _LEAST_NAMED * total or alone:
        return "speakers"
    return None


def is_generic(speaker: str | None) -> bool:
    """Whether a speaker's label names nobody: Speaker 1, Unknown."""
    return speaker is None or _GENERIC.match(speaker.strip()) is not None


def _worn(
    spoken: Sequence[tuple[Utterance, tuple[str, ...]]], heard: Sequence[tuple[str, ...]], total: int
) -> Trouble | None:
    """Return what is wrong with the words themselves."""
    if total >= 20:
        little = sum(word in FUNCTION_WORDS for _, words in spoken for word in words) / total
        if little < _LEAST_FUNCTION:
            others = sum(word in _OTHERS for _, words in spoken for word in words) / total
            return "language" if others > 0.15 and others > little else "garbled"
    salad = sum(bool(_SALAD.search(word)) and not word.isdigit() for _, words in spoken for word in words)
    single = sum(len(word) == 1 and word not in ("a", "i", "o") for _, words in spoken for word in words)
    unheard = sum(bool(_UNHEARD.search(turn.text)) for turn, _ in spoken)
    if salad > _MOST_SALAD * total or single > 0.3 * total or unheard > _MOST_UNHEARD * len(spoken):
        return "garbled"
    broken = sum(len(words) for words in heard if sum(word in FUNCTION_WORDS for word in words) < 0.12 * len(words))
    if broken > 0.35 * total and total >= 60:
        return "garbled"
    return "repeated" if _repeats(heard) else None


def _repeats(heard: Sequence[tuple[str, ...]]) -> bool:
    """Whether whole cues come again and again, or the same few words loop."""
    if len(heard) >= 6:
        counted = Counter(heard)
        again = sum(count - 1 for count in counted.values())
        if again > _MOST_REPEATED * len(heard):
            return True
    runs = [words[i : i + 4] for words in heard for i in range(len(words) - 3)]
    return len(runs) >= 60 and len(set(runs)) < 0.35 * len(runs)
