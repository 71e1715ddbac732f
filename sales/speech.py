"""Speech made readable by cutting alone: fillers, stutters and marks of the recorder go, every word that stays was said, in its order.

A cut never brings two numbers together, so that no sum or date comes about that nobody said.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sales.spoken_numbers import numbers_in
from sales.wording import FUNCTION_WORDS

_MARK = re.compile(
    r"\{[^{}]{0,40}\}|<[^<>]{0,40}>|\[(?:inaudible|crosstalk|laugh\w*|music|silence|noise|pause|unintelligible|applause|background[^\]]*|\d+:\d+(?::\d+)?)[^\]]*\]"
    r"|\((?:inaudible|crosstalk|laugh\w*|unintelligible)\)|\*(?:laughs?|coughs?)\*",
    re.I,
)
_FILLER = re.compile(
    r"(?:,\s*|(?<=[.?!…])|(?<=\s)|^)\s*\b(?:u+m+|u+h+|e+r+m*|a+h+m|h+m+|e+h+|m+h?m+|mm-hmm|mm - hmm|uh-huh|uh - huh)\b\s*[,…]*(?:\.{2,3})?(?=\s|[.?!,;]|$)",
    re.I,
)
_SOFT = re.compile(r",\s*(?:you know|I mean|like|sort of|kind of|right|okay|well|yeah|so)\s*,", re.I)
_OPENING = re.compile(
    r"^\s*(?:(?:oh|ah|well|so|okay|ok|yeah|yes|yep|right|sure|alright|all right|anyway|honestly|look|listen|great|perfect|fair enough|fair|got it|i see|no worries|i mean|you know|and|but|like|now|basically|actually)\b\s*[,.…!-]+\s*)+(?=\S)|^\s*(?:(?:oh|so|and|but|okay|ok|yeah|well|like|now)\s+)+(?=\S)",
    re.I,
)
_STUTTER = re.compile(r"\b(?P<words>[\w'’]+(?:\s+[\w'’]+){0,3})(?:\s*(?:,|\.{2,3}|…|-)?\s+(?P=words)(?![\w'’]))+", re.I)
_FRAGMENT = re.compile(r"(?<![\w'’.&$])(?P<part>[a-z]{1,2}|[A-Za-z]+-)\s+(?=(?P<whole>[a-z][\w'’]*))")
_LONE = frozenset("a i o".split())
_SPACED = re.compile(r"(?<!\d)\s+(?=[,.;:!?](?:\s|$))|(?<=\d)\s+(?=[,.;:!?](?:\s*$|\s+\D))")
_CLITIC = re.compile(r"(?<=\w)\s+(?=(?:['’](?:s|m|re|ve|ll|d)|n['’]t)\b)", re.I)
_DOUBLED = re.compile(r"\s*,(?:\s*,)+")
_KEPT_TWICE = frozenset("that had very really so no yes bye ha many much far way long".split())


@lru_cache(maxsize=32768)
def cleaned(text: str) -> str:
    """Return a stretch of speech without fillers, stutters and recorder's marks; "" where nothing else was said."""
    whole = flat = " ".join(_MARK.sub(" ", text).split())
    flat = _CLITIC.sub("", flat)
    flat = _cut(_FILLER, flat)
    for _ in range(2):
        flat = _cut(_SOFT, flat)
    flat = _STUTTER.sub(_once, flat)
    flat = _FRAGMENT.sub(_without_fragment, flat)
    flat = _SPACED.sub("", flat)
    flat = _DOUBLED.sub(",", flat)
    flat = re.sub(r"^[\s,.;:…-]+(?=\w)", "", flat)
    flat = " ".join(flat.split()).strip()
    said = {number.value for number in numbers_in(whole)}
    # Whatever the rules above foresee: a number that comes about by cutting is worse than a filler.
    return flat if all(number.value in said for number in numbers_in(flat)) else whole


def without_opening(text: str, least: int = 3) -> str:
    """Leave off the words that only open a sentence ("So, well,"), where at least `least` words remain."""
    found = _OPENING.match(text)
    rest = text[found.end() :] if found else text
    return rest if len(rest.split()) >= least else text


def risen(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]


def readable(text: str) -> str:
    """Return speech as a line of notes: cleaned, without its opening words, beginning with a capital."""
    return risen(without_opening(cleaned(text)))


def _cut(pattern: re.Pattern[str], text: str) -> str:
    """Cut what `pattern` finds, except between two numbers."""

    def cut(found: re.Match[str]) -> str:
        return found[0] if _between_numbers(text, found.start(), found.end()) else " "

    return pattern.sub(cut, text)


def _between_numbers(text: str, start: int, end: int) -> bool:
    before, after = text[:start].split()[-1:], text[end:].split()[:1]
    return bool(before and after and numbers_in(before[0]) and numbers_in(after[0]))


def _once(found: re.Match[str]) -> str:
    words = found["words"]
    if words.lower() in _KEPT_TWICE or numbers_in(words) or any(sign.isdigit() for sign in words):
        return found[0]
    return words


def _without_fragment(found: re.Match[str]) -> str:
    part, whole = found["part"].rstrip("-").lower(), found["whole"].lower()
    if part in _LONE or (part in FUNCTION_WORDS and not found["part"].endswith("-")):
        return found[0]
    return "" if whole.startswith(part) else found[0]
