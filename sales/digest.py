"""What a talk was about and the sentences that say most of it, found in the talk itself.

Fields of a sale are told by their words (`sales.topics`); what else recurs in the talk makes topics of its own, named by the words that recur. A
sentence weighs by the recurring terms that it brings together, by what it means in a sale (`sales.cues`) and by its figures.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sales.asserting import is_question
from sales.cues import place_of, weigh
from sales.decision_words import process_weight
from sales.pains import pain_weight
from sales.sentences import Sentence, joined, sentences, shortened
from sales.speech import cleaned
from sales.spoken_numbers import numbers_in
from sales.talk import Utterance
from sales.topics import TOPICS
from sales.wording import FUNCTION_WORDS, ORDINARY, content_stems, stem, tokens

MOST_TOPICS = 8
MOST_LINES = 20
_A_TOPIC = 4
_LEAST_WORDS = 6
_MOST_WORDS = 34
_LEAST_OF_A_FIELD = 2
_ALWAYS = ("pains", "decision")
_LEAST_OF_A_TERM = 3
_SALES_LABELS = {
    "pains": "What hurts today",
    "decision": "How they decide",
    "rest": "Also said",
    "value": "Value",
    "competition": "Competition",
    "rollout": "Rollout",
    "privacy": "Data and privacy",
}
_LEANS_BACK = re.compile(
    r"^\W*(?:(?:and|but|so|well|because|which|then|or|yeah|yes|no|okay|right)\b[\s,]*)*(?:that|it|this|these|those|he|she|they|one|both|neither|his|her|their|its|him|them|which)\b(?!(?:['’]s| is| was) (?:why|what|how|where) )",
    re.I,
)
_IDLE = re.compile(
    r"\b(?:thank(?:s| you)|good (?:morning|afternoon|evening)|hello|welcome (?:to|everyone|back)|hear me|mute|unmute|screen|camera|dial(?:ing|ed)? in|recorded|listen[- ]only|operator|press (?:star|\*)|forward[- ]looking|safe harbor|risk factors|press release|webcast|next question (?:comes|is from)|your line is|go ahead|have a (?:great|good|nice)|weekend|weather|bye|goodbye|how are you|nice to (?:meet|see)|congrat\w*|sorry (?:about|for|to)|let me know if|any (?:other )?questions|does that make sense)\b",
    re.I,
)
_PLAIN = frozenset(
    "million billion thousand hundred percent dollar dollars continue expect include improve result results quarter fiscal cuz cause eh least even ever also else still yet much many more most less maybe thing things expert gentleman member honourable hon speaker chair minister mister doctor "
    "thing people guy guys stuff bit lot kind sort point idea example case way sense mind fact word question answer moment minute course problem something anything everything nothing somebody everyone gonna wanna actually basically probably maybe okay yeah really right good great nice bad big small new old different whole same little long high low next last first second third day week month year time today tomorrow number part side end start back look mean feel try talk tell show use call work happen start go come say think know want need like get make take put see give let keep find help ask seem turn move run set change add bring leave hear read write speak wait stay pay play sit hold stop follow open close pick "
    "point move forward slide presentation meeting everybody anybody hopefully obviously certainly definitely exactly absolutely pretty quite rather perhaps".split()
)


@dataclass(frozen=True)
class Point:
    """A sentence, or a stretch of one, in the turn at `position`, and its weight."""

    position: int
    sentence: Sentence
    weight: float


@dataclass(frozen=True)
class Topic:
    """A topic with its points in the order of the talk. `key` is the field's name, or `own:` and the term."""

    key: str
    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class _Unit:
    """A sentence that may stand in a digest."""

    position: int
    sentence: Sentence
    stems: frozenset[str]
    terms: frozenset[str]
    weight: float
    pain: float
    process: float


def digest(turns: Sequence[Utterance]) -> list[Topic]:
    """Return the topics of a talk in the order in which they come up. Empty where nothing of substance was said."""
    salient, terms = _recurring(turns)
    units = [unit for turn in turns for unit in _units(turn, salient, terms)]
    fields = _fields(units) if any(turn.side != "unknown" for turn in turns) else {}
    own = _own_topics([unit for unit in units if unit not in _members(fields.values())], terms)
    groups = {
        **{f"field:{name}": found for name, found in fields.items()},
        **{f"own:{term}": found for term, found in own.items()},
    }
    rest = sorted((unit for unit in units if unit not in _members(groups.values())), key=lambda unit: -unit.weight)
    if rest:
        groups["field:rest"] = rest[:_A_TOPIC]
    return _chosen(groups, terms, turns)


