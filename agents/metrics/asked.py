"""Being asked for a metric: "what's our signal-to-send?", "how is speed to lead?", "CRM completeness of the West team?", "show me the metrics"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from agents.mentions import Mentions
from agents.metrics.catalog import CATALOG
from agents.metrics.ground import Span
from agents.metrics.metric import Window
from agents.question import Question
from agents.structured.lexer import tokens_of
from agents.structured.windows import WindowReader
from infra.settings import Settings
from sales.courtesies import asks_for_own
from sales.fiscal import FiscalCalendar
from sales.fiscal import Window as Days
from sales.wording import FUNCTION_WORDS, MONTH_NAMES, WEEKDAY_NAMES, tokens

_NAMES = sorted(((name, one.key) for one in CATALOG for name in one.asked), key=lambda pair: -len(pair[0]))
_WHO = r"(?:we|i|you|they|reps|sellers|people|the (?:team|reps)|our (?:team|reps|people))"
_PHRASED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (key, re.compile(form))
    for key, form in (
        ("time_in_stage", r"^\W*(?:what is |what's |how is |how's |show me )?(?:the |our |my )?(?:average |median |typical |usual )?(?:time|days) (?:in|per) (?:each |every |a |the )?stages?\b"),
        ("time_in_stage", r"\bhow (?:long|many days) (?:do|does|did|are|is) (?:our |the |my |a |most )?(?:deals?|opportunit(?:y|ies)|opps)(?: usually| normally| typically)? (?:sit|stay|spend|take|remain|stuck|last|wait|be)(?: stuck)?(?: (?:in|at|per|for))? (?:(?:each |every |a |one |the |their )?stages?\b|(?:the )?\w+(?: stage)?\W*$)"),
        ("time_in_stage", r"\bwhere (?:do|are) (?:our |the |my |most )?(?:deals?|opportunities) (?:get stuck|stuck|stall|stalling|sit longest|wait longest|slow down|hang)\b|\b(?:which|what) stages? (?:takes?|is|are) (?:the )?(?:longest|slowest|bottleneck)\b"),
        ("stage_conversion", r"^\W*(?:what is |what's |how is |how's |show me )?(?:the |our |my )?(?:stage conversions?|conversion (?:rates? )?(?:by|per|from|between|of each|through the) stages?(?: to stage)?|conversion through the funnel)(?: rates?)?\b"),
        ("admin_minutes", rf"\bhow (?:much time|many (?:hours|minutes)|long) (?:do|does|did|have|has|are) {_WHO} (?:spend|spent|spending|lose|lost|waste|wasted)(?: each day| a day| daily)? (?:on|with|for|doing) (?:the )?admin\w*(?: work| tasks| stuff)?"),
        ("reply_rate", rf"\bhow many (?:replies|answers|responses) (?:do|did|have|are) {_WHO} (?:get|got|gotten|receive|received|getting)(?: back)?(?: (?:on|to|for) (?:our |my )?(?:mails?|e ?mails?|outreach))?"),
        ("reply_rate", r"\bhow many (?:people|buyers|prospects|contacts) (?:reply|replied|answer|answered|write back|wrote back|respond|responded)(?: to (?:us|me|our (?:mails?|e ?mails?|outreach)))?"),
        ("save_rate", rf"\bhow many (?:of (?:our|the|my) )?(?:(?:at )?risky? |risk )?deals (?:at risk )?(?:do|did|have|were|could) (?:{_WHO} )?(?:save|saved|rescue|rescued|recover|recovered)"),
        ("speed_to_lead", rf"\bhow (?:fast|quick|quickly|soon|long) (?:do|did|does|are|is|before|until) {_WHO} (?:answer|answering|respond to|call|reach|touch|get (?:back )?to|react to|contact)(?: a| our| the)?(?: new| inbound| fresh)? leads?"),
        ("crm_completeness", r"\bhow (?:complete|clean|tidy|good) (?:is|are) (?:our |the |my )?(?:crm(?: data)?|data in the crm)"),
        ("forecast_variance", r"\bhow (?:accurate|right|good|far off) (?:is|are|was|were) (?:our |the |my )?forecasts?"),
        ("meeting_to_follow_up", rf"\bhow (?:fast|quick|quickly|soon|long) (?:do|did|does) {_WHO} (?:take to )?follow up(?: (?:after|on) (?:a |our |the )?(?:meetings?|calls?))?"),
    )
)  # fmt: skip
"""Metrics that people ask for by a sentence rather than by their name."""
_ALL = re.compile(
    r"\s*(?:please\s+)?(?:(?:show|give|tell|send)\s+(?:me\s+|us\s+)?)?(?:what\s+are\s+|how\s+are\s+)?(?:all\s+)?(?:the\s+|our\s+|my\s+)?(?:sales\s+|selling\s+|team\s+)?(?:metrics|kpis)"
    r"(?:\s+(?:look(?:ing)?|doing))?\b(?P<rest>.*)",
    re.I | re.S,
)
_FRAME = frozenset(
    "metric metrics kpi kpis show give tell us our ours my mine me rate median average mean current currently now right today standing stand look looks looking doing go going compare compared target "
    "trend team teams region people rep reps whole company everybody all overall please far last this week weeks month months quarter year day days to date since so past previous week's how's what's "
    "high low good bad fast quick much is are was were per a the of for in on at time latest figure figures number numbers value by spend spent spending get got each day daily usually normally".split()
)
_LONGEST = 300
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wish:
    """Which metrics are wanted (all of them: no `keys`), of which team or person, for which spans. `unknown` are words that could not be used."""

    keys: tuple[str, ...]
    spans: tuple[Span, ...] | None
    team: str | None = None
    user_id: str | None = None
    of: str | None = None
    unknown: tuple[str, ...] = ()


def asks_about_metrics(text: str) -> bool:
    """Return whether words name a metric, or ask for all; `wish_of` tells with the names in them whether they do."""
    return _named(text) != () or _ALL.fullmatch(text) is not None


def _plain(text: str) -> str:
    return re.sub(r"[-–—_/]+", " ", text.replace("’", "'").casefold())


def _by_name(text: str) -> bool:
    """Return whether a metric is called by its name rather than by a sentence."""
    plain = _plain(text)
    return any(re.search(rf"\b{re.escape(name)}\b", plain) for name, _ in _NAMES)


def _named(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return the metrics that words name, each with its place; a longer name covers a shorter one inside it."""
    plain = _plain(text) if len(text) <= _LONGEST else ""
    found: list[tuple[int, int, str]] = []
    for name, key in _NAMES:
        for match in re.finditer(rf"\b{re.escape(name)}\b", plain):
            if not any(start < match.end() and match.start() < end for start, end, _ in found):
                found.append((match.start(), match.end(), key))
    for key, form in _PHRASED:
        if not found and (said := form.search(plain)) is not None:
            found.append((said.start(), said.end(), key))
    return tuple(sorted(found))


