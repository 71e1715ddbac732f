"""The sentences of a case that matter most: weighed by what they are about, who said them, and when; no two alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.narrative.case import Case, Piece
from agents.narrative.quoting import Quote, quote_at
from sales.cues import Cue, Weight, place_of, rank_of, weigh
from sales.sentences import Sentence, is_signature, sentences, shortened, without_opening
from sales.wording import content_stems, stem

HALF_LIFE_DAYS = 18.0
_CONDITION = re.compile(
    r"\b(?:can['’]?t|cannot|won['’]t|not (?:signing|going to)|without|until|before|only (?:if|when|after|once)|unless|if one is|has to|first)\b",
    re.I,
)


_DEFINITE = re.compile(r"\b(?:the|that|this) ([a-z]{4,})\b")
_TURNS_BACK = 4


def _specifics(text: str) -> bool:
    """Whether a sentence names something: a figure, or a capitalised word inside it that is no beginning of a sentence."""
    return (
        re.search(r"\d|(?<=[a-z,;] )(?:[A-Z]{2,}|[A-Z][a-z]+)\b", re.sub(r"\bI(?:['’]\w+)?\b", "i", text)) is not None
    )


@dataclass(frozen=True)
class Highlight:
    """A sentence worth showing, with why and how much."""

    piece: Piece
    sentence: Sentence
    weight: Weight
    value: float

    def quote(self) -> Quote:
        """Return the words to show."""
        return quote_at(self.piece, self.sentence, place_of(self.sentence.text, self.weight.strongest))

    def named_before(self, case: Case) -> Quote | None:
        """Return the words shortly before by which "the report" was called by its name ("your SOC 2 report"), where the highlight does not name it itself."""
        definite = {stem(word) for word in _DEFINITE.findall(self.sentence.text.casefold())}
        if self.piece.turn is None or self.piece.side != "buyer" or not definite or _specifics(self.sentence.text):
            return None
        turns = case.turns.get(self.piece.happening.id, [])
        for earlier in reversed(
            [
                one
                for one in turns
                if self.piece.order - _TURNS_BACK <= one.order < self.piece.order and one.side == self.piece.side
            ]
        ):
            for sentence in reversed(sentences(earlier.text)):
                if definite & content_stems(sentence.text) and _specifics(sentence.text):
                    return Quote(earlier, without_opening(shortened(sentence, (0, 1))))
        return None

    @property
    def remark(self) -> str:
        """What the words do, where that is sure."""
        if self.piece.side != "buyer":
            return ""
        if self.weight.strongest == "blocker" and _CONDITION.search(self.sentence.text):
            return "sets a condition"
        return "asks" if self.weight.strongest == "demand" else ""

    @property
    def trouble(self) -> bool:
        """Whether this is bad news for the deal."""
        return self.weight.strongest in ("blocker", "objection", "refusal", "departure", "competitor")


def highlights(
    case: Case,
    pieces: Iterable[Piece],
    *,
    half_life: float = HALF_LIFE_DAYS,
    least: float = 1.6,
    only: frozenset[Cue] | None = None,
) -> list[Highlight]:
    """Return the sentences that matter, best first. Age is counted from the newest of the pieces, so that an old case has news too."""
    everything = list(pieces)
    newest = max((piece.at for piece in everything), default=None)
    rivals = case.rivals()
    found: list[Highlight] = []
    for piece in everything:
        age = (newest - piece.at).total_seconds() / 86_400 if newest and piece.happening.dated else 0.0
        fade = 0.5 ** (age / half_life)
        if fade < 0.02:
            continue
        title = rank_of(piece.person.title) if piece.person and piece.side == "buyer" else 1.0
        for sentence in sentences(piece.text):
            if piece.turn is None and is_signature(sentence.text):
                continue
            weight = weigh(sentence.text, buyer=piece.side in ("buyer", "unknown"), rivals=rivals)
            if only is not None and not (weight.cues & only):
                continue
            value = weight.value * title
            if piece.happening.kind == "mail":
                value *= 1.1
            if value >= least:
                found.append(Highlight(piece, sentence, weight, value * fade))
    return sorted(found, key=lambda one: (-one.value, one.piece.happening.id, one.piece.order, one.sentence.start))


def chosen(
    candidates: Sequence[Highlight],
    most: int,
    *,
    per_source: int = 2,
    per_speaker: int | None = None,
    taken: Iterable[str] = (),
) -> list[Highlight]:
    """Take the best that say different things: at most so many of one call or mail and of one person, none that repeats words already shown."""
    shown = [content_stems(text) for text in taken]
    sources = len({one.piece.happening.id for one in candidates})
    per_source = max(per_source, most // max(1, sources))
    per: dict[str, int] = {}
    by: dict[str, int] = {}
    cues: dict[str, int] = {}
    picked: list[Highlight] = []
    for candidate in sorted(candidates, key=lambda one: -one.value):
        if len(picked) >= most:
            break
        source = candidate.piece.happening.id
        stems = content_stems(candidate.quote().sentence.text)
        speaker = candidate.piece.speaker or ""
        if (
            per.get(source, 0) >= per_source
            or by.get(speaker, 0) >= (per_speaker or most)
            or any(_alike(stems, other) for other in shown)
        ):
            continue
        strongest = candidate.weight.strongest or ""
        if cues.get(strongest, 0) >= max(2, most // 2):
            continue
        picked.append(candidate)
        shown.append(stems)
        per[source] = per.get(source, 0) + 1
        by[speaker] = by.get(speaker, 0) + 1
        cues[strongest] = cues.get(strongest, 0) + 1
    return picked


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= 0.6
