"""A talk as qualification reads it: turns with a side each, letters evened out so that places in them stay places in the source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sales.sentences import Sentence, sentences, shortened, without_opening

_EVEN = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
_MOST_WORDS = 38


@dataclass(frozen=True)
class Spoken:
    """One turn. `side` is buyer, seller or unknown; `position` is whatever the caller counts turns by, rising."""

    position: int
    speaker: str | None
    side: str
    text: str


@dataclass(frozen=True)
class Person:
    """Somebody the words can speak of: name and title as they are known. `side` as of a turn."""

    name: str
    side: str = "buyer"
    title: str | None = None


@dataclass(frozen=True)
class Quote:
    """A stretch `text[start:end]` of the turn at `position`."""

    position: int
    start: int
    end: int
    text: str


@lru_cache(maxsize=8192)
def even(text: str) -> str:
    """Return the text in small letters with plain marks, of the same length, so that a place found in it is a place of the source."""
    small = text.translate(_EVEN).lower()
    if len(small) == len(text):
        return small
    return "".join(
        one.lower() if len(one.lower()) == 1 else one for one in (letter.translate(_EVEN) for letter in text)
    )


def plain(text: str) -> str:
    """Return the text with plain marks and its capitals, of the same length."""
    return text.translate(_EVEN)


def word_count(text: str) -> int:
    """Return how many words a text has."""
    return len(text.split())


def quote_at(turn: Spoken, focus: tuple[int, int]) -> Quote:
    """Return the sentence around `focus` (a place in the turn's text), verbatim: at most a stretch that can be read at a glance."""
    around = _sentence_at(turn.text, focus[0])
    last = _sentence_at(turn.text, max(focus[0], focus[1] - 1))
    if last.end > around.end and word_count(turn.text[around.start : last.end]) <= _MOST_WORDS:
        around = Sentence(around.start, last.end, turn.text[around.start : last.end])
    around = _with_what_follows(turn.text, around)
    inside = (max(0, focus[0] - around.start), max(1, min(focus[1], around.end) - around.start))
    cut = shortened(around, inside, most=_MOST_WORDS)
    if cut == around:
        bare = without_opening(around)
        if bare.start <= focus[0]:
            cut = bare
    return Quote(turn.position, cut.start, cut.end, turn.text[cut.start : cut.end])


def _with_what_follows(text: str, one: Sentence) -> Sentence:
    """Take the next sentence along where one is too short to say anything alone."""
    if word_count(one.text) > 4:
        return one
    following = next((other for other in sentences(text) if other.start >= one.end), None)
    if following is None or word_count(following.text) > _MOST_WORDS - 6:
        return one
    return Sentence(one.start, following.end, text[one.start : following.end])


def _sentence_at(text: str, place: int) -> Sentence:
    all_of_them = sentences(text)
    for one in all_of_them:
        if one.start <= place < one.end:
            return one
    after = next((one for one in all_of_them if one.start >= place), None)
    return after or (all_of_them[-1] if all_of_them else Sentence(0, len(text), text))


def names_of(people: Iterable[Person]) -> frozenset[str]:
    """Return first names and full names in small letters, for finding people in speech without capitals."""
    found: set[str] = set()
    for person in people:
        small = even(person.name).strip()
        if "@" in small or not small:
            continue
        words = [word.strip(".,()") for word in small.split()]
        words = [word for word in words if len(word) > 2 and word not in _NO_NAMES]
        found.update(words)
    return frozenset(found)


_NO_NAMES = frozenset("the and von van der den speaker participant guest user unknown team dr mr mrs ms prof".split())
