"""Being asked about the pipeline in words: what moved, how the forecast stands against target or last week, how likely a deal is to close."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.answer import Answer
from agents.mentions import Entity, Mentions
from agents.metrics.metric import Window
from agents.narrative.subject import ambiguity
from agents.pipeline.owners import just_after
from agents.pipeline.record import COMPANY, About
from agents.question import Question
from agents.structured.lexer import tokens_of
from agents.structured.span import Span
from agents.structured.windows import WindowReader
from agents.thread import Context, Focus
from infra.settings import Settings
from infra.spine.models import Deal
from infra.spine.people import User
from infra.spine.scope import coached_by
from sales.courtesies import LEAD
from sales.fiscal import FiscalCalendar
from sales.fiscal import Window as Days
from sales.wording import WEEKDAYS

Kind = Literal["moved", "forecast", "likely"]

_MAYBE = re.compile(
    r"\b(?:moved?|moves|movements?|chang\w+|happen\w*|forecast\w*|likely|likelihood|chances?|odds|probab\w+|clos(?:e|es|ing)|win|wins|won|sign|buy|hit|make|reach|meet|track|behind|ahead|quarter|targets?|quotas?)\b",
    re.I,
)
_END = r"(?:\s|please|so\s+far|now|then|in|for|of|on|at|the|team|region|['’]s)*[?.!\s]*"
_PIPELINE = r"(?:the|our|my)?\s*(?:team(?:['’]s)?\s+)?(?:Xx(?:['’]s)?\s+)?(?:pipeline|funnel|deals?|forecast)"
_MOVED = tuple(
    re.compile(LEAD + form + _END, re.I)
    for form in (
        r"what(?:['’]s|\s+has|\s+have)?\s+(?:moved|changed\s+in\s+" + _PIPELINE + r"|moved\s+(?:in|on)\s+" + _PIPELINE + r")(?:\s+(?:in|for|at|on)\s+(?:the\s+)?Xx)?",
        r"(?:what|which)\s+(?:deals|opportunities)(?:\s+have)?\s+moved(?:\s+(?:in|for)\s+(?:the\s+)?Xx)?",
        r"what(?:['’]s|\s+has|\s+is)?\s+(?:happened|new)\s+(?:in|with|to)\s+" + _PIPELINE,
        r"how\s+(?:did|has|have)\s+" + _PIPELINE + r"\s+(?:moved?|changed?)",
        r"(?:the\s+)?(?:pipeline|deal)\s+(?:movements?|moves|changes)(?:\s+(?:in|for|of)\s+(?:the\s+)?Xx)?",
    )
)  # fmt: skip
_SINCE = re.compile(r"\bsince\b", re.I)
_SINCE_DAY = re.compile(r"\bsince\s+(?:last\s+)?(?P<day>mon|tues|wednes|thurs|fri|satur|sun)day\b", re.I)
_CHANGED = re.compile(
    LEAD
    + r"what(?:['’]s|\s+has|\s+have|\s+is|\s+did)?\s+(?:changed?|happened|happen|new|different|going\s+on)(?:\s+(?:in|for|at|on|with)\s+(?:the\s+)?(?:Xx|us))?"
    + _END,
    re.I,
)
"""What changed in a window, said of nothing: of the pipeline, where the conversation is about no account either."""
_AIM = r"(?:the|our|my|its|their|Xx(?:['’]s)?)?\s*(?:sales\s+)?(?:targets?|quotas?|numbers?|goals?|plan|last\s+week|the\s+week\s+before|a\s+week\s+ago)"
_FORECAST = tuple(
    re.compile(LEAD + form + _END, re.I)
    for form in (
        r"(?:(?:what(?:['’]s|\s+is)|how(?:['’]s|\s+is|\s+does))\s+)?(?:the|our|my|Xx(?:['’]s)?)?\s*(?:team(?:['’]s)?\s+)?forecast\s+(?:(?:for\s+)?(?:the\s+)?(?:team|Xx)\s+)?(?:look(?:ing)?\s+|compared?\s+|doing\s+|stand(?:ing)?\s+)?(?:against|versus|vs\.?|to|with|and)\s+" + _AIM + r"(?:\s+(?:and|or)\s+" + _AIM + r")?",
        r"how\s+(?:did|has|does)\s+(?:the|our|my)\s+forecast\s+(?:change|changed|move|moved)(?:\s+(?:since|from|against)\s+" + _AIM + r")?",
        r"(?:will|are|do)\s+(?:we|i|they|Xx)\s+(?:going\s+to\s+|likely\s+to\s+)?(?:hit|make|reach|meet)\s+" + _AIM,
        r"where\s+(?:will|are)\s+(?:we|i)\s+(?:going\s+to\s+)?(?:land|end\s+up)",
        r"(?:are|is)\s+(?:we|i|they|Xx|the\s+team|the\s+quarter)\s+(?:still\s+)?(?:on\s+track|behind|ahead)(?:\s+(?:for|to\s+(?:hit|make|reach|meet)|with|of|against)\s+(?:" + _AIM + r"|(?:the|this|our)\s+(?:quarter|month|year)))?",
        r"(?:how\s+are|where\s+do)\s+(?:we|i)\s+(?:doing|stand|looking)\s+(?:against|versus|vs\.?|on|with|for)\s+" + _AIM,
        r"how(?:['’]?s|\s+is|\s+does|\s+are)\s+(?:the|our|my|this|Xx(?:['’]s)?)?\s*(?:team(?:['’]s)?\s+)?(?:forecast|quarter)\s*(?:look(?:ing)?(?:\s+like)?|doing|going|stand(?:ing)?|shaping\s+up|coming\s+along)?",
        r"(?:show\s+(?:me\s+)?)?(?:what(?:['’]?s|\s+is)\s+)(?:the|our|my)\s+forecast",
    )
)  # fmt: skip
_IT = r"(?:the\s+|our\s+|my\s+)?(?:deal\s+)?(?:with\s+|at\s+)?(?:Xx|it|this|that|they|this\s+deal|that\s+deal|the\s+deal)(?:['’]s)?(?:\s+(?:deal|opportunity|one))?"
_CLOSES = r"(?:to\s+)?(?:clos(?:e|es|ing)|be\s+won|win(?:s|ning)?|sign(?:s|ing)?|buy(?:s|ing)?|go(?:ing)?\s+through)"
_LIKELY = tuple(
    re.compile(LEAD + form + _END, re.I)
    for form in (
        rf"how\s+(?:likely|probable|sure)\s+(?:is|are)\s+{_IT}\s+{_CLOSES}",
        rf"how\s+likely\s+(?:is\s+it\s+(?:that\s+)?)?(?:we\s+(?:win|close|will\s+win|will\s+close)|are\s+we\s+to\s+(?:win|close))\s+{_IT}",
        rf"(?:what(?:['’]s|\s+is|\s+are)\s+)?(?:the|our|my)?\s*(?:likelihood|chances?|odds|probability)\s+(?:of|that|for|on)\s+(?:we\s+)?(?:(?:clos|winn|sign)ing\s+|win\s+|close\s+)?{_IT}(?:\s+{_CLOSES})?",
        rf"(?:will|is|are)\s+{_IT}\s+(?:likely\s+to\s+|going\s+to\s+)?(?:close|be\s+won|sign|buy)",
        rf"will\s+we\s+(?:win|close)\s+{_IT}",
        rf"when\s+(?:is|are)\s+{_IT}\s+(?:likely|expected)\s+to\s+(?:close|sign|be\s+won)",
    )
)  # fmt: skip
_MINE = re.compile(r"\b(?:my|mine|i)\b", re.I)


@dataclass(frozen=True)
class Wish:
    """What is wanted. `window` and `label` are of what moved; `deal_ids` are the deals whose likelihood is wanted, called `name`."""

    kind: Kind
    about: About = COMPANY
    about_name: str | None = None
    window: Window | None = None
    label: str = ""
    deal_ids: tuple[str, ...] = ()
    name: str = ""


def asks_about_pipeline(text: str) -> bool:
    """Return whether words may ask for one of these; `wish_of` tells with the names in them whether they do."""
    return len(text) < 300 and (_MAYBE.search(text) is not None or "land" in text.lower() or "pipeline" in text.lower())


def wish_of(
    session: Session, question: Question, mentions: Mentions, context: Context, settings: Settings
) -> Wish | Answer | None:
    """Return what is wanted, a question back where the name is open, or None where the words want something else.

    A person's forecast is told to that person and whoever leads them: for another the words want something else.
    """
    text = _blanked(question.text, mentions)
    if mentions.unknown_names:
        return None
    if any(form.fullmatch(text) for form in _LIKELY):
        unclear = ambiguity(session, question.scope, question, mentions)
        return unclear if unclear is not None else _likely(session, question, mentions, context)
    span, rest = _span(text, question, settings)
    kind: Kind | None = next((kind for kind, forms in _FORMS if any(form.fullmatch(rest) for form in forms)), None)
    at_large = context.first("account") is None and context.first("deal") is None
    if kind is None and span is not None and at_large and _CHANGED.fullmatch(rest):
        kind = "moved"
    if kind == "forecast" and span is not None:
        # The quarter of now is the one that a forecast is of.
        calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
        quarter = calendar.quarter(calendar.quarter_of(calendar.day_of(question.as_of)))
        kind = kind if span.first is not None and quarter.first <= span.first < quarter.until else None
    if kind is None or any(one.ambiguous or one.best.kind not in ("team", "user") for one in mentions.found):
        return None
    about = _about(session, question, mentions, rest, kind)
    if about is None:
        return None
    if kind == "forecast":
        return Wish(kind, *about)
    window, label = _moved_in(span, question, settings)
    return Wish(kind, *about, window=window, label=label)


_FORMS: tuple[tuple[Kind, tuple[re.Pattern[str], ...]], ...] = (("forecast", _FORECAST), ("moved", _MOVED))


def _blanked(text: str, mentions: Mentions) -> str:
    for mention in sorted(mentions.found, key=lambda one: -one.start):
        if not mention.from_thread and mention.end > mention.start:
            text = f"{text[: mention.start]}Xx{text[mention.end :]}"
    # Two names side by side are one: "the Acme Dock deal".
    return re.sub(r"Xx(?:['’]s)?(?:\s+Xx)+", "Xx", text)


def _span(text: str, question: Question, settings: Settings) -> tuple[Span | None, str]:
    """Return the window of time that is named, and the words without it. "Last week" after "against" is no window but what is compared with."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    reader = WindowReader(calendar, calendar.day_of(question.as_of), day_first=settings.day_first)
    if any(form.fullmatch(text) for form in _FORECAST):
        return None, text
    if (said := _SINCE_DAY.search(text)) is not None:
        today = calendar.day_of(question.as_of)
        first = today - timedelta(days=(today.weekday() - WEEKDAYS.index(said["day"].casefold()[:3])) % 7)
        span = Span(first, None, f"since {first.strftime('%A')}", "range")
        return span, f"{text[: said.start()]} {text[said.end() :]}"
    cut = tokens_of(text)
    for at, token in enumerate(cut):
        found = reader.read(cut, at)
        if found is None:
            continue
        span, after = found
        if span.bare and _SINCE.search(text):
            span = _last_of(reader, span, calendar.day_of(question.as_of))
        elif span.bare:
            return None, text
        return span, f"{text[: token.start]} {text[cut[after - 1].end :]}"
    return None, text


