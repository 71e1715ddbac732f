"""What a narrative question wants: told by its words, mistyped ones put right first, with how sure that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.mentions import Mentions
from sales.spoken_dates import When, days_in
from sales.topics import Topic, topics_in
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, ORDINARY, WEEKDAY_NAMES, stem, tokens

Intent = Literal[
    "latest",
    "topic",
    "people",
    "promises",
    "outcome",
    "changes",
    "contact",
    "recap",
    "risks",
    "objections",
    "next",
    "check",
    "qualification",
    "open",
]

_INTENT_WORDS = tuple(
    "latest update updates status happening promised promise promises commitments commitment involved stakeholders stakeholder decision champion against opposed blocker blockers "
    "objections objection concerns concern pushback competitor competitors competition pricing security timeline summary summarize summarise recap changed changes since contact "
    "spoke speak heard risks risk outstanding overdue action items takeaways discussed decided agreed meeting latest silent talked mentioned security legal why lost lose".split()
)
_WORDINGS: tuple[tuple[Intent, float, str], ...] = (
    ("qualification", 0.95, r"\b(?:medd?d?picc?|bant|qualification|un?qualified|qualified|how (?:well )?(?:is|are|was) .{1,60} qualif\w+)\b|\bspin (?:selling|qualif\w+|framework|elements?)\b|\b(?:by|for|in|with) spin\b"),
    ("risks", 0.9, r"\bwhy (?:won'?t|can'?t|isn'?t|hasn'?t|haven'?t|don'?t|doesn'?t|aren'?t|wouldn'?t|couldn'?t|is it not|has it not|are they not|not)\b"),
    ("changes", 0.9, r"\bhow (?:often|many times)\b.*\b(?:mov|slip|chang|push)\w*|\b(?:has|have|did) .{0,40}\b(?:close date|amount|stage|forecast)\b.{0,30}\b(?:mov|slip|chang|push)\w*"),
    ("check", 0.9, r"\b(?:crm|forecast|we have (?:in the system|down))\b.*\b(?:agree|disagree|match\w*|right|wrong|correct|differ\w*|true|accurate|say|says|realistic)\b|\b(?:really|actually|realistic\w*|truly) (?:worth|closing|going to close|close|be|in|at|a commit)\b|\bis .{2,60} (?:real|realistic|accurate|right|still true|in line)\b(?! (?:with (?:us|them)|now))"),
    ("outcome", 0.95, r"\bwhy (?:did|do|have|has|was|were|is|are|'d)? ?(?:we|they|it|us|\w+(?: \w+){0,4}?) ?(?:been )?(?:win|won|lose|lost|losing|winning|choose|chose|chosen|buy|bought|sign|signed|pick|picked|select|selected|reject|rejected|decline|declined|go with|went with|go for|go to|went to|gone to|decide|decided|say no|said no|say yes)\b"),
    ("outcome", 0.9, r"\b(?:reasons? (?:for|we|why|that|behind|of)(?: the| our| this)? (?:win|won|loss|lost|losing|winning|decision|defeat)|(?:win|loss|lost|won) reasons?|what (?:made (?:them|us) (?:win|lose|buy|sign|choose|say)|convinced|won (?:us|it|them)|lost (?:us|it)|cost us|killed|tipped|decided it|sank)|how (?:did|come) we (?:win|won|lose|lost)|what went (?:wrong|right|well)|lessons? (?:from|learn\w*))\b"),
    ("promises", 0.95, r"\b(?:promis\w*|(?:open|outstanding|unkept|broken|overdue|made|any|our|their) commitments?|commit(?:ted)? to (?:do|send|us|them|deliver)|(?:do|did) (?:we|i|they) (?:still )?owe|owe[sd]? (?:them|us|him|her|you|me|anything|\w+ (?:an?|the) )|owes|open (?:items|actions?|asks?|loops?|to-?dos?|points|promises)|action items?|to-?do'?s?|outstanding|unanswered|waiting (?:on|for) (?:us|me|from us|our)|(?:what|anything) (?:did|do|have|are) (?:we|i|they) (?:say|said|offer|agree|supposed|meant) (?:we|i|they|to)(?:'d| would|'ll| will)?\b.*\b(?:do|send|get|deliver)?|follow[- ]?ups? (?:open|due|do|did|are|overdue|pending)|still (?:have to|need to|to) (?:do|send|deliver|answer)|not (?:yet )?(?:done|delivered|sent|answered))\b"),
    ("contact", 0.95, r"\b(?:when (?:did|was|have|has|were)(?: we| i| they| the| our| anyone| somebody| someone| \w+){0,4} (?:last|latest|most recent)\b|(?:last|latest|most recent) (?:contact|touch(?:point)?|time (?:we|i|they)|conversation with|word|interaction|activity)|how long (?:ago|since|has it been|have we)|(?:when|how recently) did (?:we|i|they|anyone|\w+) (?:last )?(?:speak|talk|hear|meet|call|write|reply|respond|contact)|last (?:spoke|talked|heard|met|wrote|replied|contacted)|have we (?:heard|spoken|talked) (?:back )?(?:to|from|with))\b"),
    ("recap", 0.9, r"\b(?:summar\w*|recap|minutes|debrief|takeaways?|key points?|highlights?|run me through|walk me through|what (?:happened|was (?:said|discussed|decided|agreed|covered)|did (?:we|they) (?:discuss|decide|agree|cover|talk about)|came (?:out|up)|came of)|how did|how was|outcome of|notes? (?:from|of|on))\b.*\b(?:calls?|meetings?|conversation|demo|session|review|discussion|kick-?off|visit)\b|\b(?:last|latest|previous|recent|first|yesterday'?s) (?:call|meeting|conversation|demo)\b(?! (?:date|time))"),
    ("changes", 0.9, r"\b(?:what(?:'s| is| has|s)? ?(?:has |have )?(?:been )?(?:changed|different|moved|new since|happened since|happening since)|changes?\b.*\b(?:since|in the last|over the|this|last)|changed (?:since|in|on|at|about)|since (?:my|our|the|i|we|last|yesterday|monday|tuesday|wednesday|thursday|friday|\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|change history|how (?:has|have|did) .* (?:changed?|moved?|evolved?))"),
    ("people", 0.9, r"\b(?:who(?:'s| is| are| was| were|s)?(?: all)?(?: else)? (?:all )?(?:involved|in (?:the|this|that|it|favou?r|on)|on (?:the|their|board|our side)|the (?:champion|decision|economic|buyer|blocker|main|key|contact|sponsor|detractor|lawyer|cfo|signer)|our (?:champion|contact|sponsor|supporter)|against|for (?:us|it)|opposed|opposing|blocking|skeptical|sceptical|supporting|behind|part of|there|at the table|part|deciding|signing|responsible|important)|who\b.{0,30}\b(?:(?<!up )against|opposed|skeptical|sceptical|in favou?r)\b|who (?:signs|decides|approves|has to|needs to|must|can|could|will|would|might|matters|opposes|supports|blocks|doubts|objects|likes|wants|do we know|should (?:i|we) (?:talk|speak|involve))|stakeholders?|buying (?:committee|group|cent(?:er|re)|team)|decision[- ]?makers?|org(?:anisation|anization)? ?chart|(?:the|our|their|any|a) (?:champion|detractors?|blockers?|sponsor|economic buyer)s?\b|which people|people (?:involved|in)|who'?s who)\b"),
    ("people", 0.6, r"\bwho(?:'s| is| are|s)? (?:the|their|our|his|her) \w+"),
    ("objections", 0.9, r"\b(?:objection\w*|push(?:ed|ing)?[- ]?back|concerns?|worr(?:y|ied|ies)|hesita\w+|complain\w*|complaints?|unhappy|reservations?|doubts?|don'?t (?:they )?like|criticis\w+|criticiz\w+|skepticism|scepticism|what bothers|issues? (?:do|did) they)\b"),
    ("risks", 0.9, r"\b(?:risks?|at risk|risky|danger\w*|red flags?|warning signs?|threat\w*|what (?:could|can|might|would) (?:go wrong|stop|kill|block|derail|sink)|(?:what|who)(?:'s| is|s)? (?:blocking|holding|stopping|in the way|delaying|stuck)|blockers?|blocked|stuck|stalled|why (?:is|are|has) .* (?:stuck|slipping|stalled|silent|quiet|delayed|not (?:closed|signed|moving))|slip(?:s|ped|ping)?|in trouble|should i (?:be )?worr\w+|health of|how likely|will .* (?:close|sign|happen))\b"),
    ("next", 0.9, r"\b(?:next (?:step|steps|action|actions|move|moves|meeting|call|thing)|what(?:'s| is|s)? next|what (?:should|do|must|can) (?:i|we) (?:do|say|send)(?: now| next)?|what now|to do (?:next|now)|how (?:should|do) (?:i|we) (?:proceed|continue|follow up)|when (?:is|are) (?:the|our) next)\b"),
    ("open", 0.7, r"\bwhere (?:did|has|have|is|does|will|would|are|was)\b(?! (?:we|things|it|they|this|that) (?:stand|at|now|with|leave))"),
    ("latest", 0.85, r"\b(?:latest|newest|news|what(?:'s| is|s| has)? (?:been )?(?:new|up|going on|happening|happened|the (?:status|state|story|situation|deal|word|score|latest|news))|status|state of|updates?|where (?:are|do|did) (?:we|things|it|they) (?:at|stand|now|leave)|where (?:is|are) .* (?:at|now|standing)|how(?:'s| is| are|s)\b.*\b(?:going|doing|looking|coming|progressing|it|deal|account|things|they|we)\b|catch me up|(?:brief|fill|update) me|bring me up|up to speed|tell me (?:about|everything|all)|overview|anything (?:new|from|happening|on)|situation (?:with|at|on)|give me (?:the|a|an) (?:\w+ )?(?:brief|briefing|rundown|status|update|overview|background|picture)|what do (?:we|you) know about|prepare me for|prep(?:are)? (?:me )?for)\b|\bhow (?:is|are|'s)\b"),
    ("topic", 0.85, r"\b(?:say|said|says|saying|write|writes|wrote|written|writing|mention\w*|talk(?:ed|ing|s)?|thinks?|thoughts?|feels?|felt|ask(?:ed|s|ing)?|told|tells?|hear[d]?|comment\w*|stance|position|opinion|views?|discuss\w*|brought up|bring up|come up|came up|raise[ds]?|respond\w*|react\w*|answer\w*|reply|replied|explain\w*|demand\w*|want(?:s|ed)?|need(?:s|ed)?|require\w*|request\w*|insist\w*|quote[sd]?|words on|claim\w*)\b"),
)  # fmt: skip
_PATTERNS = tuple((intent, sure, re.compile(pattern, re.I)) for intent, sure, pattern in _WORDINGS)
_FRAME = frozenset(
    stem(word)
    for word in (
        "latest update updates status happening happened new news going deal deals account accounts say said says mention mentioned talk talked discuss discussed tell told think thought feel felt ask asked "
        "anything something everything summary summarize summarise recap promise promised open involve involved risk risks objection objections concern concerns next step steps last call calls meeting meetings "
        "mail mails email emails contact speak spoke spoken heard hear change changed since why win won lose lost reason reasons people person company customer client buyer they them their we our us about "
        "regarding quick give show list find please brief briefing overview want wants need needs know stand situation story state side point points thing things topic question answer main key current "
        "write wrote written writes last thing long late lately ready soon customers buyers clients prospects companies dollar dollars euro euros pound pounds crm agree agrees allowed currently recent recently yet already still ever exactly stuff info information details detail context exact quote quotes words come came up bring brought raise raised per according"
    ).split()
)
_PLAIN_STEMS = frozenset(stem(word) for word in ORDINARY)
_ORDINARY_BY_LETTER = {
    letter: tuple(sorted(word for word in ORDINARY if word[0] == letter and len(word) > 3))
    for letter in {word[0] for word in ORDINARY}
}
_TIMELESS = re.compile(
    r"\b(?:over (?:the )?(?:whole )?time|so far|to date|up to now|until now|in total|all in all)\b", re.I
)
_FIGURES = frozenset("numbers figures amounts".split())
_SINCE = re.compile(
    r"\b(?:since|after|from|as of|over the (?:last|past)|in the (?:last|past)|(?:this|last|past) (?:week|month|quarter|year))\b(?P<rest>.{0,40})",
    re.I,
)


@dataclass(frozen=True)
class Wanted:
    """What a narrative question wants. `rest` are the words that carry its own topic; `topics` known fields of talk that it touches.

    `by_us` is True for what our side said or promised, False for the buyer's, None for both. `verbs` are those of the words that only say what is
    done ("be stored", "did they offer"): an answer often says it otherwise.
    """

    intent: Intent
    sure: float
    text: str
    rest: tuple[str, ...]
    topics: tuple[Topic, ...]
    since: date | None = None
    by_us: bool | None = None
    verbs: frozenset[str] = frozenset()


def mended(text: str, spoken: frozenset[str] = frozenset()) -> str:
    """Put right mistyped words of asking (`lates`, `promissed`, `abuot`), leaving names, known words and what is `spoken` in the company alone."""
    out, at = [], 0
    for token in tokens(text):
        key = token.key
        known = (
            key in ORDINARY
            or key in MONTH_NAMES
            or key in WEEKDAY_NAMES
            or token.capital
            or len(key) < 5
            or not key.isalpha()
            or stem(key) in _PLAIN_STEMS
            or key in spoken
        )
        if known or key in _INTENT_WORDS:
            continue
        near = _nearest(key, _INTENT_WORDS) or _nearest(key, _ORDINARY_BY_LETTER.get(key[0], ()))
        if near is not None:
            out.append(text[at : token.start] + near)
            at = token.end
    return "".join(out) + text[at:]


def _nearest(key: str, words: Sequence[str]) -> str | None:
    found = process.extractOne(key, words, scorer=OSA.distance, score_cutoff=1 if len(key) < 8 else 2)
    return found[0] if found is not None and found[0][0] == key[0] else None


def wanted(text: str, mentions: Mentions, today: date, spoken: frozenset[str] = frozenset()) -> Wanted:
    """Tell what a question wants, from its words without the names in it. `spoken` are those of its words that calls and mails hold: no mistakes in typing."""
    bare = _without(text, mentions)
    mended_text = _TIMELESS.sub(" ", mended(bare, spoken)).replace("’", "'")
    rest = _rest(mended_text)
    topics = topics_in(mended_text)
    intent, sure = _intent(mended_text, rest, topics, mentions)
    by_us = _side(mended_text)
    return Wanted(intent, sure, mended_text, rest, topics, _since(mended_text, today), by_us, _verbs(mended_text))


def _without(text: str, mentions: Mentions) -> str:
    """Blank the names out, so that "Will" or "Summit" is not read as a word; each leaves a stand-in."""
    for mention in sorted(mentions.found, key=lambda one: -one.start):
        if not mention.from_thread and mention.end > mention.start and mention.best.kind not in ("product", "team"):
            text = f"{text[: mention.start]}Xx{text[mention.end :]}" if mention.end <= len(text) else text
    return text


def _rest(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            token.key
            for token in tokens(text)
            if token.key not in FUNCTION_WORDS
            and token.key != "xx"
            and stem(token.key) not in _FRAME
            and len(token.key) > 1
            and token.key not in WEEKDAY_NAMES
        )
    )


def _intent(text: str, rest: tuple[str, ...], topics: tuple[Topic, ...], mentions: Mentions) -> tuple[Intent, float]:
    own = [word for word in rest if not _is_time(word)]
    for intent, sure, pattern in _PATTERNS:
        match = pattern.search(text)
        if match is None:
            continue
        beyond = [word for word in own if word not in match.group().casefold()]
        if intent == "latest" and beyond:
            return "topic", 0.7
        if intent == "open" and not own and mentions.of("contact"):
            return "latest", 0.7
        if intent in ("people", "recap", "risks", "next", "objections") and len(beyond) > 2:
            return "open", 0.55
        if intent in ("objections", "outcome") and mentions.of("contact") and (beyond or intent == "outcome"):
            # What bothers one person about one thing, why one of them said yes: their own words on it.
            return "topic", 0.7
        if intent == "topic" and not own and not topics:
            if re.search(r"\babout\s+Xx\b", text) and len(mentions.found) > 1:
                return "topic", 0.7
            if mentions.of("contact") or mentions.of("user") or mentions.unknown_names:
                return ("latest", 0.6) if not mentions.of("account") and mentions.of("contact") else ("topic", 0.6)
            return ("latest", 0.6) if mentions.found else ("open", 0.4)
        return intent, sure
    if not own and mentions.found:
        return "latest", 0.75
    return "open", 0.5 if own else 0.2


_BEFORE_VERB = frozenset(
    "to will would can could should shall may might must not never we they you he she i it wont dont didnt doesnt cant xx who".split()
)
_BE = frozenset("be been being is are was were get gets got isnt arent wasnt werent".split())
_BEFORE_BASE = re.compile(r"\b(?:did|do|does|will|would|can|could|should|has|have|had|is|are|was|were)\b", re.I)


def _verbs(text: str) -> frozenset[str]:
    """Tell the verbs of a question by what stands before them: "be stored", "we claim", "did Acme offer"."""
    found = set()
    words = tokens(text)
    asks = _BEFORE_BASE.search(text) is not None
    for before, word in pairwise(words):
        if word.key in FUNCTION_WORDS:
            continue
        named = before.key == "xx" or (before.capital and before.start > 0)
        after_be = before.key in _BE and (word.key.endswith(("ed", "en", "ing", "t", "n")) or word.key in ORDINARY)
        follows_subject = (
            (before.key in _BEFORE_VERB and before.key != "xx") or after_be or (named and asks and not word.capital)
        )
        past = word.key.endswith("ed") and before.key in ORDINARY and before.key not in ("a", "an", "the")
        if follows_subject or past:
            found.add(word.key)
    # How quickly, how accurate: what is asked for is the measure, and an answer gives it without the word.
    found.update(word.key for before, word in pairwise(words) if before.key == "how")
    found.update(word.key for word in words if word.key.endswith(("able", "ible")) and len(word.key) > 6)
    found.update(word.key for word in words if word.key in _FIGURES)
    return frozenset(found)


def _is_time(word: str) -> bool:
    return (
        word in MONTH_NAMES
        or word in WEEKDAY_NAMES
        or word.isdigit()
        or word in ("week", "month", "quarter", "year", "today", "yesterday", "day", "days", "ago", "weeks", "months")
    )


def _side(text: str) -> bool | None:
    if re.search(
        r"\b(?:did|do|have|had|are|were) (?:we|i)\b|\b(?:we|i)(?:'ve| have| had)? (?:promise|promised|owe|commit|said|offer|agreed|told)|\bour (?:promises|commitments|open)|\bby us\b|\bon our side\b",
        text,
        re.I,
    ):
        return True
    if re.search(
        r"\b(?:did|do|have|had|are|were|has) (?:they|xx|he|she|the (?:buyer|customer|client))\b|\bthey(?:'ve| have| had)? (?:promise|owe|commit|said)|\btheir (?:promises|commitments)|\bby them\b|\bon their side\b",
        text,
        re.I,
    ):
        return False
    return None


def _since(text: str, today: date) -> date | None:
    """Return the day from which on changes are asked for."""
    match = _SINCE.search(text)
    if match is None:
        return None
    phrase = match.group().casefold()
    if "yesterday" in phrase:
        return today - timedelta(days=1)
    span = re.search(
        r"(?:last|past)\s+(?P<n>\d{1,3}|two|three|four|few|couple of)?\s*(?P<unit>day|week|month|quarter|year)s?",
        phrase,
    )
    if span is not None:
        counts = {"two": 2, "three": 3, "four": 4, "few": 3, "couple of": 2}
        said = span["n"] or "1"
        count = int(said) if said.isdigit() else counts[said]
        return today - timedelta(
            days=count * {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[span["unit"]]
        )
    if "this week" in phrase:
        return today - timedelta(days=today.weekday())
    if "this month" in phrase:
        return today.replace(day=1)
    for when in days_in(match["rest"], today):
        return _behind(when, match["rest"][when.start : when.end], today)
    return None


def _behind(when: When, words: str, today: date) -> date:
    """Return the last such day that is not ahead: what is asked about has happened."""
    day = when.first
    if words.casefold().strip()[:3] in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        return today - timedelta(days=(today.weekday() - day.weekday()) % 7 or 7)
    while day > today:
        if re.fullmatch(r"(?:the |by |on )*\d{1,2}(?:st|nd|rd|th)", words.strip(), re.I):
            day = (day.replace(day=1) - timedelta(days=1)).replace(day=min(day.day, 28))
        else:
            day = day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)
    return day
