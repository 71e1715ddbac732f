"""When an ordinary word is a name: `Grace's deals` names somebody, `a day's grace` does not; `Dock deals` names a product, `count deals` does not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.mentions import EntityKind
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, Token

_BEFORE_COMPANY = frozenset(
    "with at on about for from of to into regarding account company customer client prospect named called versus vs and or".split()
)
_BEFORE_PERSON = frozenset(
    "with by from to did does has is was were do about of for and or tell ask rep owner contact named called mr mrs ms dr manager than vs versus".split()
)
_AFTER_PERSON = frozenset(
    "say said says mention mentioned promise promised ask asked want wanted wants reply replied respond responded write wrote send sent think thinks feel agree agreed object objected tell told own owns won win sold lose lost close closed have has deals pipeline accounts on at from and or".split()
)
_DATE_BEFORE = frozenset(
    "in this next last by since of until before after mid late early end during for through till from to every".split()
)
_AFTER_PRODUCT = frozenset(
    "deal deals product products opportunity opportunities pipeline module modules sale sales customer customers revenue business".split()
)
_AFTER_COMPANY = frozenset("deal deals account".split())
_TEAM_NEAR = frozenset(
    "team teams region reps rep territory pipeline deals deal manager quota target targets forecast".split()
)


def shouts(words: Sequence[Token]) -> bool:
    """Whether capitals mean nothing in this question, since most of its words have them."""
    letters = [word for word in words if word.text[:1].isalpha()]
    return len(letters) > 3 and sum(word.capital for word in letters) > 0.6 * len(letters)


def begins_sentence(text: str, word: Token) -> bool:
    """Whether a word stands at the beginning of the text or of a sentence in it."""
    before = text[: word.start].rstrip(" \t\"'“‘(*-")
    return before == "" or before[-1] in ".!?\n:"


def is_meant(text: str, words: Sequence[Token], first: int, last: int, kind: EntityKind, capitals_count: bool) -> bool:
    """Whether the ordinary word(s) `first..last` of a question are meant as the name of a record of this kind."""
    word = words[first]
    before = words[first - 1].key if first else ""
    after = words[last + 1].key if last + 1 < len(words) else ""
    ends = last + 1 >= len(words) or re.match(r"\s*[?!.,;:)]", text[words[last].end :]) is not None
    opens = begins_sentence(text, word)
    capital = capitals_count and all(one.capital for one in words[first : last + 1]) and not opens
    possessive = words[last].possessive
    if kind == "team":
        return (
            after in _TEAM_NEAR
            or before == "team"
            or (before == "the" and (ends or possessive))
            or (capital and before in ("in", "for", "of", "by", "the", "on", "from"))
        )
    if word.key in MONTH_NAMES and first == last:
        return capital and before not in _DATE_BEFORE and (after in _AFTER_PERSON or before in ("did", "does", "has"))
    if kind == "product":
        return (
            (after in _AFTER_PRODUCT and not opens)
            or (
                capital
                and before not in FUNCTION_WORDS - _BEFORE_COMPANY - {"the", "our", "a", "their", "buy", "sell", "is"}
            )
            or before == "product"
        )
    if kind in ("contact", "user", "lead"):
        return (
            possessive
            or (capital and not (word.key == "will" and after in ("the", "we", "it", "they")))
            or (before in _BEFORE_PERSON and not opens and (ends or after in _AFTER_PERSON))
        )
    if kind == "account" and not capital:
        return (
            possessive
            or (after in _AFTER_COMPANY and not opens and before not in ("a", "any", "each", "every", "one"))
            or (before in _BEFORE_COMPANY and (ends or after in _AFTER_COMPANY))
        )
    return capital or possessive
