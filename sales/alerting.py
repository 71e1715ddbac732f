"""Which alerts a person is told of: what an alert is worth, how many a day, how long a cause stays quiet, and when a rule is muted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from statistics import median

FALL = 20
"""Points within a week. A deal that fell so far is told of though it is only to be watched: one grave reason takes about as many."""

STALE_A_DAY = 2
"""So many deals that are at risk for longer than a week are told of on a day: old history is no event, and the weekly review holds it."""

FRESH_FOR = timedelta(days=3)
"""An alert that a day's budget held back may still be told within so many days; afterwards it is the weekly review's."""

RENEWAL_DAYS = 60
"""From so many days before its close date on a renewal should be under way. Notice periods of yearly contracts are commonly 30 to 60 days."""

MUTED_BELOW = 0.5
"""A rule is muted where, by what people said of its alerts, fewer than half of them can be of use."""

_Z = 1.96
_MOST_VALUE = 25.0
"""A deal counts as at most so many typical ones: one giant must not fill everybody's day for ever."""


def value_in_typical_deals(
    amounts: Sequence[tuple[str | None, Decimal | None]],
) -> list[float]:
    """Return for each (currency, amount) how many typical open deals it is worth: amount by the median of its currency, at most 25.

    Amounts of different currencies are never added or compared; a deal without an amount counts as a typical one.
    """
    by_currency: dict[str | None, list[Decimal]] = {}
    for currency, amount in amounts:
        if amount is not None and amount > 0:
            by_currency.setdefault(currency, []).append(amount)
    typical = {currency: median(found) for currency, found in by_currency.items()}
    return [
        1.0 if amount is None else min(_MOST_VALUE, float(max(amount, Decimal(0)) / typical[currency])) if currency in typical else 1.0
        for currency, amount in amounts
    ]  # fmt: skip


def rank_of(value: float, score: int | None, can: float) -> float:
    """Return value × risk × what can be done: `value` in typical deals, risk as the points that are lost of 100, `can` from 0 to 1 by the playbook."""
    risk = 0.5 if score is None else (100 - score) / 100
    return round(value * risk * can, 4)


@dataclass(frozen=True)
class Claim:
    """An alert that asks for a place in a person's day. A `fresh` one tells of something that is new this week."""

    key: str
    user_id: str
    rank: float
    fresh: bool


def within_budget(claims: Iterable[Claim], told: Mapping[str, tuple[int, int]], budget: int) -> frozenset[str]:
    """Return the keys of what is told today: what is fresh first, then by rank, at most `budget` a person with what was told already.

    `told` holds for each person how many alerts they were told of today, and how many of those were not fresh.
    """
    said = {user: list(counts) for user, counts in told.items()}
    chosen = set()
    for claim in sorted(claims, key=lambda one: (not one.fresh, -one.rank, one.key)):
        counts = said.setdefault(claim.user_id, [0, 0])
        if counts[0] >= budget or (not claim.fresh and counts[1] >= STALE_A_DAY):
            continue
        counts[0] += 1
        counts[1] += not claim.fresh
        chosen.add(claim.key)
    return frozenset(chosen)


def is_quiet(ended_at: datetime, now: datetime, cool_down_days: int) -> bool:
    """Return whether a cause whose alert ended then is not to be told of again yet."""
    return now < ended_at + timedelta(days=cool_down_days)


def upper_precision(useful: int, judged: int) -> float:
    """Return the upper end of Wilson's interval (95 %) for the share of useful alerts; 1.0 while nobody judged.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927): unlike the plain share it holds for
    few and one-sided verdicts.
    """
    if judged <= 0:
        return 1.0
    share = useful / judged
    spread = _Z * sqrt(share * (1 - share) / judged + _Z * _Z / (4 * judged * judged))
    return min(1.0, (share + _Z * _Z / (2 * judged) + spread) / (1 + _Z * _Z / judged))


def is_to_mute(useful: int, judged: int) -> bool:
    """Return whether a rule has shown that fewer than half of its alerts are of use: four useless ones in a row do, three don't."""
    return judged > 0 and upper_precision(useful, judged) < MUTED_BELOW
