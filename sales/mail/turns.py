"""Whose turn it is: what a mail must not turn round, and what a piece of work is called to a customer."""

from __future__ import annotations

import re
from typing import Literal

from sales.commitments import asks, topic_stems

Purpose = Literal["ask", "answer", "deliver", "introduce", "reschedule", "recap"]
"""What a mail is for: to ask them where something stands, or what we owe: an answer, what was promised, an introduction, a new date, a recap."""

OWED: frozenset[Purpose] = frozenset({"answer", "deliver"})
"""Purposes where they wait for us."""

_PHRASES: dict[Purpose, str] = {
    "answer": "to answer",
    "deliver": "to keep our promise",
    "introduce": "to introduce myself",
    "reschedule": "to find a new date",
    "recap": "to recap our talk",
}
_READ: tuple[tuple[Purpose, str], ...] = (
    ("answer", r"(?:answer(?:ing)?|reply|respond)(?:\s+to)?(?:\s+(?:their|her|his|the|that)\s+(?:open\s+)?(?:questions?|mails?))?"),
    ("deliver", r"(?:keep|deliver)\s+(?:on\s+)?(?:our|my|the|that)\s+promises?"),
    ("introduce", r"introduce\s+(?:me|myself)"),
    ("reschedule", r"(?:find|set|suggest|propose)\s+a\s+new\s+(?:date|time)(?:\s+for\s+(?:our|the)\s+(?:meeting|call))?"),
    ("recap", r"(?:recap|sum\s+up)\s+(?:our|the)\s+(?:talk|call|meeting)"),
)  # fmt: skip
PURPOSES = "|".join(pattern for _, pattern in _READ)
"""A pattern of the words that say a purpose, without the `to` before them."""

_ACT = re.compile(
    r"(?:re-?)?(?:send|share|forward|deliver|provide|prepare|draft|e-?mail|mail|write|confirm)\s+(?=\S)", re.I
)
_ASIDE = re.compile(r"\s*(?:[:–—-]\s+)?“[^”]*”?|\s*\((?:today|tomorrow|[^()]{1,20})\)")
_TO_SOMEBODY = re.compile(
    r"\s+(?:to|with|for)\s+(?:you|her|him|them|[A-Z][\w'’-]+)(?:\s+(?:and\s+)?[A-Z][\w'’-]+)*(?:\s+(?:today|tomorrow|(?:by|on)\s+\w+))?\s*$"
)


def phrase_of(purpose: Purpose) -> str:
    """Return a purpose in the words that a request for a mail says it with, "" for a mail that asks."""
    return _PHRASES.get(purpose, "")


def purpose_in(words: str | None) -> Purpose:
    """Return the purpose that words say; a mail without one asks."""
    told = (words or "").strip()
    return next((one for one, pattern in _READ if told and re.fullmatch(pattern, told, re.I)), "ask")


def asks_us(sentence: str) -> bool:
    """Return whether a sentence of the buyer's asks something of us, so that the next word on it is ours: a question, or a request."""
    told = sentence.strip().rstrip('"”’)] ')
    return told.endswith(("?", "？", "؟")) or asks(told)


def object_of(work: str) -> str | None:
    """Return what a piece of our work is about, as a customer may read it: `Send the SOC 2 report to Vera` is `the SOC 2 report`.

    None where it names nothing ("Check and get it to you tomorrow").
    """
    told = _TO_SOMEBODY.sub("", _ASIDE.sub("", work)).strip(" .,;:")
    if not topic_stems(told):
        return None
    return _ACT.sub("", told, count=1) if _ACT.match(told) else told
