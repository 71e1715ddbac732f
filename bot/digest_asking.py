"""Asking for the weekly review by words: `review of last week`, `weekly review of the West team`, `digest for week 46`. Only clear matches count."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.digest_wanted import Wanted
from infra.errors import Denied
from sales.courtesies import END
from sales.reviewing import read_week, week_of

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from bot.app import App
    from bot.message import Message
    from infra.spine.people import User
    from infra.spine.scope import Scope

_LEAD = r"\s*(?:please\s+)?(?:(?:can|could)\s+(?:i|you)\s+(?:have|see|get|show|give|send)(?:\s+me)?\s+|(?:show|give|send)\s+(?:me\s+)?|what(?:['’]s|\s+is)\s+in\s+)?(?:the\s+|my\s+|our\s+|a\s+)?"
_WHAT = r"(?:(?:weekly|last\s+week['’]?s|this\s+week['’]?s)\s+(?:deal\s+|pipeline\s+|sales\s+)?(?:review|digest|report|recap|summary|overview|wrap-?up)|(?:deal\s+)?(?:review|digest|recap|summary|overview|wrap-?up)\s+(?:of|for)\s+(?:the\s+)?(?:last|past|this|previous)\s+week|(?:weekly\s+)?digest|deal\s+review)"
_OF = r"(?:\s+(?:of|for|from)\s+(?:the\s+)?(?:(?P<company>(?:whole\s+)?company|everybody|everyone)|(?:team\s+(?P<named>[\w&.' -]{1,60}?)|(?P<team>[\w&.' -]{1,60}?)\s+team)))?"
_WEEK = r"(?:\s*,?\s*(?:(?:of|for|in)\s+)?(?:(?:(?:the\s+)?(?P<rel>last|past|this|previous)\s+week)|(?:calendar\s+)?week\s+(?P<number>\d{1,2})(?:\s*(?:of|,|/)?\s*(?P<year>20\d\d))?|(?P<iso>20\d\d-?W\d{1,2})))?"
_ASKED = re.compile(_LEAD + _WHAT + _OF + _WEEK + END, re.IGNORECASE)
_NUMBERED = re.compile(
    _LEAD + r"(?:review|digest)" + r"(?=.*\bweek\s+\d|.*20\d\d-?W)" + _OF + _WEEK + END, re.IGNORECASE
)

_WENT = re.compile(
    r"\s*(?:(?:and|so|please)[,\s]+)*(?:how\s+(?:was|did|is|has|did\s+we\s+do|were\s+we)\s+(?:our\s+|my\s+|the\s+)?(?P<rel>last|past|previous|this)\s+week(?:\s+(?:go|gone|going|been|look|looking|end))?(?:\s+for\s+(?:us|me|the\s+team))?"
    r"|what\s+(?:did|have)\s+(?:we|i|the\s+team)\s+(?:get\s+done|got\s+done|achieved?|accomplish(?:ed)?)\s+(?P<done>last|past|previous|this)\s+week"
    r"|(?:show\s+me|tell\s+me\s+about|sum\s+up|summari[sz]e|recap)\s+(?:the\s+)?(?P<shown>last|past|previous|this)\s+week)"
    + END,
    re.IGNORECASE,
)


def asked(app: App, words: str, user: User | None, scope: Scope, as_of: str | None = None) -> Message | None:
    """Return the review that somebody asks for, for their eyes alone; None where the words ask for none. Raises Denied and Fatal as reading one does.

    Without `user` it is the company's or a team's, and one person's own is refused.
    """
    wanted = wanted_in(words, app.clock.now().astimezone(app.settings.zone).date(), app.settings.zone)
    if wanted is None:
        return None
    from bot.digest import review_for, review_for_all

    wanted = replace(wanted, as_of=as_of)
    if user is not None:
        return review_for(app, user, wanted)
    if not scope.everything:
        raise Denied("A person's own review is for their eyes.", "Ask as yourself.")
    return review_for_all(app, wanted)


def wanted_in(words: str, today: date, zone: ZoneInfo) -> Wanted | None:
    """Return which review the words ask for, None where they ask for none."""
    found = _ASKED.fullmatch(words[:400]) or _NUMBERED.fullmatch(words[:400])
    if found is None:
        went = _WENT.fullmatch(words[:400])
        if went is None:
            return None
        this = (went["rel"] or went["done"] or went["shown"]).casefold() == "this"
        return Wanted(week_of(today, zone).name if this else None)
    week = None
    if found["iso"]:
        read = read_week(found["iso"], zone)
        week = read.name if read is not None else found["iso"]
    elif found["number"]:
        number = int(found["number"])
        year = int(found["year"]) if found["year"] else today.isocalendar()[0]
        if not found["year"] and number > today.isocalendar()[1]:
            # A week that has not come yet is last year's.
            year -= 1
        week = f"{year}-W{number:02d}"
    elif re.search(r"\bthis\s+week\b|\bthis\s+week['’]s\b", words, re.IGNORECASE):
        week = week_of(today, zone).name
    team = found["team"] or found["named"]
    return Wanted(week, team.strip() if team else None, bool(found["company"]))
