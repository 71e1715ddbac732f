"""Attainment of a target: what was won of what was to be won, exact to two decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")


def attainment(won: Decimal, target: Decimal) -> Decimal | None:
    """Return what was won as a percentage of the target, half rounded up; None for a target of nought. Both are in one currency."""
    if target <= 0:
        return None
    return (won * 100 / target).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)


def to_go(won: Decimal, target: Decimal) -> Decimal:
    """Return what is still to be won; negative where the target was passed."""
    return target - won
