"""Which sentences answer: by the words of the question and its field of talk, what kind of answer it wants, and who was asked about."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from agents.narrative.case import Piece
from agents.narrative.speech import Heard
from sales.cues import Cue, weigh
from sales.sentences import Sentence, is_signature, sentences
from sales.spoken_dates import days_in
from sales.spoken_numbers import Spoken, numbers_in
from sales.topics import Topic
from sales.wording import ORDINARY, content_stems, stem

WANTS_NUMBER = re.compile(
    r"\bhow (?:much|many|long|old|big|large|fast|often|far)\b|\bwhat (?:price|amount|number|percent\w*|share|rate|discount|budget|cost)\b|\bwhich (?:price|amount|number|discount)\b"
    r"|\bwhat(?:'s| is| was|s) (?:the|their|our|its) (?:\w+ ){0,2}(?:price|amount|budget|discount|cost|fee|number|percentage|share)\b|\bin (?:dollars|euros|pounds|percent)\b"
    r"|\b(?:what|which|all|any) (?:the |of the |of their |other )?(?:\w+ )?(?:numbers|figures|amounts|prices)\b",
    re.I,
)
_WANTS_MONEY = re.compile(
    r"\bhow much (?:did|does|do|is|was|were|are|would|will|money|budget|discount|it|we|they)\b|\b(?:what|which)(?:'s| is| was)? ?(?:the|their|our|its)? ?(?:\w+ ){0,2}(?:price|amount|budget|discount|costs?|fees?)\b|\bin (?:dollars|euros|pounds)\b",
    re.I,
)
_COUNTED = re.compile(r"\bhow many (?P<noun>[^\W\d_]+)", re.I)
_WANTS_DAY = re.compile(
    r"\bwhen\b|\bwhat (?:day|date|month|quarter|year)\b|\bby which\b|\bdeadline\b|\bhow soon\b", re.I
)
_WANTS_REASON = re.compile(r"\bwhy\b|\breasons?\b|\bhow come\b|\bbecause of what\b", re.I)
_REASON = re.compile(
    r"\b(?:because|since|so that|reason|that['’]s why|due to|therefore|otherwise|for me it was|decided|convinced)\b",
    re.I,
)


_PASSAGE, _SPEAKS, _NUMBER, _MONEY, _BECAUSE = 1.1, 1.1, 0.45, 0.75, 0.6
"""What a sentence gains by its passage's rank, by who says it, by a number, money or a reason where one is asked for."""
_REPLY, _REPLY_CHARS = 0.85, 240
"""The share of a question's words, put by the turn before, that count for the reply; what begins so near the start of a turn still is one."""


_CUES: tuple[tuple[re.Pattern[str], frozenset[Cue]], ...] = (
    (
        re.compile(
            r"\b(?:s[ck]eptic\w*|doubt\w*|against|oppos\w+|worr\w+|concern\w*|hesita\w*|unhappy|reluctan\w*|object\w*|dislik\w*|afraid|problems?|issues?)\b",
            re.I,
        ),
        frozenset({"objection", "refusal", "blocker"}),
    ),
    (
        re.compile(
            r"\b(?:conditions?|requirements?|demands?|requests?|wants?|needs?|asks?|asked|insists?|expects?|must[- ]haves?|wish\w*)\b",
            re.I,
        ),
        frozenset({"demand", "blocker"}),
    ),
    (
        re.compile(
            r"\b(?:in the way|waiting|blocked|blocking|stuck|stop\w*|hold\w*|before (?:they|he|she|we|signing|the))\b",
            re.I,
        ),
        frozenset({"blocker", "demand", "decision"}),
    ),
    (
        re.compile(r"\b(?:convinc\w*|happy|likes?|loves?|positive|in favou?r|say yes|said yes|agreed?)\b", re.I),
        frozenset({"positive", "decision", "refusal"}),
    ),
    (
        re.compile(r"\b(?:up against|competing|competition|competitors?|on the table|alternatives?)\b", re.I),
        frozenset({"competitor"}),
    ),
)
_CUES += (
    (
        re.compile(
            r"\bwhere (?:did|has|is) .*\b(?:go|gone|now|work\w*)\b|\b(?:leaves?|leaving|left|quit|replac\w+|success\w*|joined|new (?:job|role))\b",
            re.I,
        ),
        frozenset({"departure"}),
    ),
)
_CUE_WORD = re.compile(
    r"(?:s[ck]eptic|doubt|oppos|worr|concern|hesita|unhapp|reluctan|object|condition|requirement|requir|demand|request|wish|convinc|happy|positiv|problem|issu|compet|reason|wait|tabl|way)"
)


