"""From the turns of a talk to what fills each kind of element, each finding with its place, its weight and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sales.no_rivals import no_vendors_in
from sales.qualifying import need_cues, people_cues, process_cues
from sales.qualifying.answers import ANSWERS, Answer
from sales.qualifying.phrase import phrase_of
from sales.qualifying.pieces import question_before
from sales.qualifying.questions import asked_in, confirms, refuses, says_nobody
from sales.qualifying.reservations import UNKNOWN, gives_orders, taken_back
from sales.qualifying.scoring import Cue, Hit, best, hits
from sales.qualifying.talk import Person, Quote, Spoken, even, names_of, plain, quote_at
from sales.qualifying.taught import KINDS, Heard, Weighed, taught
from sales.wording import ORDINARY

FILLED = 1.0
"""From this weight on a turn fills a kind by the rules; for the kinds that were taught that is one of the things that are weighed together."""

LEAST: Mapping[str, float] = {
    "pain": 0.8,
    "economic_buyer": 0.75,
    "decision_criteria": 0.8,
    "decision_process": 0.75,
    "paper_process": 0.8,
    "champion": 0.8,
    "competition": 0.9,
    "timing": 0.85,
}
"""What fills a kind by the rules where that is not `FILLED`: kinds that are seldom said of anything else."""

LIKELY = 0.5
"""From this chance on a turn fills a kind that was taught: it is likelier than not. `make teach` prints what other chances would give."""

LIKELY_BY_RULES = 0.4
"""The same where the rules hold it for filled: plain words in a short talk teach nothing that speaks against them."""

TABLES: Mapping[str, tuple[Cue, ...]] = {
    "metrics": need_cues.METRICS,
    "economic_buyer": people_cues.ECONOMIC_BUYER,
    "decision_criteria": need_cues.CRITERIA,
    "decision_process": process_cues.DECISION_PROCESS,
    "paper_process": process_cues.PAPER_PROCESS,
    "pain": need_cues.PAIN,
    "champion": people_cues.CHAMPION,
    "competition": need_cues.COMPETITION,
    "budget": process_cues.BUDGET,
    "timing": process_cues.TIMING,
    "situation": need_cues.SITUATION,
    "payoff": need_cues.PAYOFF,
    "implication": need_cues.IMPLICATION,
}
"""The kinds of statements that can be found; a framework's elements are made of them."""

_A_PRICE = frozenset({"big money", "per period", "quantity"})
"""A sum of money, and nothing of what it is lost or won by: a price, no measure."""

_GIVES_WAY: Mapping[str, tuple[str, ...]] = {
    "pain": ("paper_process", "economic_buyer", "decision_process", "competition"),
    "competition": ("paper_process",),
}
"""Kinds whose words are often those of another: where both are found in the same words, the stronger counts."""

_STRUCK = 0.6
_TAKEN_UP = 0.99
_BACKCHANNEL = 3
_FEWEST_WORDS = 2
_LOOK_BACK = 5


@dataclass(frozen=True)
class Finding:
    """A turn that fills a kind of element: the quote, and in `text` the few words of it that say it. `weight` is from 1 to 2 for a kind that was taught. `confirmed` is the position of the buyer's clear yes where the words are the seller's."""

    kind: str
    position: int
    quote: Quote
    text: str
    weight: float
    why: tuple[str, ...]
    confirmed: int | None = None


@dataclass(frozen=True)
class _Scene:
    """One turn and what stands around it: what was asked just before, and how strongly the question still holds."""

    turn: Spoken
    small: str
    asked: Mapping[str, float]
    ours: frozenset[str] = frozenset()
    no_vendor: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Looked:
    """What was seen in one turn of the buyer's: by the rules, of each kind, also where it is too little to count; and as labelled calls taught."""

    turn: Spoken
    by_rules: Mapping[str, Finding]
    counted: frozenset[str]
    asked: Mapping[str, float]
    heard: Heard

    def of(self, kind: str) -> Weighed:
        """Return what the rules said of a kind."""
        seen = self.by_rules.get(kind)
        return Weighed(seen.weight if seen else 0.0, self.asked.get(kind, 0.0), kind in self.counted)


def find(
    turns: Sequence[Spoken],
    people: Sequence[Person] = (),
    rivals: Sequence[str] = (),
    tables: Mapping[str, tuple[Cue, ...]] = TABLES,
) -> dict[str, list[Finding]]:
    """Return what was found of each kind, the weightiest first. `rivals` are names of competitors that are known already.

    Only the buyer's words count, and a seller's statement that the buyer clearly takes up next; where no side is known, nothing does.
    """
    found: dict[str, list[Finding]] = {kind: [] for kind in tables}
    names = names_of(people)
    for one in looked(turns, people, rivals, tables):
        for kind in tables:
            finding = (
                _judged_by_both(kind, one) if kind in KINDS else one.by_rules.get(kind) if kind in one.counted else None
            )
            if finding is not None:
                found[kind].append(finding)
    for place, turn in enumerate(turns[:-1]):
        if turn.side == "seller":
            _add_taken_up(found, tables, turns, place, names)
    for kind, listed in found.items():
        found[kind] = sorted(listed, key=lambda one: (-one.weight, one.position))
    return found


