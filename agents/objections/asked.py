"""Being asked about objections at large: which came up, how often, what answers worked, which ones lose deals, who handles them best."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from agents.mentions import Mentions
from agents.objections.library import Before
from agents.objections.outcomes import Looked
from agents.question import Question
from agents.structured.lexer import tokens_of
from agents.structured.span import Span
from agents.structured.windows import WindowReader
from infra.settings import Settings
from sales.fiscal import FiscalCalendar, Window
from sales.objection_words import quoted_in, topic_named
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, WEEKDAY_NAMES, stem, tokens

Kind = Literal["counts", "answers", "losing", "people"]

USUAL_DAYS = 90
"""How far back counts look where no time is named: ours, a quarter."""
_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)
_OBJECTIONS = r"(?:objections?|push[- ]?backs?|(?:object(?:ing|ed)?|push(?:ing|ed)?[- ]back)\s+(?:to|on|about|against))"
_WHO = re.compile(
    rf"\bwho\b(?:'s| is| are)?.*\b(?:handl\w+|answer\w*|deal\w* with|respond\w*|overcom\w*|counter\w*|good|better|best|worst)\b.*\b{_OBJECTIONS}\b",
    re.I,
)
_LOSING = re.compile(
    rf"\b{_OBJECTIONS}\b.*\b(?:los(?:e|es|ing|t)|cost(?:s|ing)?|kill(?:s|ed|ing)?|sinks?|sank|hurt(?:s|ing)?|break|stop(?:s|ped)?)\b|\b(?:los(?:e|es|ing|t)|cost(?:s|ing)?|kill(?:s|ed|ing)?)\b.*\b{_OBJECTIONS}\b",
    re.I,
)
_ANSWERING = r"(?:answer(?:ed)?|handled?|respond(?:ed)?(?: to)?|repl(?:y|ied)(?: to)?|react(?:ed)?(?: to)?|counter(?:ed)?|overc[oa]me|deal(?:t)? with|address(?:ed)?|tackled?|get (?:past|around|over)|rebut)"
_ANSWERS = re.compile(
    rf"\bhow (?:do|does|did|can|could|should|would|have|has|to)\b(?: (?:we|i|you|one|people|others|(?:our|the|my) (?:team|reps?|people|colleagues)|reps))?(?: (?:best|usually|successfully|ever|normally))? {_ANSWERING}\b"
    r"|\bwhat(?:'s| has| have| had| usually| really| actually)* (?:works?|worked|working|helps?|helped|wins?|won)\b.*\b(?:against|for|on|with|to|when)\b"
    r"|\bwhat (?:do|should|can|could|did|would) (?:we|i|you) (?:say|answer|reply|tell)\b.*\b(?:to|when|if|against|on)\b"
    r"|\b(?:best|good|proven|working|strongest|successful) (?:answers?|repl(?:y|ies)|responses?|rebuttals?|comebacks?)\b"
    r"|\b(?:answers?|repl(?:y|ies)|responses?) (?:to|against|that (?:work|worked|win|won|help|helped))\b",
    re.I,
)
_COUNTS = re.compile(
    rf"\b(?:what|which|list|show|top|most|common|frequent|biggest|main|typical|how many|how often|number of|count|any|all|new)\b.*\b{_OBJECTIONS}\b"
    rf"|^\W*(?:\w+ ){{0,2}}{_OBJECTIONS}\b"
    r"|\bhow (?:often|many times|many|frequently)\b.*\b(?:hear|heard|hearing|told|said|say|says|get|got|come up|came up|comes up|raised?|mentioned)\b",
    re.I,
)
_OF_ONE = re.compile(
    r"\b(?:c[oa]me|comes|coming) up\b|\b(?:we|i) (?:heard?|hear|get|got)\b|\bhow (?:often|many)\b|\b(?:were|was|been|got) (?:raised|heard)\b",
    re.I,
)
_PAST = re.compile(r"\b(?:how|what) (?:did|have|has|had)\b", re.I)
_MINE = re.compile(r"\b(?:my|mine|did i|have i|do i|i (?:hear|heard|get|got))\b", re.I)
_SAYS_OBJECTION = re.compile(rf"\b{_OBJECTIONS}\b", re.I)
_SAYS_AGAINST = re.compile(r"\b(?:against|works?|worked|objecti\w+)\b", re.I)
_FRAME = frozenset(
    stem(word)
    for word in (
        "objection objections objecting objected pushing pushed pushback pushbacks push back come came up comes coming hear heard hearing raise raised get got often many times time count counts number list show give tell top most "
        "common frequent frequently biggest main typical answer answers answered handle handled handles handling respond responded reply replied react reacted counter countered overcome deal deals dealt "
        "address tackle past around over best usually successfully works work worked working helps help helped wins won win against say said says tell told response responses rebuttal good proven lose loses "
        "losing lost cost costs kill kills killed hurt team teams region people reps rep seller sellers buyer buyers customer customers prospect prospects account accounts call calls meeting meetings so far last "
        "this current previous week weeks month months quarter year day days today yesterday since period new usual better worst well who whom always ever really objects object please from different kinds kind "
        "types type sorts numbers company when somebody someone normally successful strongest reaction think new sales"
    ).split()
)


@dataclass(frozen=True)
class Wish:
    """What is wanted of the library. `words` are those of the question that named the topic; `unknown` those that could not be used."""

    kind: Kind
    looked: Looked
    window: str
    before: Before | None = None
    words: str | None = None
    of: str | None = None
    unknown: tuple[str, ...] = ()
    sure: bool = True
    """False where the words may as well ask for what was said of something: then other roads are asked where nothing is found."""


def asks_about_objections(text: str) -> bool:
    """Return whether words may ask something of the library; `wish_of` tells with the names in them whether they do."""
    return _kind(text.replace("’", "'")) is not None


def _kind(text: str) -> Kind | None:
    for kind, pattern in (("people", _WHO), ("answers", _ANSWERS), ("losing", _LOSING), ("counts", _COUNTS)):
        if pattern.search(text):
            return kind  # type: ignore[return-value]
    return None


def wish_of(question: Question, mentions: Mentions, settings: Settings) -> Wish | None:
    """Return what is wanted, or None where the words want something else: one account's story, or something that the library does not hold."""
    text = question.text.replace("’", "'")
    kind = _kind(text)
    if kind is None or len(text) > 400:
        return None
    quoted = quoted_in(text)
    span, place = _window(text, quoted, question, settings)
    rest = _blanked(text, mentions, place, quoted)
    named = topic_named(quoted[2] if quoted else rest)
    strangers = [name for name in mentions.unknown_names if quoted is None or name not in quoted[2]]
    if strangers or mentions.of("contact") or any(one.ambiguous for one in mentions.found):
        return None
    says_objection = _SAYS_OBJECTION.search(text) is not None
    if not says_objection and (
        named is None or (quoted is None and not _SAYS_AGAINST.search(text) and kind != "answers")
    ):
        return None
    if kind == "answers" and _PAST.search(text) and not says_objection and quoted is None:
        return None
    one = mentions.of("account") or mentions.of("deal")
    if one and (kind in ("answers", "people") or not (span is not None or _OF_ONE.search(text))):
        return None
    unknown = _unknown(rest, named[1] if named and quoted is None else None, quoted)
    if unknown and named is None:
        return None
    looked, window, before = _looked(kind, span, question, settings)
    looked = replace(
        looked,
        topic=named[0] if named else None,
        phrase=quoted[2] if quoted and named is None else None,
        account_id=_id(mentions, "account"),
        deal_id=_id(mentions, "deal"),
        team=_id(mentions, "team"),
        product=_id(mentions, "product"),
        owner_id=_id(mentions, "user") or (question.user_id if _MINE.search(rest) and kind == "counts" else None),
    )
    words = quoted[2] if quoted else None
    of = ", ".join(dict.fromkeys(mention.best.name for mention in mentions.found)) or None
    return Wish(kind, looked, window, before, words, of, unknown, sure=says_objection)


