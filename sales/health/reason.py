"""What a rule of health says: a named reason with its weight, and how reasons make a score.

Weights are points of 100, as a reason takes them that stands alone. They are judgements, written down beside each rule; where a published finding or the field's common practice stands
behind a threshold, the rule names it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["bad", "good", "unknown"]
Band = Literal["healthy", "watch", "at_risk", "unknown"]

GOOD_AT_MOST = 15
"""What speaks for a deal gives back at most this many points: a booked meeting doesn't undo a champion who left."""
WATCH_BELOW = 100 - GOOD_AT_MOST
"""A score below this is to be watched: more is lost than what speaks for a deal could give back. One grave reason does it, or two lesser ones."""
AT_RISK_BELOW = 67
"""A score below this is at risk: a third is lost, which takes three lesser reasons, or two graver ones."""


@dataclass(frozen=True)
class Finding:
    """What one rule found on one deal. `rests_on` are the ids (an activity's, a change's, a mention's) of what it rests on, strongest first."""

    kind: str
    family: str
    weight: int
    tone: Tone
    sentence: str
    since: date | None = None
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Score:
    """The score of a deal and its band; both say unknown where nothing could be told."""

    points: int | None
    band: Band


def score(findings: list[Finding], *, told: bool) -> Score:
    """Return the score: of 100, each reason against the deal takes its weight in percent of what the others leave; what speaks for it gives points back, up to a bound.

    So one grave reason weighs in full, and ten together still leave something to get worse from.
    `told` is whether anything of what passes with the buyer is known. Where it isn't, the deal is unknown, whatever the CRM's own fields say:
    a date that passed tells of the record, not of the buyer.
    """
    if not told:
        return Score(None, "unknown")
    left = 100 * math.prod(1 - found.weight / 100 for found in findings if found.tone == "bad")
    given = min(GOOD_AT_MOST, -sum(found.weight for found in findings if found.tone == "good"))
    points = min(100, round(left) + given)
    return Score(points, "at_risk" if points < AT_RISK_BELOW else "watch" if points < WATCH_BELOW else "healthy")