def looked(
    turns: Sequence[Spoken],
    people: Sequence[Person] = (),
    rivals: Sequence[str] = (),
    tables: Mapping[str, tuple[Cue, ...]] = TABLES,
) -> Iterator[Looked]:
    """Yield what is seen in each of the buyer's turns, before it is judged."""
    names = names_of(people)
    known = _rivals_cue(rivals)
    ours = names_of(Person(turn.speaker) for turn in turns if turn.side == "seller" and turn.speaker)
    no_vendor = no_vendors_in(turns) | names
    learned = taught()
    for place, turn in enumerate(turns):
        if turn.side != "buyer":
            continue
        scene = _Scene(turn, even(turn.text), _asked_before(turns, place), ours, no_vendor)
        seen = {}
        for kind, table in tables.items():
            extra = (known,) if kind == "competition" and known else ()
            one = _seen(kind, (*table, *extra), scene, names)
            if one is not None:
                seen[kind] = one
        enough = {kind: one for kind, one in seen.items() if one.weight >= LEAST.get(kind, FILLED)}
        counted = frozenset(kind for kind, one in enough.items() if not _is_rather_another(one, enough))
        heard = learned.heard(turn.text, question_before(turns, place), names)
        yield Looked(turn, seen, counted, scene.asked, heard)


def _judged_by_both(kind: str, one: Looked) -> Finding | None:
    """Return the finding of a kind that was taught, where the rules and what labelled calls taught make it likely together."""
    chance = taught().filled(kind, one.heard, one.of(kind))
    least = LIKELY_BY_RULES if kind in one.counted else LIKELY
    if chance < least or gives_orders(even(one.turn.text)) or _is_no_answer(kind, one):
        return None
    weight = round(chance / LIKELY, 3)
    if kind in one.counted:
        return replace(one.by_rules[kind], weight=weight)
    place = one.heard.places[KINDS.index(kind)]
    if taken_back(kind, even(one.turn.text), place) >= _STRUCK:
        return None
    return _finding(kind, one.turn, place, weight, frozenset({"taught"}))


def _is_no_answer(kind: str, one: Looked) -> bool:
    """Whether a turn is a single word that answers nothing, or says that there is nobody."""
    answer = ANSWERS.get(kind)
    if len(one.turn.text.split()) < _FEWEST_WORDS and not one.asked.get(kind):
        return True
    return answer is not None and answer.none_counts_not and bool(one.asked.get(kind)) and says_nobody(one.turn.text)


def _is_rather_another(one: Finding, made: Mapping[str, Finding]) -> bool:
    """Whether the same words say something else more strongly: paper that `sits on his desk for ten days` is a way through procurement, and no pain."""
    rivals = (made.get(kind) for kind in _GIVES_WAY.get(one.kind, ()))
    return any(
        other is not None
        and other.weight >= max(FILLED, one.weight)
        and other.quote.start < one.quote.end
        and one.quote.start < other.quote.end
        for other in rivals
    )


def strength(kinds: Sequence[str], words: str) -> float:
    """Return how strongly words by themselves say one of these kinds of things, whatever was asked before; 0 where they say none."""
    small = even(words)
    weights = []
    for kind in kinds:
        gathered = best(hits(TABLES.get(kind, ()), small, plain(words)))
        if gathered is not None:
            weight, lead, _ = gathered
            weights.append(weight - taken_back(kind, small, (lead.start, lead.end)))
    return max(weights, default=0.0)


def chance(kinds: Sequence[str], words: str) -> float:
    """Return how likely words by themselves say one of these kinds of things, as labelled calls taught; 0 for kinds that were not taught."""
    heard = taught().heard(words, "", ())
    return max((heard.likely[KINDS.index(kind)] for kind in kinds if kind in KINDS), default=0.0)


def _rivals_cue(rivals: Sequence[str]) -> Cue | None:
    told = [
        re.escape(even(name).strip()) for name in rivals if len(name.strip()) > 2 and even(name).strip() not in ORDINARY
    ]
    return Cue("known rival", 0.8, rf"\b(?:{'|'.join(told)})\b") if told else None


def _asked_before(turns: Sequence[Spoken], place: int) -> dict[str, float]:
    """Return what the talk had asked for when a turn began. A question holds through backchannels and through several people answering it."""
    held: dict[str, float] = {}
    strength = 1.0
    me = turns[place].speaker
    for back in range(place - 1, max(-1, place - 1 - _LOOK_BACK), -1):
        before = turns[back]
        asked = asked_in(before.text)
        if before.side == "seller":
            for kind in asked:
                held.setdefault(kind, strength)
            if asked or len(before.text.split()) > 12:
                break
            strength *= 0.6 if len(before.text.split()) > _BACKCHANNEL else 1.0
        elif before.side == "buyer":
            if before.speaker != me:
                for kind in asked:
                    held.setdefault(kind, strength * 0.6)
            strength *= 0.7 if len(before.text.split()) > _BACKCHANNEL else 1.0
        if strength < 0.3:
            break
    return held