def wish_of(question: Question, mentions: Mentions, settings: Settings) -> Wish | None:
    """Return what is wanted, or None where the words want something else: a deal's own, a list, or the reason of something."""
    text = _plain(question.text)
    named, whole = _named(question.text), _ALL.fullmatch(question.text)
    if (not named and whole is None) or mentions.of("account") or mentions.of("deal") or mentions.of("contact"):
        return None
    if any(one.ambiguous for one in mentions.found):
        return None
    team, person = mentions.of("team"), mentions.of("user")
    spans, place = _spans(text, question, settings)
    places = [(start, end) for start, end, _ in named] + ([place] if place else [])
    places += [(one.start, one.end) for one in mentions.found if not one.from_thread and one.end > one.start]
    rest = text
    for start, end in places:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    unknown = _unknown(rest)
    # What asks for a reason, or names more than we know, is a question of its own.
    if re.search(r"\b(?:why|because|which|who|list)\b", rest) or len(unknown) > 1 or (whole is not None and unknown):
        return None
    # A sentence with more in it asks for more: "time in stage by owner" is a list.
    if named and not _by_name(question.text) and unknown:
        return None
    mine = whole is None and asks_for_own(rest)
    return Wish(
        keys=tuple(dict.fromkeys(key for _, _, key in named)),
        spans=spans,
        team=team[0].best.id if team else None,
        user_id=person[0].best.id if person else question.user_id if mine else None,
        of=(team or person)[0].best.name if team or person else None,
        unknown=unknown,
    )


def _unknown(rest: str) -> tuple[str, ...]:
    left = []
    for token in tokens(rest):
        key = token.key
        known = key in FUNCTION_WORDS or key in _FRAME or key in MONTH_NAMES or key in WEEKDAY_NAMES
        if not known and key.isalnum() and len(key) > 1:
            left.append(token.text)
    return tuple(dict.fromkeys(left))


def _spans(text: str, question: Question, settings: Settings) -> tuple[tuple[Span, ...] | None, tuple[int, int] | None]:
    """Return the window of time that a question names, with its place; None for the usual ones."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(question.as_of)
    reader = WindowReader(calendar, today, day_first=settings.day_first)
    cut = tokens_of(text)
    for at, token in enumerate(cut):
        found = reader.read(cut, at)
        if found is None:
            continue
        span, after = found
        if span.bare:
            year = calendar.year_of(today) if span.bare in ("quarter", "half") else today.year
            span = reader.resolve(span, year)
        if span.first is None:
            continue
        until = span.until or today.fromordinal(today.toordinal() + 1)
        window = Days(span.first, max(until, span.first), settings.zone)
        end = max(min(window.end, question.as_of + _TICK), window.start)
        return (Span(span.label, Window(begin=window.start, end=end)),), (token.start, cut[after - 1].end)
    return None, None
