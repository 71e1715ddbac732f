"""How likely an open deal is to be won, and when: rules on the ages at which deals were decided, without any model.

A deal still open is no loss: it counts for as long as it was open (censored), as in the cumulative incidence of O. Aalen and S. Johansen (1978), the estimator
of Kaplan and Meier for more than one way to end. Shares are from 0 to 1, ages in whole days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

Outcome = Literal["won", "lost", "open"]

FEWEST_EACH = 50
"""How many won and how many lost deals a model needs: ten for each of five things that it may learn (P. Peduzzi et al., 1996: ten events a variable)."""

PRIOR_DEALS = 20.0
"""How many deals the overall rate weighs against a group's own. Ours: a group of 20 counts half, one of 200 nearly all."""

FEWEST_LATER = 10
"""How many won deals must have been won at a higher age before a day is foretold. Ours: below that, one deal moves the day by a tenth of them."""


@dataclass(frozen=True)
class Ages:
    """What ages tell: up to each of `days`, the shares of deals won (`won`) and lost (`lost`) by then, how many were decided later than that, and how many in all."""

    days: tuple[int, ...]
    won: tuple[float, ...]
    lost: tuple[float, ...]
    won_later: tuple[int, ...]
    decided_later: tuple[int, ...]
    won_deals: int = 0
    decided_deals: int = 0

    def _place(self, age: int) -> int:
        """Return the place of the last of `days` that is not above the age; -1 before the first."""
        low, high = 0, len(self.days)
        while low < high:
            middle = (low + high) // 2
            if self.days[middle] <= age:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def rate(self, age: int, overall: float) -> float:
        """Return how likely a deal that is open at this age is to be won once decided, drawn to the overall rate where few came so far."""
        place = self._place(age)
        won = self.won[-1] - (self.won[place] if place >= 0 else 0.0) if self.days else 0.0
        lost = self.lost[-1] - (self.lost[place] if place >= 0 else 0.0) if self.days else 0.0
        later = self._later(self.decided_later, place, self.decided_deals)
        if won + lost <= 0 or not later:
            return overall
        return (won / (won + lost) * later + PRIOR_DEALS * overall) / (later + PRIOR_DEALS)

    def median(self, age: int) -> int | None:
        """Return the age by which half of the deals won later than `age` were won; None where fewer than `FEWEST_LATER` were."""
        place = self._place(age)
        if self._later(self.won_later, place, self.won_deals) < FEWEST_LATER:
            return None
        so_far = self.won[place] if place >= 0 else 0.0
        half = so_far + (self.won[-1] - so_far) / 2
        return next(
            (day for day, share in zip(self.days, self.won, strict=True) if day > age and share >= half - 1e-12), None
        )

    @staticmethod
    def _later(counts: Sequence[int], place: int, whole: int) -> int:
        return counts[place] if place >= 0 else whole


def ages_of(deals: Iterable[tuple[int, Outcome]]) -> Ages:
    """Return what the ages of deals tell, each as (age when decided, or up to now for an open one; outcome)."""
    ended: dict[int, list[int]] = {}
    total = 0
    for age, outcome in deals:
        counts = ended.setdefault(max(age, 0), [0, 0, 0])
        counts[("won", "lost", "open").index(outcome)] += 1
        total += 1
    days, won, lost, won_counts, decided_counts = [], [], [], [], []
    at_risk, surviving, won_share, lost_share = total, 1.0, 0.0, 0.0
    for day in sorted(ended):
        wins, losses, censored = ended[day]
        if wins or losses:
            won_share += surviving * wins / at_risk
            lost_share += surviving * losses / at_risk
            surviving *= 1 - (wins + losses) / at_risk
            days.append(day)
            won.append(won_share)
            lost.append(lost_share)
            won_counts.append(wins)
            decided_counts.append(wins + losses)
        at_risk -= wins + losses + censored
    return Ages(
        tuple(days),
        tuple(won),
        tuple(lost),
        _after(won_counts),
        _after(decided_counts),
        sum(won_counts),
        sum(decided_counts),
    )


def _after(counts: Sequence[int]) -> tuple[int, ...]:
    later, total = [], sum(counts)
    for count in counts:
        total -= count
        later.append(total)
    return tuple(later)


def shrunk(won: float, decided: float, overall: float) -> float:
    """Return a group's rate of winning, drawn to the overall rate by the weight of `PRIOR_DEALS` deals."""
    return (won + PRIOR_DEALS * overall) / (decided + PRIOR_DEALS)


def brier(given: Sequence[float], won: Sequence[bool]) -> float:
    """Return the mean squared distance between what was given and what came (G. W. Brier, 1950): 0 is perfect. Raises ValueError of nothing."""
    if not given:
        raise ValueError("nothing was foretold")
    return sum((p - outcome) ** 2 for p, outcome in zip(given, won, strict=True)) / len(given)


def logit(share: float) -> float:
    """Return the logarithm of the odds of a share, kept off nought and one by a thousandth."""
    kept = min(max(share, 0.001), 0.999)
    return log(kept / (1 - kept))


def share_of(odds: float) -> float:
    """Return the share whose odds have this logarithm."""
    return 1 / (1 + exp(-odds)) if odds >= 0 else exp(odds) / (1 + exp(odds))