def _judged(kind: str, table: tuple[Cue, ...], scene: _Scene, names: frozenset[str]) -> Finding | None:
    """Return the finding of one kind in words of the seller's that the buyer takes up, by the rules alone; None where it stays below what fills it."""
    seen = _seen(kind, table, scene, names)
    return seen if seen is not None and seen.weight >= LEAST.get(kind, FILLED) else None


def _seen(kind: str, table: tuple[Cue, ...], scene: _Scene, names: frozenset[str]) -> Finding | None:
    """Return what the rules see of one kind in one turn, however little; None where they see nothing."""
    listed = hits(table, scene.small, plain(scene.turn.text), scene.no_vendor if kind == "competition" else scene.ours)
    gathered = best(listed)
    weight, lead, why = gathered if gathered else (0.0, None, frozenset())
    reserved = 0.0
    if lead is not None:
        reserved = taken_back(kind, scene.small, (lead.start, lead.end))
        weight -= reserved
    asked = scene.asked.get(kind, 0.0)
    answer = ANSWERS.get(kind)
    if asked and answer is not None:
        worth, where = _answer_worth(kind, answer, scene, names)
        if worth:
            weight = max(weight, 0.0) + asked * worth
            why = why | {"asked"}
            lead = lead or Hit(Cue("answer", 0.0, ""), *where)
    if refuses(scene.turn.text):
        weight -= _STRUCK
    if lead is None or (kind == "metrics" and "big money" in why and why <= _A_PRICE):
        return None
    return _finding(kind, scene.turn, (lead.start, lead.end), round(weight, 3), why)


def _finding(kind: str, turn: Spoken, place: tuple[int, int], weight: float, why: frozenset[str]) -> Finding:
    quote = quote_at(turn, place)
    inside = (max(0, place[0] - quote.start), max(1, place[1] - quote.start))
    return Finding(kind, turn.position, quote, phrase_of(quote.text, inside), weight, tuple(sorted(why)))


def _answer_worth(kind: str, answer: Answer, scene: _Scene, names: frozenset[str]) -> tuple[float, tuple[int, int]]:
    """Return how much a turn is worth as the answer to a question of its kind, and where in it the answer stands."""
    text = scene.turn.text
    if (
        refuses(text)
        or UNKNOWN.search(scene.small)
        or (kind == "decision_criteria" and _WANTS_NONE.search(scene.small))
        or text.rstrip().endswith("?")
        or (answer.none_counts_not and says_nobody(text))
    ):
        return 0.0, (0, 1)
    if len(text.split()) < answer.least_words:
        return 0.0, (0, 1)
    if answer.evidence is None:
        return answer.worth, (0, 1)
    match = answer.evidence.search(scene.small)
    if match is None and answer.names_count:
        match = _name_in(scene, names)
    if match is None:
        return (answer.worth_without, (0, 1))
    return answer.worth, match.span()


_WANTS_NONE = re.compile(
    r"\b(?:i|we) (?:don't|do not|dont|wouldn't) (?:want|need) (?:it|them|that|this|any|to \w+ (?:it|them|that|this))\b"
)
_WORDS = re.compile(r"[^\W\d_]{3,}")


def _name_in(scene: _Scene, names: frozenset[str]) -> re.Match[str] | None:
    """Return a name of somebody: one that is known, or a word with a capital inside a sentence."""
    for match in _WORDS.finditer(scene.small):
        if match.group() in names:
            return match
    return re.search(r"(?<=[a-z,'’] )[A-Z][^\W\d_]{2,}", scene.turn.text)


def _add_taken_up(
    found: dict[str, list[Finding]],
    tables: Mapping[str, tuple[Cue, ...]],
    turns: Sequence[Spoken],
    place: int,
    names: frozenset[str],
) -> None:
    """Count what the seller says of the buyer's side where the buyer's next turn clearly confirms it."""
    turn, following = turns[place], turns[place + 1]
    small = even(turn.text)
    if following.side != "buyer" or not confirms(following.text) or not _ABOUT_THEM.search(small):
        return
    scene = _Scene(turn, small, {})
    for kind, table in tables.items():
        one = _judged(kind, table, scene, names)
        if one is not None and kind not in ("champion",) and not _OURS.search(small):
            found[kind].append(
                replace(one, weight=min(_TAKEN_UP, round(one.weight * 0.8, 3)), confirmed=following.position)
            )


_ABOUT_THEM = re.compile(r"\b(?:you|your|so|he|she|they|their|his|her)\b")
_OURS = re.compile(r"\b(?:we|our|i|i'll|we'd|we'll|i'd|us|my|let me|customers)\b")