def _members(groups: Iterable[Sequence[_Unit]]) -> set[_Unit]:
    return {unit for group in groups for unit in group}


def _recurring(turns: Sequence[Utterance]) -> tuple[dict[str, float], dict[str, str]]:
    """Return how much each recurring stem weighs, and the terms that may name a topic, by key, as they are mostly written."""
    turns_of: Counter[str] = Counter()
    written: dict[str, Counter[str]] = defaultdict(Counter)
    speakers = {word.casefold() for turn in turns if turn.speaker for word in re.findall(r"\w+", turn.speaker)}
    said = 0
    for turn in turns:
        text = cleaned(turn.text)
        if not text:
            continue
        said += 1
        turns_of.update(content_stems(text))
        previous: tuple[str, str, int] | None = None
        for token in tokens(text):
            plain = (
                token.key in FUNCTION_WORDS
                or bool(numbers_in(token.text))
                or len(token.key) < 3
                or "'" in token.text
                or "’" in token.text
            )
            if plain or token.key in speakers or stem(token.key) in _PLAIN or token.key in _PLAIN:
                previous = None
                continue
            one = stem(token.key)
            written[one][token.text] += 1
            if previous is not None and text[previous[2] : token.start].strip() in ("", "-"):
                written[f"{previous[0]} {one}"][f"{previous[1]} {token.text}"] += 1
            previous = (one, token.text, token.end)
    salient = {}
    for one, count in turns_of.items():
        if count >= 2 and one not in _PLAIN:
            rare = math.log(1 + said / count)
            salient[one] = math.log(1 + count) * rare * (0.45 if one in ORDINARY else 1.0)
    terms = {}
    for key, spellings in written.items():
        count = sum(spellings.values())
        parts = key.split()
        ordinary = all(
            spelling.casefold() in ORDINARY or part in ORDINARY
            for part, spelling in zip(parts, spellings.most_common(1)[0][0].split(), strict=False)
        )
        if count >= (_LEAST_OF_A_TERM if len(parts) == 2 else _LEAST_OF_A_TERM + 1) and not ordinary:
            terms[key] = spellings.most_common(1)[0][0]
    return salient, terms


def _units(turn: Utterance, salient: dict[str, float], terms: dict[str, str]) -> list[_Unit]:
    parts = sentences(turn.text)
    units = []
    for index, one in enumerate(parts):
        stretch = one
        if (
            _LEANS_BACK.match(one.text)
            and index
            and len(parts[index - 1].text.split()) + len(one.text.split()) <= _MOST_WORDS
            and not is_question(parts[index - 1].text)
        ):
            stretch = joined(turn.text, parts[index - 1], one)
        unit = _unit(turn, stretch, one, salient, terms)
        if unit is not None:
            units.append(unit)
    return units


def _unit(
    turn: Utterance, stretch: Sentence, core: Sentence, salient: dict[str, float], terms: dict[str, str]
) -> _Unit | None:
    words = cleaned(stretch.text)
    count = len(words.split())
    if count < _LEAST_WORDS or _IDLE.search(words) or "\n\n" in stretch.text:
        return None
    if is_question(words) and turn.side != "buyer":
        return None
    cue = weigh(core.text, buyer=turn.side != "seller")
    if count > _MOST_WORDS:
        stretch = shortened(stretch, _focus(stretch, salient, cue.strongest), _MOST_WORDS)
        words = cleaned(stretch.text)
        count = len(words.split())
    stems = content_stems(words)
    if len(stems) < 3:
        return None
    weight = sum(sorted((salient.get(one, 0.0) for one in stems), reverse=True)[:6]) / 6
    weight += 0.55 * min(cue.value, 6.0) + 0.5 * min(2, len(numbers_in(words)))
    weight *= (
        (0.75 if _LEANS_BACK.match(words) else 1.0) * (0.7 if is_question(words) else 1.0) * (0.8 if count < 9 else 1.0)
    )
    weight *= 0.75 if _broken(words) else 1.0
    present = _terms_in(words, terms)
    buyer = turn.side == "buyer"
    pain, process = (pain_weight(core.text), process_weight(core.text)) if buyer else (0.0, 0.0)
    return _Unit(turn.position, stretch, stems, present, weight + 0.5 * max(pain, process), pain, process)


