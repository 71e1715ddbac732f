"""Which words ask, of people, teams, deals and weeks, for what is overdue, what was promised and which alerts came: by the words they are made of, not by whole sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from agents.near_words import set_right
from sales.wording import FUNCTION_WORDS

if TYPE_CHECKING:
    from agents.mentions import Mentions
    from infra.settings import Settings

What = Literal["overdue", "promises", "alerts"]
By = Literal["rep", "team"]

_HEADS: dict[What, frozenset[str]] = {
    "alerts": frozenset("alert alerts alerted".split()),
    "promises": frozenset("promise promises promised commitment commitments committed owe owed owes pledge pledged pledges".split()),
    "overdue": frozenset("overdue late behind".split()),
}  # fmt: skip
_THINGS = frozenset("task tasks action actions step steps item items thing things todo todos touch touches follow followup followups up ups work stuff duty duties".split())  # fmt: skip
_REPS = frozenset("rep reps seller sellers salesperson salespeople person people colleague colleagues member members folks guy guys ae aes owner owners".split())  # fmt: skip
_RANK = frozenset("most biggest highest worst top longest largest number count rank ranked ranking total".split())
_BUYERS = frozenset("buyer buyers customer customers client clients prospect prospects account accounts they".split())
_NOT_KEPT = frozenset("broken break broke missed late overdue unkept kept keep delivered deliver forgotten forgot fulfilled fulfil failed behind".split())  # fmt: skip
_STATES: dict[str, str] = {
    "snoozed": "snoozed", "snooze": "snoozed", "sleeping": "snoozed", "postponed": "snoozed",
    "working": "working", "worked": "working", "hand": "working",
    "dismissed": "dismissed", "refused": "dismissed", "rejected": "dismissed",
    "resolved": "resolved", "ended": "resolved", "closed": "resolved", "settled": "resolved", "solved": "resolved",
    "held": "held", "suppressed": "held", "withheld": "held", "muted": "held",
    "open": "open", "standing": "open", "active": "open", "unresolved": "open", "waiting": "open",
}  # fmt: skip
_FRAME = frozenset(
    "show list give tell display see count many much far now today right currently open all each every per team teams company whole across side still yet so whose got get gets getting received receive "
    "raised raise sent told came come fired have has had made make due outstanding pending unfulfilled ones first look worth everybody everyone anyone anything something week month quarter please "
    "day days since last this past previous behind least any who which what".split()
)
_ALL = frozenset().union(*_HEADS.values(), _THINGS, _REPS, _RANK, _BUYERS, _NOT_KEPT, _STATES, _FRAME)
_NEAR = frozenset(word for word in _ALL if len(word) >= 5)
_GATE = re.compile(r"al[aer]|pro?m|com+i|ow|ple|ov|lat|beh", re.I)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MINE = re.compile(r"\b(?:my|mine|me|i|am)\b(?!\s+(?:team|people|reps?|guys))", re.I)
_NOT_MINE = re.compile(r"\b(?:show|tell|give|list|remind|send)\s+me\b", re.I)
_BY_REP = re.compile(
    rf"\b(?:which|what|any|by|per|each|every|rank|ranked|most|whose)\s+(?:of\s+)?(?:my\s+|our\s+|the\s+)?(?:\w+\s+)?(?:{'|'.join(sorted(_REPS))})\b|\bof\s+(?:my|our)\s+(?:people|reps|team)\b|^\W*(?:who|whose)\b",
    re.I,
)
_BY_TEAM = re.compile(r"\b(?:which|what|by|per|each|every|rank)\s+(?:of\s+our\s+|the\s+)?teams?\b", re.I)
_OTHERS = re.compile(r"\b(?:why|when|where|how\s+(?!many|much)\w+|they|them|their|he|she|him|her|his|it|its|that|this\s+one)\b", re.I)  # fmt: skip
_WHY_ALERT = re.compile(r"\bwhy\b", re.I)
_THEIRS = re.compile(r"\b(?:buyers?|customers?|clients?|prospects?|accounts?)\s+(?:have\s+|has\s+|did\s+)?(?:promised?|committed|owe[ds]?|pledged?)\b|\b(?:promised?|owe[ds]?|pledged?)\s+(?:to\s+)?(?:us|me)\b|\b(?:promises|commitments|pledges)\s+(?:\w+\s+)?(?:of|by|from)\s+(?:the\s+|our\s+|my\s+)?(?:buyers?|customers?|clients?|prospects?)\b", re.I)  # fmt: skip
_SAID_ONCE = re.compile(r"\W*what\s+(?:did|have|do)\s+(?:i|we)\s+(?:promised?|committed?(?:\s+to)?)\W*", re.I)
_LONGEST = 200


@dataclass(frozen=True)
class Days:
    """A span of days that a question names."""

    label: str
    begin: datetime
    end: datetime

    @property
    def told(self) -> str:
        """How the span is said in a sentence: `in the week of 16 November 2026`, `today`."""
        name = re.sub(r"\s*\([^()]*\)", "", self.label)
        if name.startswith(("today", "yesterday", "tomorrow", "since", "before", "after", "until", "between")):
            return name
        return f"in {'the ' if name.startswith(('week', 'last', 'past', 'next')) else ''}{name}"


@dataclass(frozen=True)
class Asked:
    """What is asked: of `people` by their ids, of a `team`, on deals and accounts, counted `by` person or team, within days. `theirs` are promises of the buyers; `late` only what is late."""

    what: What
    by: By | None = None
    mine: bool = False
    theirs: bool = False
    late: bool = False
    state: str | None = None
    people: tuple[tuple[str, str], ...] = ()
    team: str | None = None
    deals: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    place: str = ""
    days: Days | None = None
    why: bool = False

    @property
    def plain(self) -> bool:
        """Whether it names nothing besides what it asks for, and its state."""
        return not (self.by or self.people or self.team or self.place or self.days or self.why or self.theirs)  # fmt: skip


def may_ask(text: str) -> str | None:
    """Return a text set right where it may ask for one of these, else None."""
    if len(text) > _LONGEST or _GATE.search(text) is None:
        return None
    right = set_right(text, _NEAR)
    words = {word.casefold() for word in _WORD.findall(right)}
    return right if any(words & heads for heads in _HEADS.values()) else None


def asked_of(text: str, mentions: Mentions, as_of: datetime, settings: Settings) -> Asked | None:
    """Return what a text asks, which `may_ask` let through, with the names that are in it; None where it has words that ask for something else."""
    if any(one.ambiguous for one in mentions.found) or mentions.of("contact") or mentions.of("product"):
        return None
    rest = text
    for one in mentions.found:
        rest = rest[: one.start] + " " * (one.end - one.start) + rest[one.end :]
    days, rest = _days(rest, as_of, settings)
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(rest)]
    known = set(words)
    what = next((one for one, heads in _HEADS.items() if known & heads), None)
    if what is None or any(word not in _ALL and word.replace("'", "") not in FUNCTION_WORDS and word != "s" for word in words):  # fmt: skip
        return None
    place = mentions.of("deal") or mentions.of("account")
    why = what == "alerts" and _WHY_ALERT.search(rest) is not None
    if (_OTHERS.search(rest) and not why) or (why and not place) or _foreign(what, known, rest, bool(place)):
        return None
    people = tuple({one.best.id: (one.best.id, one.best.name) for one in mentions.of("user")}.values())
    team = mentions.of("team")
    by: By | None = "team" if _BY_TEAM.search(rest) else "rep" if not people and _BY_REP.search(rest) and not _object_of(what, rest) else None  # fmt: skip
    return Asked(
        what=what,
        by=by,
        mine=_MINE.search(_NOT_MINE.sub(" ", rest)) is not None,
        theirs=what == "promises" and ("owes" in known or _THEIRS.search(rest) is not None),
        late=what == "promises" and bool(known & _NOT_KEPT),
        state=next((_STATES[word] for word in words if word in _STATES), None) if what == "alerts" else None,
        people=people,
        team=team[0].best.name if team else None,
        deals=frozenset(one.best.id for one in mentions.of("deal")),
        accounts=frozenset(one.best.id for one in mentions.of("account")),
        place=place[0].best.name if place else "",
        days=days,
        why=why,
    )


def _foreign(what: What, words: set[str], rest: str, place: bool) -> bool:
    """Whether the words, known as each of them is, ask for something else together."""
    if what == "promises":
        # What was promised to one account, and what was said just now in a thread, is answered from the words of that account.
        return place or _SAID_ONCE.fullmatch(rest) is not None
    if what == "overdue":
        # Deals, buyers and accounts that are late have a close date that passed, or owe us something.
        return bool(words & _BUYERS) or (bool(words & {"late", "behind"}) and not words & (_THINGS | _REPS | _RANK | {"am", "who", "whose", "up"}) and not place)  # fmt: skip
    return bool(words & _BUYERS)


def _object_of(what: What, rest: str) -> bool:
    """Whether `who` is whom something was promised to."""
    return what == "promises" and re.search(r"^\W*(?:to\s+)?who(?:m)?\s+(?:did|do|have|had|does)\s+(?:i|we)\b|\bowes\b", rest, re.I) is not None  # fmt: skip


def _days(text: str, as_of: datetime, settings: Settings) -> tuple[Days | None, str]:
    """Return the days that a text names, and the text without them."""
    from agents.structured.lexer import tokens_of
    from agents.structured.windows import WindowReader
    from sales.fiscal import FiscalCalendar, Window

    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    today = calendar.day_of(as_of)
    reader = WindowReader(calendar, today, day_first=settings.day_first)
    cut = tokens_of(text)
    for at in range(len(cut)):
        found = reader.read(cut, at)
        if found is None:
            continue
        span, after = found
        if span.bare:
            span = reader.resolve(span, calendar.year_of(today) if span.bare in ("quarter", "half") else today.year)
        if span.first is None:
            continue
        until: date = span.until or today + timedelta(days=1)
        window = Window(span.first, max(until, span.first), settings.zone)
        start, end = cut[at].start, cut[after - 1].end
        return Days(span.label, window.start, window.end), text[:start] + " " * (end - start) + text[end:]
    return None, text
