"""Whether two shares differ by more than chance: an exact test, and what it is worth when many were made.

Fisher's exact test (R. A. Fisher, *Statistical Methods for Research Workers*, 1934) needs no minimum size; Holm's step-down correction (S. Holm, 1979,
*A Simple Sequentially Rejective Multiple Test Procedure*) holds the chance of even one false finding among all comparisons to `LEVEL`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import exp, lgamma, sqrt

LEVEL = 0.05
"""The usual level of significance: once in twenty a finding where there is none, over everything that was compared together."""

FEWEST = 10
"""How many decided deals each side has at least. Ours: with fewer, a share moves by a tenth for every deal, and nobody should act on it."""

_TIE = 1e-7
_Z95 = 1.959963984540054


def fisher(won_a: int, lost_a: int, won_b: int, lost_b: int) -> float:
    """Return the two-sided p of Fisher's exact test: the chance of a table as unlikely as this one or more so, its margins given. Raises ValueError below nought."""
    if min(won_a, lost_a, won_b, lost_b) < 0:
        raise ValueError("a count can't be negative")
    in_a, won, total = won_a + lost_a, won_a + won_b, won_a + lost_a + won_b + lost_b
    lowest, highest = max(0, in_a + won - total), min(in_a, won)
    fixed = _choose(total, in_a)

    def chance(k: int) -> float:
        return exp(_choose(won, k) + _choose(total - won, in_a - k) - fixed)

    seen = chance(won_a) * (1 + _TIE)
    return min(1.0, sum(one for k in range(lowest, highest + 1) if (one := chance(k)) <= seen))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def holm(chances: Sequence[float]) -> list[float]:
    """Return each p as it counts after allowing for all of them, in the order given."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    adjusted = [1.0] * len(chances)
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, chances[place] * (len(chances) - rank)))
        adjusted[place] = highest
    return adjusted


def wilson(part: int, whole: float) -> tuple[Decimal, Decimal]:
    """Return the 95 % bounds of a share (E. B. Wilson, 1927) to four decimals; nought and one where there is nothing. `whole` may be an effective number."""
    if whole <= 0:
        return Decimal(0), Decimal(1)
    return wilson_of(part / whole, whole)


def wilson_of(share: float, whole: float) -> tuple[Decimal, Decimal]:
    """Return the same for a share that is known already."""
    square = _Z95 * _Z95
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    reach = _Z95 * sqrt(share * (1 - share) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return _rounded(max(0.0, middle - reach)), _rounded(min(1.0, middle + reach))


def _rounded(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal("0.0001"))
