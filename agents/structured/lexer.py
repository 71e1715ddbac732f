"""Cutting a question into words, numbers, dates and marks, each with its place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sales.names import fold

_TOKEN = re.compile(
    r"""
      (?P<short>(?<!\w)w/o?(?!\w))
    | (?P<date>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}(?!\d))
    | (?P<quarter>(?<!\w)(?:[qh][1-4])(?=['’/_-]?\s?(?:\d{2}|\d{4})?(?!\w))|(?<!\w)(?:fy|cy)['’]?\d{2}(?:\d{2})?(?!\w))
    | (?P<decade>(?<!\w)(?:19|20)\d0['’]?s(?!\w))
    | (?P<number>(?:(?:us|c|ca|a|au)?[$€£¥]\s?)?(?:\d{1,3}(?:,\d{3})+|(?<![\d.,])\d{1,3}(?:[\ \u00a0\u202f]\d{3})+(?![\d.,]|\s?[/-])|\d{1,3}(?:\.\d{3}){2,}(?!\d)|\d+,\d{1,2}(?=\s?(?:k|mm|mn|mil|m|bn|b)(?!\w))|\d+)(?:\.\d+)?(?:\s?(?:k|mm|mn|mil|m|bn|b)(?!\w))?(?:\s?[€£])?)
    | (?P<initials>(?<!\w)[^\W\d_](?:\.[^\W\d_])+\.?(?!\w))
    | (?P<word>[^\W\d_][^\W_]*(?:['’][^\W\d_]+)*(?:\.(?=[^\W\d_]\.))*)
    | (?P<operator><=|>=|!=|<>|=>|=<|[<>=&+%/,;?!.:()\[\]"“”#|–—-])
    | (?P<other>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NEGATED = {
    "isnt": "is", "arent": "are", "wasnt": "was", "werent": "were", "havent": "have", "hasnt": "has", "hadnt": "had", "didnt": "did",
    "dont": "do", "doesnt": "does", "wont": "will", "cant": "can", "couldnt": "could", "wouldnt": "would", "shouldnt": "should", "aint": "is",
}  # fmt: skip
_TAILS = ("'s", "'ve", "'re", "'ll", "'d", "'m")


@dataclass(frozen=True)
class Token:
    """One word, number, date or mark. `norm` is folded and without a possessive ending; `kind` is word, number, date, quarter or mark."""

    text: str
    norm: str
    start: int
    end: int
    kind: str
    possessive: bool = False
    capital: bool = False
    quoted: bool = False


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a question in order. `haven't` gives two tokens at the same place; quotation marks give none but mark what they hold."""
    found: list[Token] = []
    quoted = False
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        word = match.group()
        if word in ('"', "“", "”"):
            quoted = not quoted
            continue
        if kind == "short":
            norm = "without" if word.lower() == "w/o" else "with"
            found.append(Token(word, norm, match.start(), match.end(), "word"))
        elif kind in ("word", "initials"):
            found.extend(_words(word, match.start(), quoted=quoted))
        elif kind in ("operator", "other"):
            found.append(Token(word, word, match.start(), match.end(), "mark"))
        else:
            norm = fold(word).replace(" ", "")
            found.append(Token(word, norm, match.start(), match.end(), kind, quoted=quoted))
    return tuple(found)


def _words(word: str, start: int, *, quoted: bool) -> list[Token]:
    folded = fold(word.replace("’", "'").replace(".", ""))
    end = start + len(word)
    capital = word[0].isupper()
    bare = folded.replace("'", "")
    if bare in _NEGATED and ("'" in folded or bare not in ("wont", "cant")):
        return [
            Token(word, _NEGATED[bare], start, end, "word", quoted=quoted),
            Token(word, "not", start, end, "word", quoted=quoted),
        ]
    if bare == "cannot":
        return [Token(word, "can", start, end, "word"), Token(word, "not", start, end, "word")]
    possessive = False
    for tail in _TAILS:
        if folded.endswith(tail) and len(folded) > len(tail):
            folded = folded.removesuffix(tail)
            possessive = tail == "'s"
    return [Token(word, folded.replace("'", ""), start, end, "word", possessive, capital, quoted)]


@lru_cache(maxsize=65536)
def key_words(text: str) -> tuple[str, ...]:
    """Return the words of a name in the form in which tokens of a question carry them, marks left out."""
    return tuple(token.norm for token in tokens_of(text) if token.kind != "mark")


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return an English noun's singular by its usual endings; anything else as it is."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