def _last_of(reader: WindowReader, span: Span, today: date) -> Span:
    """Return a day, month or quarter without a year as the last one that has begun."""
    year = reader.calendar.year_of(today) if span.bare in ("quarter", "half") else today.year
    found = reader.resolve(span, year)
    begins = found.first or found.until
    return found if begins is None or begins <= today else reader.resolve(span, year - 1)


def _about(
    session: Session, question: Question, mentions: Mentions, text: str, kind: Kind
) -> tuple[About, str | None] | None:
    people, teams = mentions.of("user"), mentions.of("team")
    if len(people) + len(teams) > 1:
        return None
    if teams:
        return About(team=teams[0].best.id), teams[0].best.name
    mine = _MINE.search(text) is not None
    if mine and question.user_id is None:
        return None
    identity = people[0].best.id if people else question.user_id if mine else None
    if identity is None:
        return COMPANY, None
    if kind == "forecast" and identity != question.user_id:
        asker = session.get(User, question.user_id) if question.user_id else None
        if asker is None or identity not in coached_by(session, asker):
            return None
    name = people[0].best.name if people else "yours"
    return About(user_id=identity), name


def _moved_in(span: Span | None, question: Question, settings: Settings) -> tuple[Window, str]:
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    until = just_after(question.as_of)
    if span is None or span.first is None:
        week = calendar.last_days(calendar.day_of(question.as_of), 7)
        return Window(begin=week.start, end=min(week.end, until)), "the last 7 days"
    last = span.until or calendar.day_of(question.as_of) + timedelta(days=1)
    days = Days(span.first, max(last, span.first), settings.zone)
    return Window(begin=min(days.start, until), end=min(days.end, until)), span.label


def _likely(session: Session, question: Question, mentions: Mentions, context: Context) -> Wish | None:
    found: Entity | Focus | None = next((one.best for one in (*mentions.of("deal"), *mentions.of("account"))), None)
    if found is None and not mentions.found:
        found = context.first("deal") or context.first("account")
    if found is None:
        return None
    of = Deal.id == found.id if found.kind == "deal" else Deal.account_id == found.id
    ids = session.scalars(select(Deal.id).where(of, question.scope.deals()).order_by(Deal.amount.desc(), Deal.id))
    return Wish("likely", deal_ids=tuple(ids), name=found.name)