@dataclass(frozen=True)
class Sought:
    """What is looked for: the question's own stems (`soft` are its verbs), its fields of talk, names that must be there, and people whose words are wanted."""

    text: str
    stems: frozenset[str]
    topics: tuple[Topic, ...] = ()
    rivals: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    by_us: bool | None = None
    soft: frozenset[str] = frozenset()
    numbers: frozenset[Decimal] = frozenset()
    products: frozenset[str] = frozenset()

    @property
    def cues(self) -> frozenset[Cue]:
        """What kind of sentence the question asks for, where its words say so (`why so sceptical`, `what are the conditions`)."""
        return frozenset[Cue]().union(*(cues for pattern, cues in _CUES if pattern.search(self.text)))

    @property
    def hard(self) -> frozenset[str]:
        """The stems that an answer can't do without: no verbs, no words that stand for a kind of sentence."""
        return frozenset(one for one in self.stems - self.soft if not _CUE_WORD.match(one))

    @property
    def topical(self) -> frozenset[str]:
        """All stems of the fields of talk, and the competitors where they are asked about."""
        stems = frozenset[str]().union(*(topic.stems for topic in self.topics)) if self.topics else frozenset()
        if any(topic.name == "competition" for topic in self.topics):
            stems |= {stem(word) for rival in self.rivals for word in rival.split()}
        return stems


@dataclass(frozen=True)
class Match:
    """A sentence and how well it answers. `coverage` is the weighted share of the question's words that it and its turn hold, 0 to 1."""

    heard: Heard
    sentence: Sentence
    value: float
    coverage: float
    topical: int

    @property
    def piece(self) -> Piece:
        """The piece that the sentence stands in."""
        return self.heard.piece


def matches(sought: Sought, heard: Sequence[Heard], now: datetime) -> list[Match]:
    """Return the sentences of what was heard, best first; those without any bond to the question are left out."""
    turns = [content_stems(one.piece.text) for one in heard]
    weights = _weights(sought.stems, sought.hard, turns)
    topical = sought.topical
    found: list[Match] = []
    for i, one in enumerate(heard):
        if one.piece.happening.automatic:
            continue
        of_call = [
            j for j in (i - 1, i + 1) if 0 <= j < len(heard) and heard[j].piece.happening.id == one.piece.happening.id
        ]
        around = turns[i].union(*(turns[j] for j in of_call))
        asked = _asked_before(heard[i - 1] if i else None, one)
        bond = _Bond(sought, weights, topical, turns[i], around, asked, one)
        personal = _personal(sought, one.piece) + _recency(sought, one.piece, now)
        for sentence in sentences(one.piece.text):
            match = bond.of(sentence)
            if match is not None:
                bonus = _kind_bonus(sought, sentence, one.piece) + _weight_bonus(sought, one.piece, sentence)
                found.append(replace(match, value=match.value + personal + bonus))
    return sorted(
        found, key=lambda match: (-match.value, match.piece.happening.id, match.piece.order, match.sentence.start)
    )


