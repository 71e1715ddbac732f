"""What was said about something: found by the search, chosen sentence by sentence, or honestly not found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from agents.answer import Claim
from agents.narrative.case import Case
from agents.narrative.phrasing import flat, who
from agents.narrative.quoting import Citing, Quote, quote_at
from agents.narrative.relevance import Match, Sought, concerns, lacks_a_name, lacks_its_number
from agents.narrative.speech import Heard
from sales.cues import weigh
from sales.sentences import sentences
from sales.spoken_numbers import numbers_in
from sales.wording import content_stems

MOST_CLAIMS = 6
_LEAST_SHARE = 0.55
"""A further quote is shown where it answers at least so well as the best one."""
_SPOKEN_WORDS = 24
"""A fact is seldom said in one sentence: of a turn so much is shown, the whole of it where it is shorter."""
_LOOKED_AT, _OF_ONE_SOURCE = 60, 4
_NEW_WORDS = 0.9
"""What a quote gains that holds all of the question's words which no quote before it holds: a question may ask for two things."""


def answers(sought: Sought, found: Sequence[Match], *, named: frozenset[str] = frozenset()) -> bool:
    """Whether the best of what was found is about the question: enough of its words, or of its field of talk, or clearly its meaning.

    `named` are names that the question brings up and nothing in the spine has: at least one word of each must be said. A noun out of the
    ordinary that nobody says, or a number that is asked for and not there, is "not found", however near the rest comes.
    """
    if not found:
        return False
    best = found[:8]
    theirs = [match for match in best if not sought.people or concerns(sought, match.piece)]
    said = frozenset[str]().union(
        *(content_stems(match.piece.text) | content_stems(match.piece.happening.subject or "") for match in theirs)
    )
    if (named and not named & said) or not sought.products <= said:
        return False
    similarity = max(match.heard.similarity for match in best)
    if (lacks_a_name(sought, said) and similarity < 0.6) or lacks_its_number(sought, found):
        return False
    topical = max((match.topical for match in theirs), default=0)
    coverage = max(match.coverage for match in best)
    names = frozenset[str]().union(*(one.names for one in sought.topics)) if sought.topics else frozenset()
    if sought.topics and topical and not sought.hard - names - (sought.topical & said):
        return True
    of_kind = any(weigh(match.sentence.text, buyer=True, rivals=sought.rivals).cues & sought.cues for match in best)
    if sought.numbers and not sought.hard:
        return any(
            number.value in sought.numbers or number.value * 1000 in sought.numbers
            for match in best
            for number in numbers_in(match.piece.text)
        )
    if sought.people and not sought.hard:
        heard = any((match.piece.speaker or "").casefold() in sought.people for match in best)
        return of_kind or coverage > 0.3 if sought.stems or sought.cues else heard or similarity >= 0.35
    if not sought.hard:
        return topical > 0 or of_kind or similarity >= (0.35 if not sought.stems else 0.45) or coverage >= 0.5
    if sought.people and of_kind and similarity >= 0.4 and not sought.topics:
        return True
    return (
        coverage >= 0.5
        or (coverage >= 0.3 and similarity >= 0.3)
        or (coverage >= 0.15 and similarity >= 0.45)
        or (topical > 0 and coverage >= 0.2 and similarity >= 0.3)
    )


def best_quotes(
    found: Sequence[Match], heard: Sequence[Heard], asked: frozenset[str] = frozenset(), most: int = MOST_CLAIMS
) -> list[list[Quote]]:
    """Return what to quote, best first: each a quote, or a question with the reply to it. Nothing is said twice, and of what is
    `asked` (stems) each part is given its turn."""
    if not found:
        return []
    top = found[0].value
    chosen: list[list[Quote]] = []
    seen: list[tuple[str, int, frozenset[str]]] = []
    per_source: dict[str, int] = {}
    for match in _in_turn(found[:_LOOKED_AT], asked):
        if len(chosen) >= most:
            break
        if match.value < top * _LEAST_SHARE:
            continue
        source = match.piece.happening.id
        if per_source.get(source, 0) >= _OF_ONE_SOURCE:
            continue
        quotes = _with_reply(match, heard)
        stems = frozenset[str]().union(*(content_stems(quote.sentence.text) for quote in quotes))
        if any(_repeats(source, quote, stems, one) for one in seen for quote in quotes):
            continue
        seen += [(source, quote.piece.order, stems) for quote in quotes]
        per_source[source] = per_source.get(source, 0) + 1
        chosen.append(quotes)
    return chosen


