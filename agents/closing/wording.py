"""The words of a card's tasks and mail: what somebody promised as one would say it to them, with days that don't go stale."""

from __future__ import annotations

import re
from datetime import date

from sales.commitments import topic_stems
from sales.spoken_dates import days_in

_LEAD = re.compile(
    r"^(?:(?:so|and|but|okay|ok|yes|yeah|sure|well|then|now|great|perfect|alright|right)[\s,]+)*"
    r"(?:(?:I|we)(?:['’]ll| will| shall|['’]m going to|['’]re going to| am going to| are going to| can| should| need to| have to)(?: also| then| just| still| definitely| happily)*\s+|let me\s+|let us\s+|let['’]s\s+)",
    re.I,
)
_OWED = re.compile(
    r"^(?:and\s+|so\s+)?(?:you(?:['’]ll| will) (?:also )?(?:have|get)|(?:I|we) (?:still )?owe (?P<whom>you|her|him|them))\s+",
    re.I,
)
_ABOUT = re.compile(r":\s*“(?P<about>[^“”]*)”(?P<rest>.*)$", re.S)
_NOTED_DAY = re.compile(r"\s*\((?:on|by) [^()]{3,40}\)\s*$")
_DELIVERS = re.compile(
    r"(?:check and |go and |try to |also |then )?(?:re-?)?(?:send|share|forward|e-?mail|mail|get|come back|go back|find out|confirm|bring|provide|deliver|answer|introduce|connect|book|schedule|set up|set|prepare|draft|check|"
    r"review|put together|call|update|add|include|invite|organi[sz]e|arrange|show|upload|talk|speak|ask|run|push|sign|pass|return|fix|correct|write|look into|follow up|give|have|test|join|present|finish|complete|clarify|loop|chase|raise|report|let)\b",
    re.I,
)
_CLAUSE = re.compile(r"\b(?:because|that|what|which|when|if|who|where|why|how|so|but|unless|while)\b", re.I)
_SPOKEN_TO = re.compile(r"\b(?:to|with|for|from|send|give|get|show|tell|call|mail|email|e-mail|let|invite|introduce|bring|forward|ask|write|ring)\s+$", re.I)  # fmt: skip
_WE = re.compile(r"\b(?:I|we|us|me)\b(?!['’])", re.I)
_TRAILING = re.compile(r"[\s.,;:!…]+$")
_PREPOSITION = re.compile(r"\b(?:by|on|until|before|till|for|from|after|at|in|of|the)\s*$", re.I)
_FLIPS = {"you": "us", "your": "our", "yours": "ours", "me": "you", "my": "your", "us": "you", "our": "your", "we": "you", "i": "you", "ours": "yours"}  # fmt: skip
_FLIPPED = re.compile(r"\b(" + "|".join(_FLIPS) + r")\b(?!['’])", re.I)
_ACRONYM = re.compile(r"^(?:[A-Z0-9]{2,}|[A-Z][a-z]+[A-Z]\w*|I\b)")
LONGEST = 200


def parted(text: str) -> tuple[str, str | None]:
    """Return what is to be done, as `undertaking`, and the words that notes cite beside it where it names nothing itself."""
    told = _NOTED_DAY.sub("", text)
    found = _ABOUT.search(told)
    return (undertaking(told[: found.start()]), found["about"].strip() or None) if found else (undertaking(told), None)


def is_deed(text: str) -> bool:
    """Whether words begin with what one does for somebody: `send`, `prepare`, `speak`."""
    return _DELIVERS.match(text) is not None


def can_be_told(text: str, *, theirs: bool) -> bool:
    """Whether an undertaking can stand in a mail as a line of its own: a deed that names its object, in one clause; of the other side, nothing that would have to be turned round."""
    if not is_deed(text) or not topic_stems(text) or _CLAUSE.search(text):
        return False
    if not theirs:
        return True
    yous = [found.start() for found in re.finditer(r"\byou\b", text, re.I)]
    return _WE.search(text) is None and all(_SPOKEN_TO.search(text[:start]) for start in yous)


def undertaking(text: str) -> str:
    """Return what is to be done, from its verb on and without its full stop: `send you the SOC 2 report by Friday`."""
    told = _TRAILING.sub("", _LEAD.sub("", " ".join(text.split())))
    if owed := _OWED.match(told):
        whom, rest = owed["whom"] or "you", told[owed.end() :]
        pronoun = re.match(r"(?:it|that|this|them|those|these)\b", rest, re.I)
        told = f"get {rest[: pronoun.end()]} to {whom}{rest[pronoun.end() :]}" if pronoun else f"get {whom} {rest}"
    if told[:1].isupper() and not _ACRONYM.match(told) and not told[:2].isupper():
        told = told[:1].lower() + told[1:]
    return told if len(told) <= LONGEST else told[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def capital(text: str) -> str:
    """Return a text with a capital in front."""
    return text[:1].upper() + text[1:]


def flipped(text: str) -> str:
    """Return what the other side promised us as it is told to them: `send you our form` → `send us your form`."""
    return _FLIPPED.sub(lambda found: _FLIPS[found[0].lower()], text)


def told_of(text: str, who: str) -> str:
    """Return what was said to the other side as one tells it of them: `send you your copy` → `send Acme their copy`."""
    told = re.sub(r"\byou\b", lambda found: who if _SPOKEN_TO.search(text[: found.start()]) else found[0], text)
    return re.sub(r"\byour\b", "their", told) if told != text else text


def dated(text: str, due: date | None, said_on: date) -> str:
    """Return a text whose relative day (`tomorrow`, `by Friday`) is told as the day it is; a day that the text lacks is added."""
    if due is None:
        return text
    every = days_in(text, said_on)
    named = [when for when in every if when.first == when.last == due]
    if not named and any(when.first <= due <= when.last for when in every):
        return text
    if not named:
        return f"{text} by {day_words(due)}"
    first = last = named[-1]
    for one in reversed(named[:-1]):
        # "Saturday, the 14 November" names one day twice.
        if re.fullmatch(r"[\s,]*(?:the\s+)?", text[one.end : first.start]):
            first = one
    head, words, rest = text[: first.start], text[first.start : last.end], text[last.end :]
    inside = re.match(r"(?:by|on|until|before)\b", words, re.I)
    lead = f"{inside[0]} " if inside else "" if _PREPOSITION.search(head) else "on "
    head = re.sub(r"\bthe\s*$", "", head)
    return f"{head}{lead}{day_words(due)}{rest}"


def day_words(day: date) -> str:
    """Return a day as it stands in a mail: `Friday 27 November`."""
    return f"{day:%A} {day.day} {day:%B}"
