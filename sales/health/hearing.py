"""What one sentence of a call, a mail or a note tells of a deal's health: the kind of mention, or nothing.

Precise rather than complete: a question, a condition, and what is over tell nothing. The kinds are those of `KINDS`.
"""

from __future__ import annotations

import re

from sales.asserting import is_condition, is_over, is_question
from sales.commitments import asks
from sales.objections import topic_of
from sales.risks import risk_of

KINDS = (
    "date",
    "competitor",
    "rival",
    "budget",
    "price",
    "legal",
    "legal_done",
    "security",
    "security_done",
    "refusal",
    "hold",
    "priority",
    "reorganisation",
    "departure",
)
_OF_RISKS = frozenset({"refusal", "hold", "priority", "reorganisation", "budget", "rival"})
_SECURITY = re.compile(
    r"\b(?:info-?sec|(?:IT|information|cyber|our|their|the|to|through|by|from|past) security|security (?:team|review|check|questionnaire|assessment|people|officer|report|department|sign-?off|audit)|security (?:has|have|is|was|signed|passed|approved|cleared|still|needs|wants|wo|can)\b|soc ?2|iso ?27001|pen(?:etration)?[- ]?test\w*|ciso|vendor (?:risk|security) \w+|data protection officer)\b",
    re.I,
)
_LEGAL = re.compile(
    r"\b(?:legal(?: team| department| review)?|counsel|lawyers?|attorneys?|redlines?|mark-?ups?)\b", re.I
)
_HELD_UP = re.compile(
    r"\b(?:can['’]?t|cannot|won['’]?t|without|until|before|unless|waiting|wait|stuck|stops?|blocked|has(?:n['’]t| not)|have(?:n['’]t| not)|still (?:has|have|need|with|in|at|sitting|reviewing)|needs?|requires?|required|must|has to|have to|wants?|insists?|first|where(?:['’]s| is)|missing|pending|outstanding|backlog|queue)\b",
    re.I,
)
_THROUGH = re.compile(
    r"\b(?:(?:is|are|was|were|has|have|['’]s|['’]ve|been|got) (?:all |now |already |fully |both )*(?:through|done|signed(?: off)?|approved|cleared|passed|complete[d]?|closed|green|happy|finished|okay|ok|fine|accepted)|signed off|passed (?:it|us|you|the)|(?:he|she|they|security|legal|counsel)\s+(?:passed|approved|cleared|accepted|signed)|no (?:further |more |open )?(?:questions|comments|objections|findings|concerns)|green light|cleared (?:it|us|you))\b",
    re.I,
)
_LEFT = re.compile(
    r"\b(?:no longer (?:with|at|works?|here|employed)|(?:has|have|had|['’]s|['’]ve) (?:just |already |since )?left\b(?! (?:a|an|it|that|the|you|me|us|him|her|them|over|off|out|to)\b)|(?:is|was|['’]s|am|['’]m) leaving(?! (?:it|that|this|now|in a|for (?:the day|lunch|vacation|holiday))\b)|left the (?:company|firm|business|organi[sz]ation)\b|since (?:I|he|she|they) left|my (?:successor|replacement)|(?:his|her|their) (?:successor|replacement)|last (?:day|week) (?:at|with|here|is|was|in the office)|my last (?:day|week|call)|first (?:day|week) at\b|resigned|stepped down|stepping down|been let go|was let go|new (?:role|job|position) (?:at|with|as|in|elsewhere)|(?:started|start|starting|joined|joining) (?:at )?(?-i:[A-Z])\w+ (?:as|on|in)\b|changed jobs|moved on to)\b",
    re.I,
)


_OF_SELF = re.compile(
    r"\b(?:I(?:['’]m| am|['’]ll be| will be) (?:leaving|resigning|stepping down|moving on|changing jobs)|I(?:['’]ve| have)? (?:just |already )?(?:resigned|stepped down|handed in my notice)|my (?:successor|replacement|last (?:day|week|call))|is my last|I(?:['’]ve| have)? (?:start(?:ed|ing)?|join(?:ed|ing)?)\b.{0,30}\bnew (?:role|job|position)|my new (?:role|job|position))\b",
    re.I,
)
_DENIED = re.compile(r"(?:n['’]t|\bnot|\bnever) (?:\w+ )?(?:gone|lost|fallen|dropped|a lower)\b", re.I)
_LEANS_TO = re.compile(
    r"(?:[Pp]refer(?:s|red)?|[Tt]owards?|[Ll]ean\w* to) (?!I\b)[A-Z]\w+|[A-Z]\w+ is (?:our|the|my) (?:front ?runner|favou?rite|first choice|preferred)|(?:ahead of|better than) you\b"
)
_LEGAL_HELD_UP = re.compile(
    r"\b(?:(?:waiting|wait) (?:for|on)|stuck|blocked|has(?:n['’]t| not)|have(?:n['’]t| not)|still (?:has|have|with|in|at|sitting|reviewing)|backlog|queue|(?:can['’]?t|cannot|won['’]?t) (?:\w+ ){0,4}(?:until|before|without)|no (?:answer|word|comments) (?:yet )?from)\b",
    re.I,
)


def says_self_leaves(text: str) -> bool:
    """Whether somebody says of themselves that they leave. Who says "since I left" speaks from where they went, of where they were."""
    return _OF_SELF.search(text) is not None


def kinds_of(text: str, side: str) -> tuple[str, ...]:
    """Return what a sentence tells. `side` is buyer, seller or note: what our side says of the buyer's troubles is hearsay, but that somebody left or that a review is through counts."""
    if len(text.split()) < 3:
        return ()
    found: list[str] = []
    asked = is_question(text)
    if (_LEFT.search(text) or _OF_SELF.search(text)) and not asked and not is_condition(text):
        found.append("departure")
    found += _reviews(text, side, asked=asked)
    if side != "buyer":
        return tuple(found)
    risk = risk_of(text)
    if risk == "departure" and "departure" not in found:
        found.append("departure")
    elif risk in _OF_RISKS and not _unmeant(risk, text):
        found.append(risk)
    elif not asked and not is_condition(text) and not is_over(text) and topic_of(text) in ("price", "budget"):
        found.append("price" if topic_of(text) == "price" else "budget")
    return tuple(found)


def _unmeant(risk: str | None, text: str) -> bool:
    """Whether a phrase of a risk stands there for something else: what is denied, or a preference for no company."""
    return (risk == "priority" and _DENIED.search(text) is not None) or (
        risk == "rival" and _LEANS_TO.search(text) is None
    )


def _reviews(text: str, side: str, *, asked: bool) -> list[str]:
    found = []
    for kind, names in (("security", _SECURITY), ("legal", _LEGAL)):
        if names.search(text) is None:
            continue
        if _THROUGH.search(text) and not asked and not _HELD_UP.search(text):
            found.append(f"{kind}_done")
        elif side == "buyer" and not is_over(text) and not is_condition(text):
            held_up = _HELD_UP if kind == "security" else _LEGAL_HELD_UP
            if (kind == "security" and asks(text)) or (held_up.search(text) and not asked):
                found.append(kind)
    return found


def is_of(text: str, name: str) -> bool:
    """Whether a sentence names a person: by the whole name, or by the first or last of it written as a name."""
    words = [word for word in name.split() if len(word) > 2]
    return any(re.search(rf"\b{re.escape(word)}\b", text) is not None for word in words)
