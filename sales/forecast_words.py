"""What the buyer's own words say of a deal's stage, its close date and its sum. Precise rather than complete: what is only asked, supposed, denied or hoped is nothing.

A stage is told by what the buyer agreed to or refused, never by what we offered. The day is one by which they say they sign, buy or decide. The
sum is one that they agree to pay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sales.asserting import is_condition, is_hearsay, is_question
from sales.sentences import sentences
from sales.spoken_dates import days_in
from sales.spoken_numbers import money_in
from sales.stages import PlacedStage, usual_place

Move = Literal["pilot", "proposal", "contract", "won", "lost"]

_WE = r"(?:we|i|my (?:boss|team|cfo|ceo)|the (?:team|board|committee|cfo|ceo))"
_HAVE = r"(?:['’]ve|['’]s| have| has)?"
_WORDS: tuple[tuple[Move, str], ...] = (
    (
        "lost",
        r"\b(?:"
        + _WE
        + _HAVE
        + r" (?:decided (?:not to|against|to (?:go|sign|stay) with (?!you\b))|chose|chosen|gone with|went with|signed with|picked|are going with|['’]re going with)\b(?! (?:you|your|dealing|the pilot|the (?:bigger|smaller|larger|annual|yearly|monthly|second|first|premium|standard)))"
        r"|we(?:['’]re| are) (?:not (?:going to (?:go ahead|move forward|proceed|buy|sign|renew|continue)|moving forward|going ahead|renewing|proceeding)|going with (?!you\b|your\b|the\b|it\b|this\b|that\b)\w+|going with (?:another|a different) (?:vendor|supplier|provider|company))"
        r"|we(?:['’]ll| will) (?:not (?:be )?(?:go(?:ing)? ahead|mov(?:e|ing) forward|renew(?:ing)?|buy(?:ing)?|sign(?:ing)?)|pass on (?:this|it))|we(?:['’]re| are) out\b|the answer is no\b|it(?:['’]s| is) a no\b)",
    ),
    (
        "won",
        r"\b(?:"
        + _WE
        + _HAVE
        + r" (?:signed (?:it|the (?:contract|agreement|order|order form|papers?|paperwork|quote))|decided to (?:go with|buy from|sign with) you|chosen you|picked you|approved (?:the (?:purchase|order|contract)))"
        r"|(?:the|our) (?:contract|agreement|order form|order) (?:is|has been|was) signed|(?:purchase order|po) (?:is|has been|was) (?:out|sent|issued|signed)|we(?:['’]re| are) going with you\b)",
    ),
    (
        "contract",
        r"\b(?:(?:please )?send (?:us |me |over )?(?:the |a |your )?(?:contract|agreement|order form|msa|paperwork|papers|redlines?)\b|(?:our )?(?:legal|procurement|lawyers?)(?:['’]s| team)? (?:is|are|has|have|['’]ve)? ?(?:reviewing|got|looking at|started|going through|working (?:on|through)) (?:the |your )?(?:contract|agreement|terms|redlines?|paperwork|msa|draft)|we(?:['’]re| are) ready to sign\b|let['’]?s (?:sign|do the paperwork|get (?:it|this) signed|get the (?:contract|paperwork)))",
    ),
    (
        "proposal",
        r"\b(?:(?:please )?(?:send|get|give) (?:us|me|over) (?:the |a |your |that )?(?:\w+ ){0,2}?(?:proposal|quote|quotation|offer)\b|(?:put|work) (?:together|up) (?:the |a |your )?(?:\w+ ){0,2}?(?:proposal|quote|quotation|offer)\b|(?:we|i)(?:['’]d| would) (?:like|love|want) (?:to (?:see|have|get) )?(?:a |the |your )?(?:\w+ )?(?:proposal|quote|quotation)\b|we need (?:a|the|your) (?:\w+ )?(?:proposal|quote|quotation)\b)",
    ),
    (
        "pilot",
        r"\b(?:let['’]?s (?:do|start|run|go with|go ahead with|begin|try) (?:the |a |that |with (?:the |a )?)?(?:\w+[- ]){0,3}?(?:pilot|trial|poc|proof of concept)\b|we(?:['’]ll| will) (?:do|start|run|go (?:ahead )?with|begin) (?:the |a |that |with (?:the |a )?)?(?:\w+[- ]){0,3}?(?:pilot|trial|poc|proof of concept)\b|(?:we|i)(?:(?:['’]d| would) (?:like|love|be happy)| want| decided|['’]ve decided| have decided) to (?:do|start|run|begin|try|go (?:ahead )?with) (?:the |a |that |with (?:the |a )?)?(?:\w+[- ]){0,3}?(?:pilot|trial|poc|proof of concept)\b|(?:we|they)(?:['’]ve| have)? (?:agreed to|approved|signed off on?) (?:the |a |your )?(?:\w+[- ]){0,2}?(?:pilot|trial|poc|proof of concept)\b|yes to (?:the|a) (?:pilot|trial|poc)\b)",
    ),
)
_MOVES = tuple((move, re.compile(pattern, re.I)) for move, pattern in _WORDS)
_PLACES: dict[Move, tuple[float, float]] = {"pilot": (3.9, 4.1), "proposal": (4.9, 5.1), "contract": (5.9, 7.1)}
_SIGNS = re.compile(
    r"\b(?:sign(?:ed|ing|ature)?|close (?:it|this|the deal)|(?:make|have|take|reach) (?:a|the|our) decision|decide|decision|get (?:it|this) (?:done|approved|over the line)|purchase order|\bpo\b|place the order|buy)\b",
    re.I,
)
_NOT_YET = re.compile(
    r"\b(?:not|n['’]t|never|hardly|unless|if|whether|maybe|perhaps|might|could|hope|hopefully|would have|no way|impossible|can['’]t|cannot)\b",
    re.I,
)
_REQUEST = re.compile(r"\b(?:can|could|will) you (?:please |just |maybe )?$", re.I)
_AGREES_TO_PAY = re.compile(
    r"\b(?:(?:the |our )?(?:board|cfo|ceo|committee|team|boss|finance|management) (?:has |have )?(?:approved|agreed to|signed off on)|(?:we|i) (?:can|could) (?:do|live with|work with|sign (?:at|for))|(?:we|i)(?:['’]re| are|['’]m| am)? (?:ok(?:ay)?|fine|good|happy|agreed) (?:with|at|on|to)|(?:that|which) works(?: for us)?|works for us|(?:we|they)(?:['’]ve| have)? (?:agreed (?:to|on)|approved|signed off(?: on)?)|(?:is|was|got) approved|(?:we|i)(?:['’]ll| will) (?:pay|take it (?:for|at)|sign (?:at|for)))\b",
    re.I,
)


@dataclass(frozen=True)
class StageWords:
    """A buyer's sentence that moves the deal, verbatim, and where to."""

    move: Move
    quote: str


