"""Buying signals: their kinds, how strong each is as a reason to write, and when two tellings are of one event."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sales.names import account_key, fold, person_key


class Kind(StrEnum):
    """What happened at a company. A champion who moves is two: `champion_left` at the old account, `champion_joined` at the new one."""

    JOB_CHANGE = "job_change"
    CHAMPION_LEFT = "champion_left"
    CHAMPION_JOINED = "champion_joined"
    NEW_PERSON = "new_person"
    FUNDING = "funding"
    HIRING = "hiring"
    TECHNOLOGY = "technology_change"
    COMPETITOR = "competitor"
    REVIEW = "review"
    SITE_VISIT = "site_visit"
    AI_REFERRAL = "ai_referral"
    DEMO_REQUEST = "demo_request"
    ENGAGEMENT = "engagement"
    MEETING_BOOKED = "meeting_booked"
    USAGE_SPIKE = "usage_spike"
    USAGE_DROP = "usage_drop"
    SUPPORT = "support"
    CONTRACT_END = "contract_end"
    NPS_FALL = "nps_fall"


@dataclass(frozen=True)
class Meaning:
    """What a kind stands for: its words for people, its strength from 0 to 1, the days within which two tellings are one event.

    `of_customer` kinds speak of somebody who has bought: they go to the owner of the account and never become a cold mail. `urgent` ones
    reach a rep when they are found, not with the morning feed.
    """

    words: str
    strength: float
    window_days: int
    of_customer: bool = False
    urgent: bool = False


# The order of strengths follows what a buyer does for themselves (asks, books, moves) before what is only told about the company.
MEANINGS: Mapping[Kind, Meaning] = {
    Kind.DEMO_REQUEST: Meaning("asked for a demo", 1.0, 1, urgent=True),
    Kind.MEETING_BOOKED: Meaning("booked a meeting", 0.95, 1),
    Kind.CHAMPION_JOINED: Meaning("somebody who knows us joined", 0.95, 60, urgent=True),
    Kind.ENGAGEMENT: Meaning("answered or reacted", 0.9, 1),
    Kind.CHAMPION_LEFT: Meaning("somebody who stood for us left", 0.85, 60, of_customer=True, urgent=True),
    Kind.JOB_CHANGE: Meaning("somebody new in a buying role", 0.85, 60, urgent=True),
    Kind.CONTRACT_END: Meaning("a contract ends", 0.85, 60, of_customer=True),
    Kind.USAGE_DROP: Meaning("uses it less", 0.8, 7, of_customer=True),
    Kind.FUNDING: Meaning("raised money", 0.8, 45, urgent=True),
    Kind.NPS_FALL: Meaning("rates us lower", 0.75, 14, of_customer=True),
    Kind.HIRING: Meaning("hires in our field", 0.7, 30, urgent=True),
    Kind.SUPPORT: Meaning("has trouble that support knows of", 0.7, 3, of_customer=True),
    Kind.USAGE_SPIKE: Meaning("uses it more", 0.7, 7, of_customer=True),
    Kind.AI_REFERRAL: Meaning("came from an AI assistant", 0.65, 1),
    Kind.COMPETITOR: Meaning("looks at a competitor", 0.65, 7),
    Kind.TECHNOLOGY: Meaning("changed a tool", 0.6, 14),
    Kind.SITE_VISIT: Meaning("visited our pages", 0.6, 1),
    Kind.REVIEW: Meaning("wrote or read a review", 0.55, 7),
    Kind.NEW_PERSON: Meaning("somebody new on a call", 0.5, 365),
}

_SPELLINGS = {
    Kind.JOB_CHANGE: "job change|new job|new hire|role change|position change|executive move|executive job change|leadership change|promotion|title change|person change|new executive",
    Kind.CHAMPION_LEFT: "champion left|champion leaves|champion departed|contact left|left company",
    Kind.CHAMPION_JOINED: "champion joined|champion moved|champion move|champion job change|past champion|alumni",
    Kind.NEW_PERSON: "new person|new attendee|new participant|new stakeholder",
    Kind.FUNDING: "funding|funding round|fundraise|fundraising|investment|raise|raised|series|seed|form d|capital raise|ipo|acquisition",
    Kind.HIRING: "hiring|job posting|job post|job opening|open role|vacancy|job ad|headcount|headcount growth",
    Kind.TECHNOLOGY: "technology change|technology|tech change|tech stack|tech install|technographic|technographics|stack change|tool change|tech stack change|technology adoption",
    Kind.COMPETITOR: "competitor|competitor activity|competitor review|competitor visit|competitor research|competitor comparison|competitive",
    Kind.REVIEW: "review|review activity|review site|review site activity|g2|capterra|trustradius|intent",
    Kind.SITE_VISIT: "site visit|website visit|page visit|web visit|page view|pageview|pricing page|pricing page visit|visit|website|web visitor",
    Kind.AI_REFERRAL: "ai referral|ai referred|ai assistant|ai assistant visit|ai referred visit|ai visit|assistant referral|llm referral|chatgpt referral",
    Kind.DEMO_REQUEST: "demo request|demo requested|demo|trial request|contact sales|contact form|inbound|inbound request|form fill|form submission|request a demo",
    Kind.ENGAGEMENT: "engagement|reply|replied|email reply|mail reply|response|content download|download|webinar|event attendance|email click|email open",
    Kind.MEETING_BOOKED: "meeting booked|meeting|meeting scheduled|booked meeting|booking",
    Kind.USAGE_SPIKE: "usage spike|usage up|usage increase|usage rise|product usage spike|usage growth|product usage|usage|pql|seat growth|usage limit",
    Kind.USAGE_DROP: "usage drop|usage down|usage decrease|usage decline|product usage drop|usage fall|inactivity|churn risk|seat drop",
    Kind.SUPPORT: "support|support trouble|support ticket|support issue|ticket|escalation|support escalation|incident|complaint",
    Kind.CONTRACT_END: "contract end|renewal|renewal date|contract expiry|contract ending|contract expiration|renewal due|renewal risk|contract renewal|renewal and risk",
    Kind.NPS_FALL: "nps fall|nps|nps drop|nps detractor|detractor|csat|csat drop|nps decline|low nps|risk",
}


def _spelt(text: str) -> str:
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", fold(split)))


_BY_SPELLING = {spelling: kind for kind, spellings in _SPELLINGS.items() for spelling in spellings.split("|")} | {
    _spelt(kind.value): kind for kind in Kind
}


def kind_of(text: str) -> Kind | None:
    """Return the kind that a source's own word means: `jobChange`, `Job-Change` and `new hire` are all a job change. None for no known word."""
    return _BY_SPELLING.get(_spelt(text))


