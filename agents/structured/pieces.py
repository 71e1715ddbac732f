"""Cutting a question into the pieces that mean something: phrases of sales, fields, values of the data, numbers, durations and windows.

The longest readings win. A piece can have several readings (`East` is a team and a region, `Count` a product and a request); which
one holds is settled by its neighbours, later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from agents.mentions import Mention
from agents.structured.catalog import FIELDS
from agents.structured.lexer import Token, singular
from agents.structured.lexicon import MARKS, NOISE, Sense, longest_phrase, senses, singular_key
from agents.structured.numbers import Number, read_number
from agents.structured.vocabulary import ValueRef, Vocabulary
from agents.structured.windows import Span, WindowReader

_MOST_WORDS = 12


@dataclass
class Piece:
    """Some tokens with all that they may mean. `used` tells that the parse has put them to use, `reading` how."""

    first: int
    after: int
    text: str
    start: int
    end: int
    senses: tuple[Sense, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[ValueRef, ...] = ()
    number: Number | None = None
    span: Span | None = None
    capital: bool = False
    possessive: bool = False
    noise: bool = False
    norm: str = ""
    mention: Mention | None = None
    used: bool = False

    def sense(self, *kinds: str) -> Sense | None:
        """Return the first reading of one of these kinds."""
        return next((one for one in self.senses if one.kind in kinds), None)

    def says(self, kind: str, *values: str) -> bool:
        """Whether the piece has a reading of this kind with one of these values."""
        return any(one.kind == kind and one.value in values for one in self.senses)

    @property
    def known(self) -> bool:
        """Whether the piece means anything at all."""
        return bool(self.senses or self.fields or self.values or self.number or self.span or self.noise)


@dataclass
class _Found:
    first: int
    after: int
    senses: tuple[Sense, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[ValueRef, ...] = ()
    number: Number | None = None
    span: Span | None = None
    mention: Mention | None = None


@lru_cache(maxsize=1)
def _field_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for known in FIELDS.values():
        for words in known.words:
            found.setdefault(words, []).append(known.key)
    return {words: tuple(keys) for words, keys in found.items()}


@dataclass
class Cutter:
    """Cuts one question into pieces with the vocabulary of its asker."""

    words: Vocabulary
    reader: WindowReader
    mentions: Sequence[Mention] = field(default_factory=tuple)

    def cut(self, text: str, tokens: Sequence[Token]) -> list[Piece]:
        """Return the pieces in order; tokens that mean nothing known become pieces of their own with no reading."""
        found = self._all(tokens)
        chosen = _best(found, len(tokens))
        pieces: list[Piece] = []
        at = 0
        while at < len(tokens):
            one = chosen.get(at)
            if one is None:
                one = _Found(at, at + 1)
            piece = self._piece(text, tokens, one)
            if piece is not None:
                pieces.append(piece)
            at = one.after
        return pieces

    def coverage(self, tokens: Sequence[Token]) -> float:
        """Return how well pieces with a meaning cover these words: the longer the pieces, the better."""
        return _scores(self._all(tokens), len(tokens))[-1][0]

    def _piece(self, text: str, tokens: Sequence[Token], one: _Found) -> Piece | None:
        inside = tokens[one.first : one.after]
        norm = " ".join(token.norm for token in inside)
        bare = len(inside) == 1 and not (one.senses or one.fields or one.values or one.number or one.span)
        if bare and inside[0].kind == "mark" and norm in MARKS:
            return None
        start, end = inside[0].start, inside[-1].end
        return Piece(
            one.first, one.after, text[start:end], start, end, one.senses, one.fields, one.values, one.number, one.span,
            capital=any(token.capital for token in inside) and one.first > 0, possessive=inside[-1].possessive,
            noise=(bare and norm in NOISE) or (norm == "from" and not one.span and not one.number), norm=norm, mention=one.mention,
        )  # fmt: skip

    def _all(self, tokens: Sequence[Token]) -> dict[tuple[int, int], _Found]:
        found: dict[tuple[int, int], _Found] = {}
        longest = max(longest_phrase(), self.words.longest)
        for first in range(len(tokens)):
            self._timed(tokens, first, found)
            for after in range(first + 1, min(len(tokens), first + min(longest, _MOST_WORDS)) + 1):
                self._worded(tokens, first, after, found)
        self._mentioned(tokens, found)
        return found

    def _at(self, found: dict[tuple[int, int], _Found], first: int, after: int) -> _Found:
        return found.setdefault((first, after), _Found(first, after))

    def _timed(self, tokens: Sequence[Token], first: int, found: dict[tuple[int, int], _Found]) -> None:
        if (window := self.reader.read(tokens, first)) is not None:
            self._at(found, first, window[1]).span = window[0]
        if (number := read_number(tokens, first)) is not None:
            self._at(found, first, number[1]).number = number[0]
            if number[0].unit is not None and (bare := read_number(tokens, first, units=False)) is not None:
                # The unit may belong to a longer phrase ("100 days to close").
                self._at(found, first, bare[1]).number = bare[0]

    def _worded(self, tokens: Sequence[Token], first: int, after: int, found: dict[tuple[int, int], _Found]) -> None:
        inside = tokens[first:after]
        key = " ".join(token.norm for token in inside)
        if any(token.possessive for token in inside[:-1]) and after - first > 1:
            known = None
        else:
            known = senses().get(key) or senses().get(singular_key(key))
        if known:
            self._at(found, first, after).senses = known
        if inside[0].kind == "mark" or inside[-1].kind == "mark":
            return
        words = " ".join(singular(token.norm) for token in inside if token.kind != "mark")
        fields = (
            *self.words.custom_words.get(words, ()),
            *_field_words().get(words, ()),
            *(_field_words().get(key, ()) if key != words else ()),
        )
        if "product.price" in fields and self.words.has("product.price"):
            # Products of the data have prices of their own: the price of one is not the amount of deals.
            fields = tuple(key for key in fields if key != "deal.amount")
        if fields and not any(token.possessive for token in inside[:-1]):
            self._at(found, first, after).fields = fields
        norms = tuple(token.norm for token in inside if token.kind != "mark")
        if (
            len(inside) > 1
            and (_function_word(inside[0]) or _function_word(inside[-1]))
            and "".join(norms) not in self.words.index
        ):
            return
        values = self.words.find(norms)
        if values and not (len(inside) > 1 and self._accidental(norms, values)):
            self._at(found, first, after).values = tuple(values)

    @staticmethod
    def _accidental(norms: tuple[str, ...], values: Sequence[ValueRef]) -> bool:
        """Whether words run together by chance only: a function word at an edge that the name itself does not have."""
        if norms[0] not in NOISE and norms[-1] not in NOISE:
            return False
        return not any(
            norms[0] in ref.shown.lower().split() or norms[-1] in ref.shown.lower().split() for ref in values
        )

    def _mentioned(self, tokens: Sequence[Token], found: dict[tuple[int, int], _Found]) -> None:
        for mention in self.mentions:
            inside = [at for at, token in enumerate(tokens) if token.start < mention.end and mention.start < token.end]
            refs = tuple(_refs_of(mention))
            if not inside or not refs:
                continue
            first, after = inside[0], inside[-1] + 1
            one = self._at(found, first, after)
            if one.values and (
                mention.ambiguous
                or mention.best.kind in ("deal", "contact", "lead")
                or any(ref in one.values for ref in refs)
            ):
                # The data's own value of this very name; deals that are called after it don't make it ambiguous.
                continue
            if mention.typo and one.senses:
                continue
            one.mention = mention
            one.values = (
                refs
                if not one.values
                else (*one.values, *(ref for ref in refs if all(ref.field != other.field for other in one.values)))
            )


def _refs_of(mention: Mention) -> list[ValueRef]:
    fields = {
        "account": "account.name",
        "contact": "contact.name",
        "deal": "deal.name",
        "user": "owner.name",
        "team": "owner.team",
        "product": "product.name",
        "lead": "lead.name",
    }
    entities = mention.entities if mention.ambiguous else mention.entities[:1]
    return [
        ValueRef(
            fields[one.kind], (one.name if one.kind in ("product", "team") else one.id,), one.name, typo=mention.typo
        )
        for one in entities
    ]


def _function_word(token: Token) -> bool:
    return token.norm in NOISE and not token.capital


def _scores(found: dict[tuple[int, int], _Found], count: int) -> list[tuple[float, _Found | None]]:
    """Return for each number of leading words the best score of pieces that cover them, with the last of these pieces."""
    ending: dict[int, list[_Found]] = {}
    for one in found.values():
        if one.senses or one.fields or one.values or one.number or one.span:
            ending.setdefault(one.after, []).append(one)
    best: list[tuple[float, _Found | None]] = [(0.0, None)]
    for after in range(1, count + 1):
        score, choice = best[after - 1][0], None
        for one in ending.get(after, ()):
            length = after - one.first
            gain = best[one.first][0] + length * length + 0.5 + (0.3 if one.values else 0) + (0.2 if one.span else 0)
            if gain > score:
                score, choice = gain, one
        best.append((score, choice))
    return best


def _best(found: dict[tuple[int, int], _Found], count: int) -> dict[int, _Found]:
    """Choose pieces that cover the most words with the fewest, longest pieces."""
    best = _scores(found, count)
    chosen: dict[int, _Found] = {}
    at = count
    while at > 0:
        picked = best[at][1]
        if picked is None:
            at -= 1
        else:
            chosen[picked.first] = picked
            at = picked.first
    return chosen