class _Bond:
    """How the sentences of one piece are bound to the question: by their own words, their turn's, their neighbours'."""

    def __init__(
        self,
        sought: Sought,
        weights: dict[str, float],
        topical: frozenset[str],
        turn: frozenset[str],
        around: frozenset[str],
        asked: frozenset[str],
        heard: Heard,
    ) -> None:
        self._weights = weights
        self._topical = topical
        self._heard = heard
        self._total = sum(weights.values())
        self._in_turn = sum(weights[word] for word in weights.keys() & turn)
        self._nearby = sum(weights[word] for word in weights.keys() & around)
        self._asked = sum(weights[word] for word in weights.keys() & (turn | asked))
        # A mail says many things; its other sentences tell less of one than the rest of a turn does.
        self._turn_share = 0.45 if heard.piece.turn is not None else 0.2
        names = frozenset[str]().union(*(one.names for one in sought.topics)) if sought.topics else frozenset()
        self._all_topical = bool(topical) and not sought.hard - names

    def of(self, sentence: Sentence) -> Match | None:
        own = content_stems(sentence.text)
        direct = sum(self._weights[word] for word in self._weights.keys() & own)
        of_topic = len(self._topical & own)
        loose = direct == 0 and of_topic == 0 and self._heard.score == 0
        if loose or len(sentence.text.split()) < 2 or is_signature(sentence.text):
            return None
        rest, beside = self._in_turn - direct, self._nearby - self._in_turn
        replied = max(0.0, self._asked - self._in_turn) if sentence.start < _REPLY_CHARS else 0.0
        relevance = (
            (direct + self._turn_share * rest + max(0.25 * beside, _REPLY * replied)) / self._total
            if self._total
            else 0.0
        )
        coverage = (direct + 0.8 * rest + 0.6 * beside) / self._total if self._total else 0.0
        if self._all_topical and of_topic:
            # A question about a field of talk alone is answered by any of that field's words.
            relevance = max(relevance, 0.75 if of_topic == 1 else 1.0)
        value = 2.2 * relevance + (0.55 * min(2, of_topic) if self._topical else 0.0) + _PASSAGE * self._heard.score
        return Match(self._heard, sentence, value, coverage, of_topic)


def _asked_before(before: Heard | None, one: Heard) -> frozenset[str]:
    """Return the words of a question that the turn just before put to whoever speaks: what they then say is its answer."""
    if before is None or before.piece.happening.id != one.piece.happening.id or one.piece.turn is None:
        return frozenset()
    if before.piece.order != one.piece.order - 1 or before.piece.speaker == one.piece.speaker:
        return frozenset()
    asking = [part.text for part in sentences(before.piece.text) if part.text.rstrip().endswith("?")]
    return content_stems(" ".join(asking)) if asking else frozenset()


def _weights(stems: frozenset[str], hard: frozenset[str], turns: Sequence[frozenset[str]]) -> dict[str, float]:
    """Rarer words of the question weigh more; a word that nobody said weighs most, since an answer can hardly do without it;
    verbs, which have many other words, weigh little, and nothing where nobody used them."""
    counts = Counter(word for turn in turns for word in turn & stems)
    return {
        word: math.log(1.6 + len(turns) / (1 + counts[word])) * (1.0 if word in hard else 0.35)
        for word in stems
        if word in hard or counts[word]
    }


def _personal(sought: Sought, piece: Piece) -> float:
    if not sought.people:
        return (
            {"buyer": 0.25, "unknown": 0.2}.get(piece.side, 0.0)
            if sought.by_us is not True
            else (0.5 if piece.side == "seller" else 0.0)
        )
    if _speaks(sought, piece):
        return _SPEAKS
    return 0.5 * _SPEAKS if concerns(sought, piece) else -0.5


def _speaks(sought: Sought, piece: Piece) -> bool:
    spoken = (piece.speaker or "").casefold()
    return any(name in spoken for name in sought.people)


def concerns(sought: Sought, piece: Piece) -> bool:
    """Whether a piece is by one of the people asked about, or names one of them."""
    if _speaks(sought, piece):
        return True
    said = piece.text.casefold()
    return any(
        re.search(rf"\b{re.escape(part)}\b", said) for name in sought.people for part in name.split() if len(part) > 2
    )


