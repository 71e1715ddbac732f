"""Learning from the team's own past: deals as they stood at past moments and what became of them, tried on a later past before anything is believed.

A method is only taken where it beats the plain win rate on moments after those it learned from by more than chance: of what can't be told apart the simplest is used.
Long deals are seldom decided by now: those that are weigh for the others.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.likelihood.features import Known, matrix, shape_of
from agents.likelihood.model import AgesKept, How, Learned, by_rule, spread_of
from agents.likelihood.snapshots import Accounts, Lives, Snapshots, joined, lives_of, snapshots_at
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.scope import EVERYTHING
from sales.likelihood import FEWEST_EACH, Ages, Outcome, ages_of, logit, shrunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_MOMENTS = 15
STEP = timedelta(days=30)
"""Deals are looked at as they stood every thirty days, up to fifteen times back: a year and a quarter."""

HELD_OUT = 0.35
"""The share of the past moments, the latest, that a method is tried on."""

STRENGTHS = (0.003, 0.03, 0.3)
"""How freely the model may lean on a column (scikit-learn's C); the held-out past chooses."""

SURE = 1.645
"""By how many standard errors a method must be better on the held-out past: the one-sided level of 5 %, counting all moments of a deal as one witness."""

_MOST_WEIGHT = 5.0
_FOLDS = 5
_RULES: tuple[How, ...] = ("win rate by age", "win rate by stage", "win rate by product")


@dataclass(frozen=True)
class _Past:
    """What was known before a limit: ages, counts and the rows that were decided by then, with their weights."""

    limit: datetime
    ages: Ages
    won: int
    lost: int
    rows: Snapshots
    weights: NDArray[Any]
    months: tuple[float, float, float]
    start_month: int

    @property
    def overall(self) -> float:
        return self.won / (self.won + self.lost)

    @property
    def known(self) -> Known:
        return Known(self.ages, self.overall, self.months, self.start_month)

    def groups(self, how: How) -> dict[str, tuple[float, float]]:
        made: dict[str, tuple[float, float]] = {}
        if how not in ("win rate by stage", "win rate by product"):
            return made
        words = self.rows.words["stage" if how == "win rate by stage" else "product"]
        for word, won, weight in zip(words, self.rows.won.tolist(), self.weights.tolist(), strict=True):
            if word is not None:
                sums = made.get(word, (0.0, 0.0))
                made[word] = (sums[0] + won * weight, sums[1] + weight)
        return made


def learn(session: Session, limit: datetime, settings: Settings) -> Learned:
    """Learn from everything that was decided before a moment. The same data and moment give the same figures."""
    lives = lives_of(session)
    decided = lives.at(limit)
    won, lost = _counts(decided)
    ages = ages_of(decided)
    out = session.scalar(select(func.count()).where(Deal.status != "open", Deal.closed_at < limit)) or 0
    plain: dict[str, Any] = {
        "until": limit,
        "won": won,
        "lost": lost,
        "left_out": max(int(out) - won - lost, 0),
        "ages": AgesKept(**vars(ages)),
    }
    if not won + lost:
        return Learned(how="none", why="No deal has been decided yet, so there is nothing to go by.", **plain)
    if min(won, lost) < FEWEST_EACH:
        why = f"{won} won and {lost} lost deals are known, and a model needs {FEWEST_EACH} of each: the plain win rate is used."
        return Learned(how="win rate", why=why, **plain)
    rows = _rows(session, limit)
    if rows is None:
        why = "No deal was seen open at a moment before it was decided: the plain win rate is used."
        return Learned(how="win rate", why=why, **plain)
    return _chosen(rows, lives, limit, plain, settings)


def _rows(session: Session, limit: datetime) -> Snapshots | None:
    accounts = Accounts(session)
    first = session.scalar(select(func.min(Deal.created_at)))
    parts: list[Snapshots] = []
    for number in range(1, MOST_MOMENTS + 1):
        moment = limit - number * STEP
        if first is None or moment <= first:
            break
        found = snapshots_at(session, EVERYTHING, moment, accounts, limit=limit)
        if len(found):
            parts.append(found)
    rows = joined(parts) if parts else None
    return rows if rows is not None and bool((rows.won == rows.won).any()) else None


def _counts(decided: list[tuple[int, Outcome]]) -> tuple[int, int]:
    return sum(outcome == "won" for _, outcome in decided), sum(outcome == "lost" for _, outcome in decided)


def _past(rows: Snapshots, lives: Lives, limit: datetime, settings: Settings) -> _Past | None:
    """Return what was known at a limit: of the rows those of earlier moments that were decided by then."""
    import numpy

    left = (limit.timestamp() - rows.moments) / 86_400
    kept = rows.chosen((left > 0) & (rows.later <= left))
    if not len(kept):
        return None
    weights = _weights(kept, limit, numpy.unique(rows.moments[left > 0]))
    decided = lives.at(limit)
    won, lost = _counts(decided)
    if not won + lost:
        return None
    start = settings.fiscal_year_start
    overall = won / (won + lost)
    first, second, third = (shrunk(one, all_of, overall) for one, all_of in lives.months(limit, start, settings.zone))
    return _Past(limit, ages_of(decided), won, lost, kept, weights, (first, second, third), start)


def _chosen(rows: Snapshots, lives: Lives, limit: datetime, plain: dict[str, Any], settings: Settings) -> Learned:
    import numpy

    moments = numpy.unique(rows.moments)
    held = max(1, round(len(moments) * HELD_OUT))
    border = datetime.fromtimestamp(float(moments[-held]), tz=limit.tzinfo)
    earlier = _past(rows, lives, border, settings)
    later = rows.chosen((rows.moments >= moments[-held]) & ~numpy.isnan(rows.won))
    if earlier is None or not len(later) or min(earlier.won, earlier.lost) < FEWEST_EACH:
        why = "The past is too short to try a model on a part of it that it has not seen: the plain win rate is used."
        return Learned(how="win rate", why=why, **plain)
    whole = _past(rows, lives, limit, settings)
    if whole is None:
        return Learned(how="win rate", why="No past deal was seen open: the plain win rate is used.", **plain)
    weights = _weights(later, limit, moments[-held:])
    base = (later.won - earlier.overall) ** 2
    best: tuple[float, How, float] | None = None
    tried: dict[How, float] = {}
    for how, strength, given in _tries(earlier, later):
        gain, error = spread_of(base - (later.won - given) ** 2, later.ids, weights)
        tried[how] = max(tried.get(how, -1.0), gain)
        if gain > SURE * error and (best is None or gain > best[0] + 1e-9):
            best = (gain, how, strength)
    deals = len(set(later.ids))
    if best is None:
        why = f"Nothing that was tried foretold the {deals} held-out deals better than the plain win rate by more than chance, so that is used."
        return Learned(how="win rate", why=why, **plain)
    gain, how, strength = best
    before = float((base * weights).sum() / weights.sum())
    why = f"On {deals} held-out deals the Brier score was {before - gain:.4f}, that of the plain win rate {before:.4f}."
    if how != "logistic regression":
        return Learned(how=how, why=why, groups=whole.groups(how), **plain)
    return _modelled(earlier, later, weights, whole, strength, why, plain)


def _weights(later: Snapshots, limit: datetime, moments: NDArray[Any]) -> NDArray[Any]:
    """Return how many rows each stands for: one that was decided late could be seen decided from the earlier moments alone."""
    import numpy

    could = numpy.array([int((moments <= limit.timestamp() - one * 86_400).sum()) for one in later.later])
    weights: NDArray[Any] = numpy.minimum(len(moments) / numpy.maximum(could, 1), _MOST_WEIGHT)
    return weights


def _tries(earlier: _Past, later: Snapshots) -> Any:
    for how in _RULES:
        yield how, 0.0, by_rule(how, later, earlier.ages, earlier.overall, earlier.groups(how))
    shape = shape_of(earlier.rows, earlier.known)
    learned = matrix(earlier.rows, shape, earlier.known)
    asked = matrix(later, shape, earlier.known)
    for strength in STRENGTHS:
        yield (
            "logistic regression",
            strength,
            _probability(_fit(learned, earlier.rows.won, earlier.weights, strength), asked),
        )


def _fit(
    columns: NDArray[Any], won: NDArray[Any], weights: NDArray[Any], strength: float
) -> tuple[NDArray[Any], float]:
    from sklearn.linear_model import LogisticRegression

    if len(set(won.tolist())) < 2 or not columns.shape[1]:
        share = float((won * weights).sum() / weights.sum())
        import numpy

        return numpy.zeros(columns.shape[1]), logit(share)
    fitted = LogisticRegression(C=strength, max_iter=400).fit(columns, won.astype(int), sample_weight=weights)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _probability(fitted: tuple[NDArray[Any], float], columns: NDArray[Any]) -> NDArray[Any]:
    import numpy

    made: NDArray[Any] = 1 / (1 + numpy.exp(-(columns @ fitted[0] + fitted[1])))
    return made


def _modelled(
    earlier: _Past, later: Snapshots, weights: NDArray[Any], whole: _Past, strength: float, why: str, plain: dict[str, Any]
) -> Learned:  # fmt: skip
    import numpy

    old = shape_of(earlier.rows, earlier.known)
    fitted = _fit(matrix(earlier.rows, old, earlier.known), earlier.rows.won, earlier.weights, strength)
    odds = matrix(later, old, earlier.known) @ fitted[0] + fitted[1]
    calibration, given = _calibrated(odds, later, weights)
    tenths = numpy.minimum((given * 10).astype(int), 9)
    validated = []
    for tenth in range(10):
        ids = {one for one, place in zip(later.ids, tenths.tolist(), strict=True) if place == tenth}
        mask = tenths == tenth
        validated.append((float(len(ids)), float(later.won[mask].mean()) if mask.any() else 0.0))
    shape = shape_of(whole.rows, whole.known)
    coefficients, intercept = _fit(matrix(whole.rows, shape, whole.known), whole.rows.won, whole.weights, strength)
    return Learned(
        how="logistic regression",
        why=why,
        shape=shape,
        months=whole.months,
        start_month=whole.start_month,
        coefficients=tuple(float(one) for one in coefficients),
        intercept=intercept,
        calibration=calibration,
        validated=tuple(validated),
        **plain,
    )


def _calibrated(
    odds: NDArray[Any], later: Snapshots, weights: NDArray[Any]
) -> tuple[tuple[float, float], NDArray[Any]]:
    """Return how log odds are moved (J. Platt, 1999) and the shares so given; each deal's by a fit that has not seen it. Unmoved where that is no better."""
    import numpy

    unmoved = 1 / (1 + numpy.exp(-odds))
    folds = numpy.array([zlib.crc32(one.encode()) % _FOLDS for one in later.ids])
    crossed = unmoved.copy()
    column = odds.reshape(-1, 1)
    for fold in range(_FOLDS):
        inside = folds != fold
        if inside.all() or not inside.any():
            return (1.0, 0.0), unmoved
        crossed[~inside] = _probability(_fit(column[inside], later.won[inside], weights[inside], 1.0), column[~inside])
    gain = float((((later.won - unmoved) ** 2 - (later.won - crossed) ** 2) * weights).sum() / weights.sum())
    if gain <= 0:
        return (1.0, 0.0), unmoved
    slope, offset = _fit(column, later.won, weights, 1.0)
    return (float(slope[0]), offset), crossed
