"""What a rule of health says: a named reason with its weight, and how reasons make a score.

Weights are points of 100. They are judgements, written down beside each rule; where a published finding or the field's common practice stands
behind a threshold, the rule names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["bad", "good", "unknown"]
Band = Literal["healthy", "watch", "at_risk", "unknown"]

AT_RISK_BELOW = 60
"""A score below this is at risk: one grave reason with a lesser one, or three lesser ones."""
WATCH_BELOW = 80
"""A score below this is to be watched: one grave reason, or two lesser ones."""
GOOD_AT_MOST = 15
"""What speaks for a deal gives back at most this many points: a booked meeting doesn't undo a champion who left."""


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
    """Return the score: 100 less the weights against the deal, with what speaks for it given back up to a bound.

    `told` is whether anything of what passes with the buyer is known. Where it isn't, the deal is unknown, whatever the CRM's own fields say:
    a date that passed tells of the record, not of the buyer.
    """
    if not told:
        return Score(None, "unknown")
    lost = sum(found.weight for found in findings if found.tone == "bad")
    given = min(GOOD_AT_MOST, -sum(found.weight for found in findings if found.tone == "good"), lost)
    points = max(0, min(100, 100 - lost + given))
    return Score(points, "at_risk" if points < AT_RISK_BELOW else "watch" if points < WATCH_BELOW else "healthy")