_TOLD = (
    (Kind.FUNDING, r"\b(raises?|raised|raising|secures?|secured|closes?|closed|lands?)\b.{0,60}([$€£]|\bseries [a-k]\b|\bfunding\b|\bround\b|\bmillion\b)|\b(series [a-k]|seed|pre-seed)\b.{0,20}\b(round|funding)\b"),
    (Kind.JOB_CHANGE, r"\b(appoints?|appointed|names|named|hires|hired|promotes?|promoted|joins?|joined|welcomes?)\b.{0,80}\b(chief|c[efotmirs]o|vp|vice president|head|director|president|manager|officer|lead)\b"),
    (Kind.HIRING, r"\b(we.re|we are|is|are|now) hiring\b|\bjob (opening|posting)|\bopen (role|position)s?\b|\bhiring (for|a|an|of)\b"),
    (Kind.TECHNOLOGY, r"\b(migrates?|migrated|migrating|switch(es|ed|ing)?|moves?|moved|adopts?|adopted|implements?|deploys?|deployed|rolls? out|goes live|selects?|selected|replaces?|replaced)\b.{0,60}\b(to|from|with|platform|software|system|erp|crm|wms|tms|cloud|stack)\b"),
    (Kind.REVIEW, r"\b(review|rating|rated|g2|capterra|trustradius)\b"),
)  # fmt: skip


def kind_in_words(text: str) -> Kind | None:
    """Return the kind of event that a headline tells, or None where its words tell none for certain."""
    folded = fold(text)
    return next((kind for kind, pattern in _TOLD if re.search(pattern, folded)), None)


@dataclass(frozen=True)
class Telling:
    """What one source says of one event, before the spine knows it. Texts are the source's, trimmed; `external_id` is its own id for it.

    At least one of `company`, `domain` and `mentions` is set: `mentions` is a text in which a company of ours may be named. `title` is the
    person's title, or the posting's for a hiring, or a headline. `ends_at` is the end of a contract. `about` holds what else the source
    knows of the company by field (employees, industry, country, amount, round, …) and of the person (left_company).
    """

    source: str
    external_id: str
    kind: Kind
    occurred_at: datetime
    company: str | None = None
    domain: str | None = None
    person: str | None = None
    person_email: str | None = None
    title: str | None = None
    text: str | None = None
    url: str | None = None
    ends_at: datetime | None = None
    mentions: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unread:
    """An entry of a source that can't be taken: its id where it has one (else its place), and why, in a sentence without the entry's own words."""

    id: str
    reason: str


_ROUND = re.compile(
    r"\b(?:series\s+([a-k])\d?\b|(pre[- ]?seed|seed|angel|bridge|ipo|debt|grant|growth|mezzanine)\s*(?:round|funding|financing|extension)?\b)",
    re.IGNORECASE,
)