def _focus(sentence: Sentence, salient: dict[str, float], cue: object) -> tuple[int, int]:
    """Return the place of a long sentence that it is cut around: its cue, else its weightiest word."""
    place = place_of(sentence.text, cue)  # type: ignore[arg-type]
    if place != (0, 1):
        return place
    best = max(tokens(sentence.text), key=lambda token: salient.get(stem(token.key), 0.0), default=None)
    return (best.start, best.end) if best is not None else (0, 1)


def _broken(words: str) -> bool:
    """Whether speech broke off: no end, or fragments of words in it."""
    return not re.search(r"[.!?][\"”’)]*$", words) or re.search(r"(?<![\w'’])[b-hj-z](?![\w'’.])", words) is not None


def _terms_in(words: str, terms: dict[str, str]) -> frozenset[str]:
    keys = [stem(token.key) for token in tokens(words)]
    pairs = {f"{a} {b}" for a, b in pairwise(keys)}
    return frozenset(term for term in (*keys, *pairs) if term in terms)


def _fields(units: Sequence[_Unit]) -> dict[str, list[_Unit]]:
    """Return the fields of a sale that the talk is about, each with its sentences: a sentence goes to the field that it speaks most of."""
    found: dict[str, list[_Unit]] = defaultdict(list)
    for unit in units:
        if unit.process >= 1.2 or unit.pain >= 1.0:
            found["decision" if unit.process >= unit.pain else "pains"].append(unit)
            continue
        best, most = None, 1
        for topic in TOPICS:
            named = len(unit.stems & topic.names)
            hits = 2 * named + len(unit.stems & (topic.stems - topic.names))
            if hits > most:
                best, most = topic.name, hits
        if best is not None:
            found[best].append(unit)
    return {
        name: group
        for name, group in found.items()
        if name in _ALWAYS or len(group) >= _LEAST_OF_A_FIELD or max(one.weight for one in group) >= 2.2
    }


def _own_topics(units: Sequence[_Unit], terms: dict[str, str]) -> dict[str, list[_Unit]]:
    """Return topics named by what recurs: the term that the weightiest sentences share, then the next among the rest."""
    left, found = list(units), {}
    for _ in range(MOST_TOPICS):
        covered: Counter[str] = Counter()
        held: Counter[str] = Counter()
        for unit in left:
            for term in unit.terms:
                covered[term] += round(100 * unit.weight * (1.35 if " " in term else 1.0))
                held[term] += 1
        best = max(
            (term for term in covered if held[term] >= _LEAST_OF_A_FIELD), key=lambda term: covered[term], default=None
        )
        if best is None:
            break
        found[best] = [unit for unit in left if best in unit.terms]
        left = [unit for unit in left if best not in unit.terms]
    return found


def _chosen(groups: dict[str, list[_Unit]], terms: dict[str, str], turns: Sequence[Utterance]) -> list[Topic]:
    """Choose the weightiest topics and, of each, its weightiest sentences that don't repeat each other."""
    strength = {
        key: sum(sorted((one.weight for one in group), reverse=True)[:_A_TOPIC]) for key, group in groups.items()
    }
    kept = sorted(groups, key=lambda key: (key == "field:rest", -strength[key]))[:MOST_TOPICS]
    taken: list[_Unit] = []
    picked: dict[str, list[_Unit]] = {}
    for key in kept:
        for unit in sorted(groups[key], key=lambda one: -one.weight):
            if len(picked.get(key, ())) >= _A_TOPIC or len(taken) >= MOST_LINES:
                break
            if len(picked.get(key, ())) >= 2 and unit.weight < 0.5 * picked[key][0].weight:
                break
            if not any(_repeats(unit, other) for other in taken):
                picked.setdefault(key, []).append(unit)
                taken.append(unit)
    topics = [
        Topic(
            key.removeprefix("field:"),
            _label(key, terms),
            tuple(
                Point(one.position, one.sentence, one.weight)
                for one in sorted(units, key=lambda one: (one.position, one.sentence.start))
            ),
        )
        for key, units in picked.items()
    ]
    return sorted(topics, key=lambda topic: (topic.key == "rest", topic.points[0].position))


def _repeats(a: _Unit, b: _Unit) -> bool:
    if a.position == b.position and a.sentence.start < b.sentence.end and b.sentence.start < a.sentence.end:
        return True
    return len(a.stems & b.stems) > 0.6 * min(len(a.stems), len(b.stems))


def _label(key: str, terms: dict[str, str]) -> str:
    kind, _, name = key.partition(":")
    if kind == "field":
        return _SALES_LABELS.get(name, name[:1].upper() + name[1:])
    words = terms[name]
    return words[:1].upper() + words[1:]
