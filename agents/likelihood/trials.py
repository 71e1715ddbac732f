"""Likelihoods tried on quarters that are over: what would have been told at a quarter's start, against what came until its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from agents.likelihood.record import CalibrationBin, Trial
from agents.likelihood.snapshots import Accounts, snapshots_at
from infra.settings import Settings
from infra.spine.scope import EVERYTHING
from sales.fiscal import FiscalCalendar
from sales.likelihood import brier

if TYPE_CHECKING:
    from agents.likelihood.service import Likelihoods

Foretold = tuple[float, bool]
_Z95 = 1.959963984540054
_PLACES = Decimal("0.0001")


def trials_of(
    likelihoods: Likelihoods, session: Session, settings: Settings, as_of: datetime, quarters: int
) -> tuple[list[Trial], list[Foretold]]:
    """Return a trial on each of the last quarters, the present one up to now included and the newest first, with every share given and what came."""
    calendar = FiscalCalendar(settings.fiscal_year_start, settings.zone)
    present = calendar.quarter_of(calendar.day_of(as_of))
    trials: list[Trial] = []
    foretold: list[Foretold] = []
    for back in range(quarters + 1):
        window = calendar.quarter(present.shift(-back))
        until = min(window.end, as_of.astimezone(UTC))
        trial, given = trial_of(likelihoods, session, window.start, until)
        if trial.deals and trial.brier is not None:
            trials.append(trial)
            foretold += given
        if len(trials) == quarters:
            break
    return trials, foretold


def trial_of(
    likelihoods: Likelihoods, session: Session, cutoff: datetime, until: datetime
) -> tuple[Trial, list[Foretold]]:
    """Learn from before the cutoff, foretell the deals then open, and hold it against those decided before `until`."""
    import numpy

    # A deal closed on the cutoff's own day is decided after it: what was known is of the moment before.
    eve = cutoff - timedelta(microseconds=1)
    learned = likelihoods.fitted(session, cutoff)
    rows = snapshots_at(session, EVERYTHING, eve, Accounts(session), limit=until)
    ended = rows.chosen(~numpy.isnan(rows.won))
    won = [bool(one) for one in ended.won.tolist()]
    plain = {"cutoff": cutoff, "until": until, "deals": len(ended), "won": sum(won), "how": learned.how}
    if learned.how == "none" or not won:
        return Trial(
            method="none",
            brier=None,
            base_brier=None,
            margin=None,
            margin_low=None,
            margin_high=None,
            beats=False,
            **plain,
        ), []
    given = learned.shares(ended).tolist()
    base = [learned.overall] * len(won)
    gains = numpy.array([(learned.overall - one) ** 2 - (p - one) ** 2 for p, one in zip(given, won, strict=True)])
    margin = float(gains.mean())
    reach = _Z95 * float(gains.std(ddof=1)) / sqrt(len(gains)) if len(gains) > 1 else abs(margin)
    method = "model" if learned.how == "logistic regression" else "base rate"
    trial = Trial(
        method=method, brier=_told(brier(given, won)), base_brier=_told(brier(base, won)), margin=_told(margin), margin_low=_told(margin - reach),
        margin_high=_told(margin + reach), beats=margin - reach > 0, **plain,
    )  # fmt: skip
    return trial, list(zip(given, won, strict=True))


def calibration_of(foretold: Sequence[Foretold]) -> Iterator[CalibrationBin]:
    """Yield the tenths of what was given that hold any deal: how many, what they were given on average, and the share that was won."""
    for tenth in range(10):
        inside = [(given, won) for given, won in foretold if min(int(given * 10), 9) == tenth]
        if inside:
            yield CalibrationBin(
                low=Decimal(tenth) / 10,
                high=Decimal(tenth + 1) / 10,
                deals=len(inside),
                given=_told(sum(given for given, _ in inside) / len(inside)),
                won=_told(sum(won for _, won in inside) / len(inside)),
            )


def _told(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_PLACES, rounding=ROUND_HALF_UP)