def _in_turn(found: Sequence[Match], asked: frozenset[str]) -> Iterator[Match]:
    """Yield the matches best first, where holding words of the question that none before holds counts too."""
    left = [(match, asked & content_stems(match.piece.text)) for match in found]
    open_words = asked & frozenset[str]().union(*(held for _, held in left)) if left else frozenset()
    total = max(1, len(open_words))
    while left:
        at = max(range(len(left)), key=lambda i: left[i][0].value + _NEW_WORDS * len(left[i][1] & open_words) / total)
        match, held = left.pop(at)
        open_words -= held
        yield match


def _repeats(source: str, quote: Quote, stems: frozenset[str], shown: tuple[str, int, frozenset[str]]) -> bool:
    same_turn = shown[0] == source and shown[1] == quote.piece.order and quote.piece.turn is not None
    return bool(stems and shown[2]) and len(stems & shown[2]) / min(len(stems), len(shown[2])) >= (
        0.5 if same_turn else 0.75
    )


def _with_reply(match: Match, heard: Sequence[Heard]) -> list[Quote]:
    """A question is shown with its reply, a reply of a few words with its question."""
    piece = match.piece
    if piece.turn is None:
        return [quote_at(piece, match.sentence, whole_lists=True)]
    quote = quote_at(piece, match.sentence, least=_SPOKEN_WORDS)
    of_call = {one.piece.order: one.piece for one in heard if one.piece.happening.id == piece.happening.id}
    if piece.text.rstrip().endswith("?") and quote.sentence.text.endswith("?"):
        reply = of_call.get(piece.order + 1)
        if reply is not None and reply.speaker != piece.speaker and reply.text.strip():
            first = sentences(reply.text)
            return [quote, quote_at(reply, first[0], least=_SPOKEN_WORDS)] if first else [quote]
    if len(piece.text.split()) <= 9:
        before = of_call.get(piece.order - 1)
        if before is not None and before.speaker != piece.speaker and before.text.rstrip().endswith("?"):
            asked = sentences(before.text)[-1]
            return [quote_at(before, asked), quote]
    return [quote]


def quoted_claim(case: Case, citing: Citing, quotes: Sequence[Quote], account: str | None = None) -> Claim:
    """Say one or two quotes: day, speaker and words, then the reply. `account` is named where several may be meant."""
    first = citing.said(quotes[0])
    text = first.text if account is None else f"{account}, {first.text}"
    evidence = list(first.evidence)
    for quote in quotes[1:]:
        text += f" — {who(quote.piece.person, quote.piece.speaker)}: “{flat(quote.sentence.text)}”"
        evidence.append(citing.words(quote))
    return Claim(text=text, evidence=tuple(evidence))


def newest_first(quotes: list[list[Quote]]) -> list[list[Quote]]:
    """Order quotes by their day, the newest first; within a call as they were said."""
    return sorted(
        quotes, key=lambda one: (-_midnight(one[0].piece.at).timestamp(), one[0].piece.happening.id, one[0].piece.order)
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def span_of(case: Case, quotes: Sequence[Sequence[Quote]]) -> str:
    """Say how many quotes there are and from when the newest is."""
    newest = max((quote[0].piece.happening for quote in quotes), key=lambda one: one.at)
    count = "1 quote" if len(quotes) == 1 else f"{len(quotes)} quotes"
    if not newest.dated:
        return count
    return f"{count}, latest {case.when(newest)}" if len(quotes) > 1 else f"{count}, {case.when(newest)}"
