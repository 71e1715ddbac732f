"""Words of a question set right before anything is read out of them: contractions written out, slips of the pen towards the words that somebody looks for."""

from __future__ import annotations

import re
from collections.abc import Collection

from rapidfuzz.distance import OSA

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SLIPS = {"whats": "what's", "whos": "who's", "wat": "what", "wht": "what", "wich": "which", "whcih": "which", "nxt": "next", "wy": "why", "hwo": "how", "teh": "the"}  # fmt: skip
_SHORT = {
    "who's": "who is", "whos": "who is", "what's": "what is", "whats": "what is", "where's": "where is", "there's": "there is", "i've": "i have", "we've": "we have",
    "i'm": "i am", "we're": "we are", "they've": "they have", "who've": "who have", **_SLIPS,
    "haven't": "have not", "havent": "have not", "hasn't": "has not", "hasnt": "has not", "didn't": "did not", "didnt": "did not", "don't": "do not", "dont": "do not",
    "doesn't": "does not", "doesnt": "does not", "isn't": "is not", "isnt": "is not", "aren't": "are not", "arent": "are not", "weren't": "were not", "wasn't": "was not",
}  # fmt: skip
_SHORTEST = 5


def set_right(text: str, known: Collection[str]) -> str:
    """Return a text with its contractions written out and with slips towards `known` words (in small letters) set right; other words stay as they are."""

    def told(found: re.Match[str]) -> str:
        word = found[0]
        small = word.casefold().replace("’", "'")
        if small in _SHORT:
            return _SHORT[small]
        return near(small, known) or word

    return _WORD.sub(told, text)


def plainly_asked(text: str) -> str:
    """Return a text with the commonest slips in words of asking set right ("whats", "wich"); all else as it is."""
    return _WORD.sub(lambda found: _SLIPS.get(found[0].casefold(), found[0]), text)


def near(word: str, known: Collection[str]) -> str | None:
    """Return the known word that a mistyped one stands for; None for a word of English, a known one, and one that is too short to be sure of."""
    if word in known or len(word) < _SHORTEST or not word.isascii():
        return None
    allowed = 1 if len(word) < 7 else 2
    best = min(((OSA.distance(word, one, score_cutoff=allowed), one) for one in known if one[0] == word[0]), default=None)  # fmt: skip
    if best is None or best[0] > allowed:
        return None
    from agents.structured.spelling import english_words

    return None if word in english_words() else best[1]