@dataclass(frozen=True)
class DayWords:
    """A buyer's sentence that says by when they sign or decide; `day` is the last day that it allows."""

    day: date
    quote: str


@dataclass(frozen=True)
class SumWords:
    """A buyer's sentence that agrees to a sum; `currency` is None where they named none."""

    amount: Decimal
    currency: str | None
    quote: str


def move_in(text: str) -> StageWords | None:
    """Return the weightiest move that a turn of the buyer's makes."""
    for move, pattern in _MOVES:
        for one in sentences(text):
            if (match := pattern.search(one.text)) and _meant(one.text, match):
                return StageWords(move, one.text)
    return None


def _meant(text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()]
    clause = re.split(r"[.;:,]", before)[-1]
    is_request = _REQUEST.search(before) is not None
    return (
        (is_request or not text.rstrip('"”’) ').endswith("?"))
        and not re.search(r"\b(?:if|unless|once|when|whether|before|until|suppose|would|might|maybe|don['’]t|not|never|said|told|asked|other)\b", clause, re.I)
        and not re.match(r"[^.;]{0,40}?\b(?:if|unless|yet)\b", text[match.end() :], re.I)
    )  # fmt: skip


def _only_said(text: str) -> bool:
    return is_question(text) or is_condition(text) or is_hearsay(text)


def day_in(text: str, said_on: date) -> DayWords | None:
    """Return the day by which a turn of the buyer's says that they sign or decide; None where it is none after the day it was said on."""
    for one in sentences(text):
        if not _SIGNS.search(one.text) or _NOT_YET.search(one.text) or _only_said(one.text):
            continue
        days = [when for when in days_in(one.text, said_on) if when.last > said_on]
        if len(days) == 1:
            return DayWords(days[0].last, one.text)
    return None


def sum_in(text: str) -> SumWords | None:
    """Return the sum that a turn of the buyer's agrees to pay; None where several are named."""
    for one in sentences(text):
        if not _AGREES_TO_PAY.search(one.text) or _NOT_YET.search(one.text) or _only_said(one.text):
            continue
        sums = money_in(one.text)
        if len({found.value for found in sums}) == 1:
            return SumWords(sums[0].value, sums[0].currency, one.text)
    return None


def stage_for(move: Move, stages: Sequence[PlacedStage], present: str | None) -> str | None:
    """Return the stage of this pipeline that a move leads to: further on than the present one, or the one that is won or lost. None where there is none."""
    if move in ("won", "lost"):
        closed = [one for one in stages if one.status == move]
        return closed[0].name if len(closed) == 1 else None
    low, high = _PLACES[move]
    fitting = [
        one
        for one in stages
        if one.status == "open" and (place := usual_place(one.name)) is not None and low <= place <= high
    ]
    here = next((one.position for one in stages if one.name == present), None)
    if not fitting or (present is not None and here is None):
        return None
    first = min(fitting, key=lambda one: one.position)
    return first.name if here is None or first.position > here else None
