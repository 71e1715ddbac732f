"""What a call came to, in Rackham's four classes (SPIN Selling, 1988): an order, an advance, a continuation, or no sale; each told from what was agreed.

An advance is an action of the buyer's that moves the sale on; "let's talk again some time" is a continuation, however friendly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["order", "advance", "continuation", "no_sale"]
LABELS: dict[Outcome, str] = {
    "order": "Order: the buyer said yes",
    "advance": "Advance: the buyer agreed to something that moves it on",
    "continuation": "Continuation: it goes on, but nothing was agreed that moves it",
    "no_sale": "No sale: the buyer said no",
}


@dataclass(frozen=True)
class Ground:
    """What the estimate rests on: whether the buyer agreed to buy or refused, how many next steps are dated, whose they are, what stayed open."""

    said_yes: bool
    said_no: bool
    steps_of_buyer: int
    dated_steps: int
    meetings_agreed: int
    open_objections: int


def estimate(ground: Ground) -> tuple[Outcome, tuple[str, ...]]:
    """Return the class and its reasons, in fixed words with their counts. It is an estimate from what was said, and says so."""
    reasons: list[str] = []
    if ground.said_no and not ground.said_yes:
        return "no_sale", ("the buyer refused in their own words",)
    if ground.said_yes and not ground.said_no:
        return "order", ("the buyer agreed in their own words",)
    if ground.steps_of_buyer:
        reasons.append(f"{_count(ground.steps_of_buyer, 'next step')} of the buyer's own")
    if ground.dated_steps:
        reasons.append(f"{_count(ground.dated_steps, 'next step')} with a date")
    if ground.meetings_agreed:
        reasons.append(f"{_count(ground.meetings_agreed, 'meeting')} agreed on")
    if ground.open_objections:
        reasons.append(f"{_count(ground.open_objections, 'objection')} without an answer")
    if ground.steps_of_buyer and (ground.dated_steps or ground.meetings_agreed):
        return "advance", tuple(reasons)
    if not ground.steps_of_buyer:
        reasons.append("the buyer agreed to do nothing")
    if not ground.dated_steps:
        reasons.append("nothing has a date")
    return "continuation", tuple(reasons)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
