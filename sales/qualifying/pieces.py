"""A turn as what was learned reads it: pieces of a sentence or two, each a bag of words and pairs of words with their places."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sales.qualifying.talk import Spoken, even
from sales.sentences import sentences

_FEWEST = 6
_SHORT_TAIL = 4
_MOST = 45
_WINDOW = 32
_STEP = 24
_LOOK_BACK = 3
_LONG_ENOUGH_TO_ANSWER = 12
_OF_A_QUESTION = 2
_LONGEST_QUESTION = 300

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d[\d.,]*|[$€£%?]")
_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million grand dozen half quarter lakh crore".split()
)
_I = frozenset({"i", "i'm", "i'd", "i'll", "i've"})
_BEGIN, _END, _A_NUMBER, _A_PERSON, _A_NAME = "<", ">", "#", "@", "^"


@dataclass(frozen=True)
class Gram:
    """One word, or two that follow each other, as it is looked up; and its place in the turn."""

    words: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def pieces(text: str) -> tuple[tuple[int, int], ...]:
    """Return the places of a turn's pieces: sentences, short ones joined to the next, and windows of what has no full stops."""
    joined: list[list[int]] = []
    open_from: int | None = None
    for one in sentences(text):
        start = one.start if open_from is None else open_from
        if len(text[start : one.end].split()) >= _FEWEST:
            joined.append([start, one.end])
            open_from = None
        else:
            open_from = start
    if open_from is not None:
        if joined and len(text[open_from:].split()) < _SHORT_TAIL:
            joined[-1][1] = len(text.rstrip())
        else:
            joined.append([open_from, len(text.rstrip())])
    return tuple(window for start, end in joined for window in _windows(text, start, end))


def _windows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = [match.span() for match in re.compile(r"\S+").finditer(text, start, end)]
    while len(words) > _MOST:
        yield words[0][0], words[_WINDOW - 1][1]
        words = words[_STEP:]
    if words:
        yield words[0][0], words[-1][1]


def question_before(turns: Sequence[Spoken], place: int) -> str:
    """Return the last words that the seller said before a turn, where it can be an answer to them; "" where it can't."""
    for back in range(place - 1, max(-1, place - 1 - _LOOK_BACK), -1):
        before = turns[back]
        words = len(before.text.split())
        if before.side == "seller" and words > _OF_A_QUESTION:
            return " ".join(one.text for one in sentences(before.text)[-_OF_A_QUESTION:])[-_LONGEST_QUESTION:]
        if before.side == "buyer" and words > _LONG_ENOUGH_TO_ANSWER:
            return ""
    return ""


def grams(text: str, names: Collection[str], place: tuple[int, int] | None = None, *, mark: str = "") -> list[Gram]:
    """Return the words and pairs of words of a stretch, numbers, people and other names evened out; `mark` stands before each word.

    With a place, its begin and end count as words.
    """
    start, end = place or (0, len(text))
    read = list(_read(text, names, start, end))
    if place is not None:
        read = [Gram(_BEGIN, start, start), *read, Gram(_END, end, end)]
    read = [Gram(mark + one.words, one.start, one.end) for one in read]
    pairs = [Gram(f"{a.words} {b.words}", a.start, b.end) for a, b in pairwise(read)]
    return read + pairs


def _read(text: str, names: Collection[str], start: int, end: int) -> Iterator[Gram]:
    last = ""
    for match in _WORD.finditer(even(text), start, end):
        word = match.group()
        if word[0].isdigit() or word in _NUMBERS:
            word = _A_NUMBER
        elif word in names:
            word = _A_PERSON
        elif _is_a_name(text, match.start() - start, match.start()) and word not in _I:
            word = _A_NAME
        if word != _A_NUMBER or last != _A_NUMBER:
            yield Gram(word, match.start(), match.end())
        last = word


def _is_a_name(text: str, since: int, at: int) -> bool:
    """Whether a word with a capital stands inside a sentence."""
    return since > 1 and text[at].isupper() and text[at - 2] not in ".?!…"