def round_of(text: str | None) -> str | None:
    """Return the round of funding that a text names: `a`, `b`, `seed`, …; None where it names none, or more than one."""
    found = {(a or b).lower().replace("-", "").replace(" ", "") for a, b in _ROUND.findall(text or "")}
    # "seed" stands in "growth seed" and the like; a lettered round is the surer word.
    lettered = {one for one in found if len(one) == 1}
    told = lettered or found
    return told.pop() if len(told) == 1 else None


_SHORT = {
    "vp": "vice president",
    "svp": "senior vice president",
    "evp": "executive vice president",
    "avp": "assistant vice president",
    "ceo": "chief executive officer",
    "cfo": "chief financial officer",
    "coo": "chief operating officer",
    "cto": "chief technology officer",
    "cio": "chief information officer",
    "cro": "chief revenue officer",
    "cmo": "chief marketing officer",
    "cpo": "chief product officer",
    "cso": "chief sales officer",
    "ciso": "chief information security officer",
    "sr": "senior",
    "jr": "junior",
    "mgr": "manager",
    "dir": "director",
    "ops": "operations",
    "eng": "engineering",
    "rep": "representative",
}
_EMPTY = frozenset("of the and for in at to a an m w d f x all genders remote hybrid onsite".split())


def title_words(title: str) -> frozenset[str]:
    """Return what a title says in whole words, so that `VP of Sales` and `Vice President, Sales` are alike."""
    words = re.findall(r"[a-z0-9]+", fold(title).replace("&", " "))
    return frozenset(" ".join(_SHORT.get(word, word) for word in words).split()) - _EMPTY


def is_executive(title: str | None) -> bool:
    """Return whether a title leads a company or a function: C-level, president, VP, head, director, founder, owner, partner."""
    words = title_words(title or "")
    return bool(
        words
        & frozenset("chief president head director founder cofounder owner partner managing geschaftsfuhrer".split())
    )


_OF_PERSON = frozenset(
    {Kind.JOB_CHANGE, Kind.CHAMPION_LEFT, Kind.CHAMPION_JOINED, Kind.NEW_PERSON, Kind.DEMO_REQUEST, Kind.MEETING_BOOKED, Kind.ENGAGEMENT, Kind.NPS_FALL}
)  # fmt: skip
_OF_SUBJECT = frozenset({Kind.HIRING, Kind.TECHNOLOGY, Kind.SUPPORT})
_SLOTS = 3


def subject_of(telling: Telling, person: str | None = None) -> str:
    """Return what an event is about beside its company and kind: the person who moved, the role that is hired for; "" where the company is all.

    `person` is the name under which the spine knows them, where it does.
    """
    if telling.kind in _OF_PERSON:
        name = person or telling.person
        return person_key(name) if name and "@" not in name else (telling.person_email or name or "").lower()
    if telling.kind is Kind.HIRING:
        return " ".join(sorted(title_words(telling.title or "")))
    if telling.kind in _OF_SUBJECT:
        return " ".join(re.findall(r"[a-z0-9]+", fold(telling.title or "")))
    return ""


def who_is_meant(account_id: str | None, domain: str | None, company: str | None) -> tuple[str, ...]:
    """Return the names under which an event's company may stand, the surest first: our account, its domain, its name's key."""
    told = (f"a:{account_id}" if account_id else "", f"d:{domain}" if domain else "", f"n:{account_key(company or '')}")
    return tuple(one for one in told if len(one) > 2)


def event_keys(kind: Kind, who: str, subject: str, occurred_at: datetime) -> tuple[str, ...]:
    """Return the keys under which the spine may hold this event already; the first is the one to keep a new event under.

    Time is cut into stretches as long as the kind's window: two tellings in one stretch, or in neighbouring ones and no further apart
    than the window, are of one event. Fundings have several places a stretch, so that two rounds close together stay two.
    """
    stretch = occurred_at.astimezone(UTC).toordinal() // MEANINGS[kind].window_days
    digest = hashlib.sha256(f"{who}\x1f{subject}".encode("utf-8", "replace")).hexdigest()[:24]
    places = range(_SLOTS if kind is Kind.FUNDING else 1)
    return tuple(f"{kind}:{digest}:{stretch + step}:{place}" for step in (0, -1, 1) for place in places)


def is_same_event(
    kind: Kind, at: datetime, other_at: datetime, round_: str | None = None, other_round: str | None = None
) -> bool:
    """Return whether two tellings of one company, kind and subject are of one event: near enough in time, and not of two different rounds."""
    if round_ and other_round and round_ != other_round:
        return False
    return abs((at - other_at).total_seconds()) <= MEANINGS[kind].window_days * 86_400
