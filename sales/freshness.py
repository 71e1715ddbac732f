"""How long a signal is worth acting on: when it is late, when it expires, how its worth falls, and how signals rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sales.signals import MEANINGS, Kind
from sales.working_hours import Hours

MORNING_ENDS = time(12)
"""Until when a working morning lasts, in the rep's own time."""

FIELD_REPLY_RATES = (0.56, 0.14)
"""Reply rates on the first and on the seventh day, as the field reports them (issue *Approve*). Ours are measured."""

HALF_LIFE_H = 72.0
"""From 56 % on day one to 14 % on day seven is two halvings in six days."""


@dataclass(frozen=True)
class Curve:
    """Hours after the event: late after `late_h`, gone after `expire_h`, worth half as much after every `half_life_h`.

    `ahead_days` is for what lies in the future: from so many days before its date on it rises, until it is at its full worth
    `full_days` before it.
    """

    late_h: float
    expire_h: float
    half_life_h: float = HALF_LIFE_H
    ahead_days: float = 0.0
    full_days: float = 0.0


_DAY_ONE = Curve(24, 72)
_USUAL = Curve(72, 96)
CURVES: Mapping[Kind, Curve] = dict.fromkeys(Kind, _USUAL) | {
    Kind.JOB_CHANGE: _DAY_ONE,
    Kind.CHAMPION_JOINED: _DAY_ONE,
    Kind.CHAMPION_LEFT: _DAY_ONE,
    Kind.FUNDING: _DAY_ONE,
    Kind.HIRING: _DAY_ONE,
    Kind.DEMO_REQUEST: Curve(5 / 60, 96, 24),
    Kind.ENGAGEMENT: Curve(24, 96, 48),
    Kind.MEETING_BOOKED: Curve(24, 96, 48),
    Kind.SITE_VISIT: Curve(48, 72, 36),
    Kind.AI_REFERRAL: Curve(48, 72, 36),
    Kind.CONTRACT_END: Curve(72, 96, HALF_LIFE_H, ahead_days=180, full_days=30),
}
"""The curves as they come; `DEALWRIGHT_SIGNAL_CURVES` changes them by kind."""


def curves_with(changed: Mapping[str, Mapping[str, float]]) -> dict[Kind, Curve]:
    """Return the curves with what a setting changes: by kind, any of the names in `Curve`. Raises ValueError, naming what can't be used."""
    curves = dict(CURVES)
    for name, parts in changed.items():
        try:
            kind = Kind(name)
        except ValueError as error:
            raise ValueError(f"no kind of signal is called {name!r}") from error
        unknown = set(parts) - set(Curve.__dataclass_fields__)
        if unknown:
            raise ValueError(f"{name}: {sorted(unknown)[0]!r} is none of {', '.join(Curve.__dataclass_fields__)}")
        before = curves[kind]
        values = {part: float(parts.get(part, getattr(before, part))) for part in Curve.__dataclass_fields__}
        curve = Curve(**values)
        if not (
            0 <= curve.late_h <= curve.expire_h and curve.half_life_h > 0 and 0 <= curve.full_days <= curve.ahead_days
        ):
            raise ValueError(
                f"{name}: late_h may not be above expire_h, half_life_h must be above 0, full_days not above ahead_days"
            )
        curves[kind] = curve
    return curves


def first_morning_ends(moment: datetime, hours: Hours) -> datetime:
    """Return when the first whole working morning after `moment` is over, in UTC."""
    day = moment.astimezone(hours.zone).date()
    for ahead in range(15):
        span = hours.day(day + timedelta(days=ahead))
        if span is None or span[0] < moment:
            continue
        local = datetime.combine(day + timedelta(days=ahead), MORNING_ENDS, hours.zone).astimezone(span[0].tzinfo)
        # Who begins at noon or later has the first three hours of their day for it.
        return local if local > span[0] else span[0] + timedelta(hours=3)
    raise ValueError("no working day lies ahead")


def late_at(curve: Curve, occurred_at: datetime, ends_at: datetime | None = None) -> datetime:
    """Return from when acting on a signal is late; with a date ahead, when its last days of full worth have begun."""
    by_curve = occurred_at + timedelta(hours=curve.late_h)
    if ends_at is not None and curve.ahead_days:
        return max(by_curve, ends_at - timedelta(days=curve.full_days))
    return by_curve


def expires_at(
    curve: Curve, occurred_at: datetime, received_at: datetime, hours: Hours, ends_at: datetime | None = None
) -> datetime:
    """Return when a signal expires: by its curve, with the date that it looks ahead to, but never before a working morning has passed."""
    by_curve = occurred_at + timedelta(hours=curve.expire_h)
    if ends_at is not None and curve.ahead_days:
        by_curve = max(by_curve, ends_at)
    return max(by_curve, first_morning_ends(received_at, hours))


def freshness(curve: Curve, now: datetime, occurred_at: datetime, ends_at: datetime | None = None) -> float:
    """Return what is left of a signal's worth, from 0 to 1. It falls by half-lives from the event on; towards a date ahead it rises."""
    if ends_at is not None and curve.ahead_days:
        left = (ends_at - now).total_seconds() / 86_400
        if left <= curve.full_days:
            return 1.0
        return max(0.02, 1 - (left - curve.full_days) / max(curve.ahead_days - curve.full_days, 1e-9))
    age_h = max(0.0, (now - occurred_at).total_seconds() / 3_600)
    return float(0.5 ** min(age_h / curve.half_life_h, 1_000))


UNKNOWN_FIT = 0.5
"""What an unknown fit counts as: neither for nor against."""


def rank(strength: float, fresh: float, fit: float | None) -> float:
    """Return strength × freshness × fit, from 0 to 1."""
    return strength * fresh * (UNKNOWN_FIT if fit is None else fit)


def age_in_words(now: datetime, occurred_at: datetime) -> str:
    """Return how long ago something was: `6 h ago`, `3 days ago`, `2 years ago`."""
    hours = (now - occurred_at).total_seconds() / 3_600
    if hours < 0:
        return f"in {max(1, round(-hours / 24))} days" if hours <= -36 else "within a day"
    if hours < 1:
        return f"{int(hours * 60)} min ago"
    if hours < 48:
        return f"{int(hours)} h ago"
    if hours < 24 * 60:
        return f"{int(hours / 24)} days ago"
    if hours < 24 * 365 * 2:
        return f"{int(hours / 24 / 30.4)} months ago"
    return f"{int(hours / 24 / 365)} years ago"


def reasons_of(kind: Kind, now: datetime, occurred_at: datetime, ends_at: datetime | None, late: bool) -> list[str]:
    """Return why a signal ranks where it does, in a few words each: what happened and how fresh it is."""
    told = [f"{MEANINGS[kind].words} {age_in_words(now, occurred_at)}"]
    if ends_at is not None:
        days = (ends_at - now).days
        told = [f"{MEANINGS[kind].words} in {days} days" if days >= 0 else f"{MEANINGS[kind].words}: {-days} days ago"]
    if late:
        told.append("late: the best time to write has passed")
    return told
