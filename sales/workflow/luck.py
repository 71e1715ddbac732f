"""Whether two shares differ by more than luck: Fisher's exact test, which holds for small samples too (R. A. Fisher, 1922)."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma

SURE = 0.05
"""So unlikely must luck be, over all that was looked at together."""
LEAST = 10
"""So many must stand on either side: below that nothing is argued from a share."""


@dataclass(frozen=True)
class Split:
    """Of `with_all` cases that had something `with_good` went well; of `without_all` that had not, `without_good`."""

    with_good: int
    with_all: int
    without_good: int
    without_all: int

    @property
    def enough(self) -> bool:
        """Whether both sides are large enough to argue from."""
        return self.with_all >= LEAST and self.without_all >= LEAST

    @property
    def better(self) -> bool:
        """Whether it went better with than without."""
        return self.with_good * self.without_all > self.without_good * self.with_all


def by_luck(split: Split) -> float:
    """Return the chance, two-sided, of a difference at least as unlikely as this one where there is none."""
    good = split.with_good + split.without_good
    everything = split.with_all + split.without_all
    if not everything or not split.with_all or not split.without_all:
        return 1.0

    def chance(drawn: int) -> float:
        return exp(
            _choose(good, drawn)
            + _choose(everything - good, split.with_all - drawn)
            - _choose(everything, split.with_all)
        )

    least, most = max(0, split.with_all - (everything - good)), min(good, split.with_all)
    seen = chance(split.with_good)
    total = sum(one for drawn in range(least, most + 1) if (one := chance(drawn)) <= seen * (1 + 1e-9))
    return min(1.0, total)


def _choose(whole: int, part: int) -> float:
    """The logarithm of the number of ways to choose `part` of `whole`."""
    return lgamma(whole + 1) - lgamma(part + 1) - lgamma(whole - part + 1)
