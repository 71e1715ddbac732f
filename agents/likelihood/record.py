"""The likelihood of a deal, and what the model that gives it rests on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

Method = Literal["model", "base rate", "none"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Likelihood(_Frozen):
    """How likely one open deal is to be won. `p`, `low` and `high` are shares from 0 to 1, None where nothing was ever decided (`method` is none).

    `sample` is how many decided deals it rests on. `expected_close` is the day by which half of the won deals that had come as far as this one were
    won; None where too few had. `of` says method and sample in words.
    """

    p: Decimal | None
    low: Decimal | None
    high: Decimal | None
    method: Method
    sample: int
    expected_close: date | None
    of: str


class CalibrationBin(_Frozen):
    """Deals that were given between `low` and `high` before they were decided: how many, what they were given on average, and the share that was won."""

    low: Decimal
    high: Decimal
    deals: int
    given: Decimal
    won: Decimal


class Trial(_Frozen):
    """A try on a past quarter: everything up to `cutoff` was learned from, the deals then open and decided before `until` were foretold.

    `brier` is that of the method which would have been in force, `base_brier` that of the plain win rate before the cutoff. `margin` is by how much
    the first is better, with its 95 % bounds; `beats` is True only where the lower bound is above nought.
    """

    cutoff: datetime
    until: datetime
    method: Method
    how: str
    deals: int
    won: int
    brier: Decimal | None
    base_brier: Decimal | None
    margin: Decimal | None
    margin_low: Decimal | None
    margin_high: Decimal | None
    beats: bool


class LikelihoodReport(_Frozen):
    """What the likelihoods in force rest on: method, sample, the reason for the method, the tries on past quarters and how well figures and outcomes met."""

    as_of: datetime
    method: Method
    how: str
    why: str
    won: int
    lost: int
    left_out: int
    features: tuple[str, ...]
    trials: tuple[Trial, ...]
    calibration: tuple[CalibrationBin, ...]
