"""Whether a figure moves towards its target from week to week, stands still, or moves away from it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

WEEKS = 4
"""So many complete weeks are compared: ours, a month, as one slow week says nothing and a quarter is too late."""
MOVED = Decimal("0.10")
"""A gap that closed or opened by less than a tenth did not move: ours, below it week-to-week noise of small samples decides."""

Course = Literal["met", "better", "flat", "worse"]


def course(values: Sequence[Decimal | None], target: Decimal, *, higher_is_better: bool) -> Course | None:
    """Return how a figure goes, from its weekly values with the latest last; None where too few of the last weeks have one.

    It is met where the latest value is. Else the mean gap to the target of the last half of the weeks is compared with that of the first half:
    smaller by a tenth is better, larger by a tenth is worse, anything between is flat.
    """
    lately = list(values[-WEEKS:])
    if len(lately) < WEEKS or any(one is None for one in lately):
        return None
    known = [one for one in lately if one is not None]
    gaps = [target - one if higher_is_better else one - target for one in known]
    if gaps[-1] < 0 or (higher_is_better and gaps[-1] == 0):
        return "met"
    half = WEEKS // 2
    before, after = sum(gaps[:half], Decimal(0)) / half, sum(gaps[-half:], Decimal(0)) / half
    # What was met before and is missed now has gone the wrong way, however little.
    if before <= 0:
        return "worse" if gaps[-1] > before else "flat"
    moved = (before - after) / before
    return "better" if moved >= MOVED else "worse" if moved <= -MOVED else "flat"
