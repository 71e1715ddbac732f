"""Whether words that look like an undertaking are meant as one: something that is to happen after the talk, and nothing said in passing."""

from __future__ import annotations

import re
from datetime import date

from sales.asserting import is_question
from sales.commitments import due_in
from sales.undertaking_words import (
    DOABLE,
    HABIT,
    HYPOTHETICAL,
    IN_THE_TALK,
    JOKES_ASIDE,
    NEGATED,
    NOW,
    PLAIN_ACT,
    POLITE_IF,
    PRODUCT,
    REPORTED,
    SAID_NOT_DONE,
    SHORT,
    STATIVE,
    TELLS,
    TO_THEM,
)

_SOME_DAY = date(2026, 1, 5)
_TELLS_OF_ITSELF = re.compile(r"\b(?:I|we|he|she|they|who|have|had|has|['’]ve)\s*$", re.I)
_ASKED_BY_THEM = re.compile(
    r"\b(?:he|she|they|people|somebody|someone|everyone) (?:always |usually |then )?(?:asks?|says?|comes?|calls?|wants?)\b",
    re.I,
)


def _has_day(text: str) -> bool:
    """Whether words name a day, whichever it is."""
    return due_in(text, _SOME_DAY) is not None


def act_of(match: re.Match[str]) -> str:
    """Return the words of doing that a pattern found."""
    words = next(value for name, value in match.groupdict().items() if value and name.startswith(("act", "yours", "willdo", "have")))  # fmt: skip
    return " ".join(words.split()).strip(" ,;–-")


def is_plain(text: str, match: re.Match[str], kind: str, act: str) -> bool:
    """Whether words are meant as something to do even where nobody knows who is on which side: among colleagues, `we could have a bigger screen` is an idea."""
    when = due_in(text, _SOME_DAY)
    if kind == "plan":
        return True
    if kind == "meeting":
        return when is not None and len(act.split()) >= 4 and not IN_THE_TALK.match(act)
    if IN_THE_TALK.match(act):
        return False
    ours = re.search(r"\bwe\b", match[0][: max(1, len(match[0]) - len(act))], re.I) is not None
    later = when is not None and text[when.start : when.end].casefold() not in (
        "today",
        "now",
        "this quarter",
        "this year",
    )
    return (PLAIN_ACT.match(act) is not None and not ours) or (later and DOABLE.match(act) is not None)


def stands(text: str, match: re.Match[str], kind: str) -> bool:
    """Whether a match is meant as something that is to happen."""
    act = act_of(match)
    before = text[: match.start()]
    if IN_THE_TALK.match(act) or (kind == "promise" and JOKES_ASIDE.match(act)):
        return False
    if NEGATED.search(before + text[match.start() : match.end() - len(act)]) or REPORTED.search(before):
        return False
    hypothetical = HYPOTHETICAL.search(text)
    if hypothetical and not POLITE_IF.search(text) and kind != "request":
        return False
    if kind == "promise":
        return _promises(text, match, act)
    if kind == "request" and _TELLS_OF_ITSELF.search(before):
        return False
    if kind in ("offer", "request"):
        return not NOW.search(act) and (not SAID_NOT_DONE.match(act) or _has_day(act))
    if kind == "meeting":
        return _has_day(text) or re.search(r"\b(?:diary|calendar|another (?:call|meeting|session)|next (?:call|meeting)|follow-?up|find (?:a|some) (?:time|slot))\b", act, re.I) is not None  # fmt: skip
    return len(act.split()) >= 3


def _promises(text: str, match: re.Match[str], act: str) -> bool:
    found = match.groupdict()
    if found.get("act6") and TELLS.match(act) and _ASKED_BY_THEM.search(text):
        return False
    if found.get("act6") and (HABIT.search(text) or len(text.split()) > SHORT + 4):
        return False
    if found.get("act8"):
        named = _has_day(act) or re.search(r"\b(?:for|to|with|over to) (?:you|her|him|them)\b|\byour\b", act, re.I)
        return (
            bool(named)
            and not IN_THE_TALK.match(act)
            and not is_question(text)
            and not STATIVE.match(act)
            and not SAID_NOT_DONE.match(act)
        )
    if found.get("act7") and not _has_day(text):
        return False
    if is_question(text) or (SAID_NOT_DONE.match(act) and not _has_day(act)):
        return False
    if (found.get("yours") or "").lower().split()[-1:] and re.match(
        r"you(?:['’]ll| will| are going to) (?:get|see|receive)\b", found["yours"] or "", re.I
    ):
        return _has_day(act)
    ours = (found.get("who") or "").lower() == "we"
    if (ours or found.get("yours")) and PRODUCT.match(act) and not TO_THEM.search(act):
        return _has_day(act)
    return True
