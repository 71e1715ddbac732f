"""What came of an objection, told by what its deal did afterwards, and when so few deals were seen that no rate is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sales.hygiene import ZOMBIE_DAYS

Outcome = Literal["went_on", "stalled", "lost", "open", "untold"]

GOES_ON_WITHIN_DAYS = ZOMBIE_DAYS // 2
"""So long a deal has to show that it goes on: ours, half the silence after which the hygiene pass calls a deal a zombie, a monthly forecast's length."""
FEWEST = 3
"""Of fewer deals no rate is told, only their number: ours. One deal more or less would turn it upside down."""

LABELS: dict[Outcome, str] = {
    "went_on": "went on",
    "stalled": "stalled",
    "lost": "lost",
    "open": "too early to tell",
    "untold": "can't be told",
}
RULE = (
    f"A deal went on where it was won, reached a later stage, or held or booked another call or meeting with the buyer within {GOES_ON_WITHIN_DAYS} days of the objection; "
    f"lost where it was lost within these days, or later without having gone on; stalled where {GOES_ON_WITHIN_DAYS} days passed without any of this; "
    "before that it is too early to tell and counts neither way. A deal counts once, however often it was said there."
)
"""The rule in the words that people read."""


@dataclass(frozen=True)
class Since:
    """What a deal shows since an objection, in days from it.

    `passed` is how long ago the objection was, `moved` when a later stage came, `met` when the next call or meeting with the buyer was held or is booked,
    None where neither was. `ended_after` is when the deal was won or lost: None where the day is not known, negative where it was over before.
    `deal_known` is False where no deal belongs to it.
    """

    passed: float
    moved: float | None = None
    met: float | None = None
    ended: Literal["won", "lost"] | None = None
    ended_after: int | None = None
    deal_known: bool = True


def outcome(since: Since) -> Outcome:
    """Return what came of an objection. What had too little time is open, never a failure."""
    over_before = since.ended is not None and since.ended_after is not None and since.ended_after < 0
    if not since.deal_known or over_before:
        return "untold"
    if since.ended == "lost" and (since.ended_after is None or since.ended_after <= GOES_ON_WITHIN_DAYS):
        return "lost"
    if since.ended == "won" or _in_time(since.moved) or _in_time(since.met):
        return "went_on"
    if since.ended == "lost":
        return "lost"
    return "open" if since.passed < GOES_ON_WITHIN_DAYS else "stalled"


def _in_time(days: float | None) -> bool:
    return days is not None and days <= GOES_ON_WITHIN_DAYS


def rate(count: int, of: int) -> int | None:
    """Return a share in whole percent, None where it is one of too few to mean anything. Halves are rounded up."""
    return (200 * count + of) // (2 * of) if of >= FEWEST else None


def told(count: int, of: int, what: str) -> str:
    """Write a share with its sample: `went on in 3 of 4 deals (75 %)`, and of too few without a rate."""
    if of == 0:
        return "too early to tell"
    percent = rate(count, of)
    deals = "deal" if of == 1 else "deals"
    return f"{what} {count} of {of} {deals} ({f'{percent} %' if percent is not None else 'too few for a rate'})"
