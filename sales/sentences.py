"""Sentences of speech and of mails, each as a place in its source, so that a quote is always words that stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*(?=\s)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*•–]|\d{1,2}[.)])\s)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|approx|no|inc|ltd|co|corp|fig|dept|est|ing|mgr|a\.m|p\.m|u\.s)|\b[A-Za-z]|^\s*\d{1,2})\.$",
    re.I,
)
_LONGEST_ABBREVIATION = 24
_OPENING = re.compile(
    r"\s*(?:(?:um+|uh+|er+m?|hm+|mm+|oh|ah|well|so|look|okay|ok|yeah|yes|yep|no no|right|sure|actually|i mean|you know|like|and|but|anyway|honestly|listen|alright|all right)\b[\s,.…-]*)+",
    re.I,
)
_CLAUSE = re.compile(
    r"[,;:–—]\s+|\s+-\s+|\s+(?=(?:but|because|so|which|although|unless|and (?:i|we|they|he|she|it|you|that|the))\b)",
    re.I,
)
_LEAD = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Sentence:
    """A stretch `source[start:end]` of its source, and its words."""

    start: int
    end: int
    text: str


@lru_cache(maxsize=8192)
def sentences(source: str) -> tuple[Sentence, ...]:
    """Cut a turn or a mail's body into sentences and list items, without their surrounding blanks and bullets."""
    cuts = [0]
    for found in _END.finditer(source):
        # Only its last letters tell: searching all of it anew at each stop would take minutes where there are none but abbreviations.
        since = found.end() - _LONGEST_ABBREVIATION
        before = source[cuts[-1] : found.end()] if since <= cuts[-1] else f"…{source[since : found.end()]}"
        if not before.endswith("\n") and _ABBREVIATION.search(before.rstrip('"”’)]')):
            continue
        cuts.append(found.end())
    cuts.append(len(source))
    made = []
    for start, end in pairwise(cuts):
        piece = source[start:end]
        lead = _LEAD.match(piece)
        start += lead.end() if lead else len(piece) - len(piece.lstrip())
        end -= len(piece) - len(piece.rstrip())
        if start < end:
            made.append(Sentence(start, end, source[start:end]))
    return tuple(made)


def is_signature(text: str) -> bool:
    """Whether words are a name and title as they stand below a mail, or a greeting, rather than something said."""
    words = re.findall(r"[^\W\d_][\w'’.-]*", text)
    if not words or len(words) > 10 or (text.rstrip()[-1:] in ".!?:" and len(words) > 3):
        return False
    capital = sum(word[0].isupper() for word in words)
    small = [
        word for word in words if word[0].islower() and word not in ("of", "and", "the", "for", "de", "van", "von")
    ]
    greeting = (
        re.match(r"(?:dear|hi|hello|hey|regards|best|thanks|cheers|sincerely|mit|s)\b", text, re.I) is not None
        and len(words) <= 5
    )
    return greeting or (capital >= 2 and not small)


def without_opening(sentence: Sentence, least: int = 4) -> Sentence:
    """Leave off the fillers at a sentence's beginning ("Um, well,"), where at least `least` words remain. Nothing inside it is touched."""
    found = _OPENING.match(sentence.text)
    if found is None or found.end() >= len(sentence.text):
        return sentence
    rest = sentence.text[found.end() :]
    if len(rest.split()) < least:
        return sentence
    return Sentence(sentence.start + found.end(), sentence.end, rest)


def shortened(sentence: Sentence, focus: tuple[int, int], most: int = 38) -> Sentence:
    """Take the clauses around `focus` (a place inside the sentence's text) where the sentence has more than `most` words."""
    if len(sentence.text.split()) <= most:
        return sentence
    cuts = sorted({0, *(found.end() for found in _CLAUSE.finditer(sentence.text)), len(sentence.text)})
    clauses = list(pairwise(cuts))
    middle = next((i for i, (start, end) in enumerate(clauses) if start <= focus[0] < end), 0)
    first = last = middle
    while True:
        grown = False
        for way in (1, -1):
            low, high = (first, last + 1) if way == 1 else (first - 1, last)
            if low < 0 or high >= len(clauses) or len(sentence.text[clauses[low][0] : clauses[high][1]].split()) > most:
                continue
            first, last, grown = low, high, True
        if not grown:
            break
    start, end = clauses[first][0], clauses[last][1]
    text = sentence.text[start:end]
    if len(text.split()) > most * 2:
        text, start = _window(text, max(0, focus[0] - start), most, start)
    stripped = text.rstrip(" ,;:–—-") if end < len(sentence.text) else text.rstrip()
    return Sentence(sentence.start + start, sentence.start + start + len(stripped), stripped)


def _window(text: str, focus: int, most: int, offset: int) -> tuple[str, int]:
    """Cut speech without any punctuation to `most` words around the focus, at blanks."""
    places = [found.span() for found in re.finditer(r"\S+", text)]
    middle = next((i for i, (_, end) in enumerate(places) if end > focus), 0)
    first = max(0, min(middle - most // 3, len(places) - most))
    last = min(len(places) - 1, first + most - 1)
    return text[places[first][0] : places[last][1]], offset + places[first][0]


def joined(source: str, first: Sentence, last: Sentence) -> Sentence:
    """Return the stretch of the source from one sentence to another one after it."""
    return Sentence(first.start, last.end, source[first.start : last.end])
