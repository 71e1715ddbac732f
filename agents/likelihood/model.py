"""What was learned, as plain figures: it is kept as JSON, and telling a likelihood from it needs numpy alone."""

from __future__ import annotations

from datetime import datetime
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from agents.likelihood.features import Known, Shape, curve, matrix
from agents.likelihood.snapshots import Snapshots
from sales.likelihood import Ages, shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

How = Literal["none", "win rate", "win rate by age", "win rate by stage", "win rate by product", "logistic regression"]  # fmt: skip


class AgesKept(BaseModel):
    """`sales.likelihood.Ages` as it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[int, ...]
    won: tuple[float, ...]
    lost: tuple[float, ...]
    won_later: tuple[int, ...]
    decided_later: tuple[int, ...]
    won_deals: int
    decided_deals: int

    def ages(self) -> Ages:
        """Return it as it is used."""
        return Ages(**self.model_dump())


class Learned(BaseModel):
    """The method in force and what it needs. `won` and `lost` are the decided deals that it rests on; `why` says in a sentence why this method.

    `calibration` moves the log odds: slope and offset, (1, 0) leaves them. `validated` are the shares given on the held-out past in tenths: (deals, won).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    until: datetime
    how: How
    why: str
    won: int
    lost: int
    left_out: int
    ages: AgesKept
    months: tuple[float, float, float] = (0.5, 0.5, 0.5)
    start_month: int = 1
    groups: dict[str, tuple[float, float]] = {}
    shape: Shape | None = None
    coefficients: tuple[float, ...] = ()
    intercept: float = 0.0
    calibration: tuple[float, float] = (1.0, 0.0)
    validated: tuple[tuple[float, float], ...] = ()

    @property
    def overall(self) -> float:
        """The plain win rate; one half where nothing was decided, which is never told."""
        decided = self.won + self.lost
        return self.won / decided if decided else 0.5

    @property
    def known(self) -> Known:
        """What was known of the past as a whole."""
        return Known(self.ages.ages(), self.overall, self.months, self.start_month)

    def shares(self, rows: Snapshots) -> NDArray[Any]:
        """Return how likely each row is to be won once it is decided."""
        import numpy

        if self.how == "logistic regression" and self.shape is not None:
            odds = matrix(rows, self.shape, self.known) @ numpy.array(self.coefficients) + self.intercept
            slope, offset = self.calibration
            return 1 / (1 + numpy.exp(-numpy.clip(slope * odds + offset, -30, 30)))  # type: ignore[no-any-return]
        return by_rule(self.how, rows, self.ages.ages(), self.overall, self.groups)

    def sample_at(self, share: float) -> float:
        """Return how many past deals a share of this size rests on: those given about as much, or all that were decided."""
        if self.how == "logistic regression" and self.validated:
            return max(self.validated[min(int(share * 10), 9)][0], 1.0)
        return float(self.won + self.lost)


def by_rule(
    how: How, rows: Snapshots, ages: Ages, overall: float, groups: dict[str, tuple[float, float]]
) -> NDArray[Any]:  # fmt: skip
    """Return the shares of a method that is a rate and no model."""
    import numpy

    if how == "win rate by age":
        return curve(rows, ages, overall)
    if how in ("win rate by stage", "win rate by product"):
        words = rows.words["stage" if how == "win rate by stage" else "product"]
        rates = {word: shrunk(won, decided, overall) for word, (won, decided) in groups.items()}
        return numpy.array([rates.get(word or "", overall) for word in words], dtype=float)
    return numpy.full(len(rows), overall)


def spread_of(differences: NDArray[Any], ids: list[str], weights: NDArray[Any]) -> tuple[float, float]:
    """Return the weighted mean of differences and its standard error, where rows of one deal are no independent witnesses."""
    import numpy

    total = float(weights.sum())
    mean = float((differences * weights).sum() / total)
    places: dict[str, int] = {}
    index = numpy.array([places.setdefault(one, len(places)) for one in ids])
    sums = numpy.bincount(index, weights=weights * (differences - mean))
    return mean, sqrt(float((sums**2).sum())) / total