def _kind_bonus(sought: Sought, sentence: Sentence, piece: Piece) -> float:
    bonus = 0.0
    told = [number for number in numbers_in(sentence.text) if is_figure(number)]
    if _WANTS_MONEY.search(sought.text) and any(number.kind in ("money", "percent") for number in told):
        bonus += _MONEY
    elif WANTS_NUMBER.search(sought.text) and told:
        bonus += _NUMBER
    if sought.numbers and any(
        number.value in sought.numbers or number.value * 1000 in sought.numbers for number in told
    ):
        bonus += 0.7
    if _WANTS_DAY.search(sought.text) and days_in(sentence.text, piece.at.date()):
        bonus += 0.5
    if _WANTS_REASON.search(sought.text) and _REASON.search(sentence.text):
        bonus += _BECAUSE
    if sentence.text.rstrip().endswith("?"):
        bonus -= 0.35
    return bonus


def _weight_bonus(sought: Sought, piece: Piece, sentence: Sentence) -> float:
    weight = weigh(sentence.text, buyer=piece.side != "seller", rivals=sought.rivals)
    bonus = min(0.7, 0.17 * weight.value) + (0.5 if weight.cues & sought.cues else 0.0)
    words = len(sentence.text.split())
    return bonus - (0.5 if words < 4 else 0.2 if words < 6 else 0.0)


_LATELY = re.compile(
    r"\b(?:lately|recent(?:ly)?|latest|last|newest|this (?:week|month)|now|today|yesterday|currently|just)\b", re.I
)


def _recency(sought: Sought, piece: Piece, now: datetime) -> float:
    """Newer words count more; much more where the question asks for what is recent."""
    days = max(0.0, (now - piece.at).total_seconds() / 86_400)
    lately = _LATELY.search(sought.text) is not None
    return float((1.0 if lately else 0.3) * 0.5 ** (days / (20 if lately else 60)))


def is_figure(number: Spoken) -> bool:
    """Whether a number tells an amount of something: `one`, `a second` and the like don't."""
    return number.kind != "plain" or not number.in_words or number.value > 2


def lacks_its_number(sought: Sought, found: Sequence[Match]) -> bool:
    """Whether a question asks for a number that none of the sentences found gives: beside what is counted, or beside the names in it."""
    if not WANTS_NUMBER.search(sought.text):
        return False
    counted = _COUNTED.search(sought.text)
    if counted and (noun := stem(counted["noun"].casefold())) in sought.stems:
        return not any(
            _counts(match.sentence.text, noun) or _replies_with_number(match, noun, found) for match in found[:14]
        )
    money = _WANTS_MONEY.search(sought.text) is not None
    names = frozenset(one for one in sought.hard if one not in PLAIN_STEMS)
    for match in found[:14]:
        told = [number for number in numbers_in(match.sentence.text) if is_figure(number)]
        if money:
            told = [number for number in told if number.kind != "plain" or number.value >= 20]
        near = content_stems(match.piece.text) | content_stems(match.piece.happening.subject or "")
        if told and (not names or names & near):
            return False
    return True


def _counts(text: str, noun: str) -> bool:
    """Whether a number is followed by a noun, at most two words between."""
    return any(noun in content_stems(" ".join(text[number.end :].split()[:3])) for number in numbers_in(text))


def _replies_with_number(match: Match, noun: str, found: Sequence[Match]) -> bool:
    """Whether a sentence is a short reply with a number to words in which the noun stands."""
    if len(match.piece.text.split()) > 9 or not numbers_in(match.piece.text):
        return False
    before = (match.piece.happening.id, match.piece.order - 1)
    return any(
        (other.piece.happening.id, other.piece.order) == before and noun in content_stems(other.piece.text)
        for other in found
    )


PLAIN_STEMS = frozenset(stem(word) for word in ORDINARY)


def lacks_a_name(sought: Sought, said: frozenset[str]) -> bool:
    """Whether a noun that is no ordinary word is missing from everything that was found."""
    return any(len(one) > 3 and one not in PLAIN_STEMS and not _is_said(one, said) for one in sought.hard)


def _is_said(one: str, said: frozenset[str]) -> bool:
    """Whether a word is said, in this form or a near one: savings and saved, approval and approve."""
    root = one[: max(5, len(one) - 3)]
    return (
        one in said
        or stem(one) in said
        or any(other.startswith(root) and abs(len(other) - len(one)) <= 3 for other in said)
    )