def _id(mentions: Mentions, kind: Literal["account", "deal", "team", "product", "user"]) -> str | None:
    found = mentions.of(kind)
    return found[0].best.id if found else None


def _window(
    text: str, quoted: tuple[int, int, str] | None, question: Question, settings: Settings
) -> tuple[Span | None, tuple[int, int] | None]:
    """Return the window of time that a question names, with its place in the text."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(question.as_of)
    reader = WindowReader(calendar, today, day_first=settings.day_first)
    cut = tokens_of(text)
    for at, token in enumerate(cut):
        if quoted is not None and quoted[0] <= token.start < quoted[1]:
            continue
        found = reader.read(cut, at)
        if found is None:
            continue
        span, after = found
        if span.bare:
            span = _resolved(reader, span, today)
        return span, (token.start, cut[after - 1].end)
    return None, None


def _resolved(reader: WindowReader, span: Span, today: date) -> Span:
    """Return a quarter, month or day without a year as the last one that has begun."""
    year = reader.calendar.year_of(today) if span.bare in ("quarter", "half") else today.year
    found = reader.resolve(span, year)
    begins = found.first or found.until
    return found if begins is None or begins <= today else reader.resolve(span, year - 1)


def _blanked(text: str, mentions: Mentions, place: tuple[int, int] | None, quoted: tuple[int, int, str] | None) -> str:
    """Return the text with names, the window and quoted words blanked out."""
    places = [(one.start, one.end) for one in mentions.found if not one.from_thread and one.end > one.start]
    places += [one for one in (place, quoted[:2] if quoted else None) if one is not None]
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _unknown(rest: str, topic_words: str | None, quoted: tuple[int, int, str] | None) -> tuple[str, ...]:
    """Return the words that neither ask, name a topic, nor name a time."""
    if topic_words:
        rest = rest.replace(topic_words, " ")
    left = []
    for token in tokens(rest):
        key = token.key
        plain = key in FUNCTION_WORDS or stem(key) in _FRAME or key in MONTH_NAMES or key in WEEKDAY_NAMES
        if not plain and key.isalnum() and len(key) > 1 and topic_named(key) is None:
            left.append(token.text)
    return tuple(dict.fromkeys(left))


def _looked(kind: Kind, span: Span | None, question: Question, settings: Settings) -> tuple[Looked, str, Before | None]:
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(question.as_of)
    if span is None and kind == "counts":
        reader = WindowReader(calendar, today)
        first = reader.shift_back("day", USUAL_DAYS - 1)
        span = Span(first, None, f"the last {USUAL_DAYS} days", "rolling")
    if span is None:
        return Looked(), "all calls so far", None
    window = Window(span.first or _EARLIEST, max(span.until or _LATEST, span.first or _EARLIEST), settings.zone, span.label)  # fmt: skip
    since = window.start if span.first is not None else None
    until = window.end if span.until is not None else None
    return Looked(since=since, until=until), span.label, _before(span, window, calendar, question.as_of)


def window_between(
    since: date | None, until: date | None, as_of: datetime, settings: Settings
) -> tuple[Looked, str, Before | None]:
    """Return the window from a day on, up to and with another, in the company's days; the last 90 where none is given."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    if since is None and until is None:
        since = WindowReader(calendar, today).shift_back("day", USUAL_DAYS - 1)
    after = date.fromordinal(until.toordinal() + 1) if until is not None else None
    label = " ".join(part for part in (f"since {since}" if since else "", f"until {until}" if until else "") if part)
    span = Span(since, after, label, "range")
    window = Window(since or _EARLIEST, max(after or _LATEST, since or _EARLIEST), settings.zone, label)
    looked = Looked(since=window.start if since else None, until=window.end if after else None)
    return looked, label, _before(span, window, calendar, as_of)


def _before(span: Span, window: Window, calendar: FiscalCalendar, as_of: datetime) -> Before | None:
    """Return the same stretch of the period before: of a week that still runs, as much of last week as has passed of this one."""
    if span.first is None:
        return None
    end = min(window.end, as_of)
    if end <= window.start:
        return None
    first = span.first
    if span.shape == "week":
        earlier = calendar.week_of(first, -1)
    elif span.shape == "month":
        earlier = calendar.month_of(first, -1)
    elif span.shape == "quarter":
        earlier = calendar.quarter(calendar.quarter_of(first).shift(-1))
    elif span.shape == "year":
        earlier = calendar.year(calendar.year_of(first) - 1)
    else:
        return Before(window.start - (end - window.start), window.start)
    whole = end == window.end
    return Before(earlier.start, window.start if whole else min(window.start, earlier.start + (end - window.start)))
