"""Names one or two letters off, and what looks like a name but is none that the asker may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.linking.plain_words import begins_sentence, shouts
from agents.linking.vocabulary import Vocabulary
from agents.mentions import Entity, Mention
from sales.wording import MONTH_NAMES, ORDINARY, WEEKDAY_NAMES, Token, stem

_QUOTED = re.compile(r"[\"“”]([^\"“”]{2,60})[\"“”]")
_POSSESSIVE = re.compile(r"['’][sS]$")
_MOST_WORDS = 12
_PERSONS = frozenset({"contact", "user", "lead"})
_HALF_A_NAME = 0.81
"""The best score that a first or last name alone, mistyped, can have."""
_MOST_MEANINGS = 8
_PLAIN_STEMS = frozenset(stem(word) for word in ORDINARY)
_BY_LETTER = {
    letter: tuple(sorted(word for word in ORDINARY if word[0] == letter and len(word) > 3))
    for letter in {word[0] for word in ORDINARY}
}


def near_names(
    text: str, words: Sequence[Token], vocabulary: Vocabulary, found: Sequence[Mention]
) -> tuple[list[Mention], list[str]]:
    """Add to `found` the names that were mistyped; return with it the names that nothing visible has."""
    made = list(found)
    unknown: list[str] = []
    capitals_count = not shouts(words)
    tried = i = 0
    while i < len(words):
        word = words[i]
        capital = capitals_count and word.capital
        if (
            not _free(word, made)
            or not word.text[0].isalpha()
            or len(word.key) < 2
            or is_ordinary(word, capital and not begins_sentence(text, word))
        ):
            i += 1
            continue
        last = _run(text, words, i, made) if capital else i
        match = None
        if tried < _MOST_WORDS:
            tried += 1
            match = _closest(text, words, i, last, vocabulary, capital)
        if match is not None:
            made.append(match)
            last = max(i, sum(1 for one in words if one.start < match.end) - 1)
        elif capital:
            unknown.append(text[word.start : _bare_end(words[last])])
        i = last + 1
    for match_ in _QUOTED.finditer(text):
        inside = match_.group(1)
        if any(letter.isupper() for letter in inside) and not any(
            one.start < match_.end() and match_.start() < one.end for one in made
        ):
            unknown.append(inside)
    return made, list(dict.fromkeys(unknown))


def is_ordinary(word: Token, capital: bool) -> bool:
    """Whether a word is one of the ordinary ones or a form of one; a capital inside a sentence makes a form a name."""
    if word.key in ORDINARY or word.key in MONTH_NAMES or word.key in WEEKDAY_NAMES:
        return True
    return not capital and (stem(word.key) in _PLAIN_STEMS or any(letter.isdigit() for letter in word.key))


def _bare_end(word: Token) -> int:
    return word.start + len(_POSSESSIVE.sub("", word.text))


def _free(word: Token, found: Sequence[Mention]) -> bool:
    return not any(mention.start < word.end and word.start < mention.end for mention in found)


def _run(text: str, words: Sequence[Token], first: int, found: Sequence[Mention]) -> int:
    """Return the last word of the capitalised run that begins at `first`: four words at most."""
    last = first
    while last + 1 < len(words) and last - first < 3:
        following = words[last + 1]
        between = text[words[last].end : following.start]
        if (
            not following.capital
            or between.strip(" -&.")
            or words[last].possessive
            or not _free(following, found)
            or is_ordinary(following, True)
        ):
            break
        last += 1
    return last


def _closest(
    text: str, words: Sequence[Token], first: int, last: int, vocabulary: Vocabulary, capital: bool
) -> Mention | None:
    for end in range(last, first - 1, -1):
        key = "".join(word.key for word in words[first : end + 1])
        allowed = 0 if len(key) < 4 else 1 if len(key) < 10 else 2
        if not allowed or (not capital and _near_an_ordinary_word(key)):
            continue
        kept = _entities_near(key, allowed, vocabulary)
        if end < last:
            # The name goes on: `Paul McCartney` is nobody whose first name is nearly Paul.
            kept = tuple(one for one in kept if one.kind not in _PERSONS or one.score > _HALF_A_NAME)
        if kept:
            stop = _bare_end(words[end])
            return Mention(
                words[first].start, stop, text[words[first].start : stop], kept, ambiguous=len(kept) > 1, typo=True
            )
    return None


def _entities_near(key: str, allowed: int, vocabulary: Vocabulary) -> tuple[Entity, ...]:
    near: list[tuple[int, str]] = []
    for length in range(len(key) - allowed, len(key) + allowed + 1):
        if candidates := vocabulary.by_length.get(length):
            hits = process.extract(key, candidates, scorer=OSA.distance, score_cutoff=allowed, limit=6)
            near += [(int(distance), match) for match, distance, _ in hits]
    # Very short words differ by one letter from too many names: the first letter must be right.
    near = [(distance, match) for distance, match in near if len(key) > 5 or match[0] == key[0]]
    best = min((distance for distance, _ in near), default=0)
    entities: dict[tuple[str, str], Entity] = {}
    for distance, match in near:
        for named in vocabulary.names[match] if distance == best else ():
            if not named.plain:
                entity = replace(named.entity, score=round(named.entity.score * (0.9 if distance == 1 else 0.8), 3))
                entities.setdefault((entity.kind, entity.id), entity)
    top = max((entity.score for entity in entities.values()), default=0.0)
    return tuple(entity for entity in entities.values() if entity.score >= top - 0.02)[:_MOST_MEANINGS]


def _near_an_ordinary_word(key: str) -> bool:
    """Whether a word in small letters is rather a mistyped ordinary word than a mistyped name."""
    return process.extractOne(key, _BY_LETTER.get(key[0], ()), scorer=OSA.distance, score_cutoff=1) is not None
