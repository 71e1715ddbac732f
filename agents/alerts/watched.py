"""What is looked at for alerts: a deal with all that speaks against it now (or for more of it), and which of that is new this week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from agents.alerts.record import AlertKind, Cause
from sales.alerting import FALL
from sales.health.reason import AT_RISK_BELOW

if TYPE_CHECKING:
    from agents.health.record import Health, Reason

_RISE = 10
"""Points by which a deal has recovered though a cause of its alert stands on."""


@dataclass(frozen=True)
class Subject:
    """The deal that an alert is about, as its card names it."""

    deal_id: str
    name: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    amount: Decimal | None
    currency: str | None
    stage: str | None
    close_date: date | None


@dataclass(frozen=True)
class Watched:
    """One deal for one kind of alert. `causes` are all that stand now, worst first; `new` the kinds of those that did not a week ago.

    `alarming` is whether they are reason enough for an alert; `known` is false where too little is known of the deal to say anything.
    """

    kind: AlertKind
    subject: Subject
    causes: tuple[Cause, ...]
    new: frozenset[str]
    alarming: bool
    known: bool
    event_at: datetime
    score: int | None = None
    before: int | None = None

    def has_recovered(self, from_score: int | None) -> bool:
        """Return whether the deal left the danger though a cause stands on."""
        if not self.known or self.score is None or from_score is None:
            return False
        return self.score >= max(AT_RISK_BELOW, from_score + _RISE)


def of_health(health: Health) -> Watched:
    """Return how a deal's health stands for alerts: at risk, or fallen far within the week by something new. An unknown one never alarms."""
    bad = sorted(health.bad, key=lambda one: -one.weight)
    new = frozenset(one.kind for one in bad if one.new)
    fell = health.before is not None and health.score is not None and health.before - health.score >= FALL
    return Watched(
        kind="risk",
        subject=Subject(
            health.deal_id,
            health.deal,
            health.account_id,
            health.account,
            health.owner_id,
            health.amount,
            health.currency,
            health.stage,
            health.close_date,
        ),
        causes=tuple(_cause(one) for one in bad),
        new=new,
        alarming=bool(bad) and (health.band == "at_risk" or (health.band == "watch" and fell and bool(new))),
        known=health.band != "unknown",
        event_at=_happened_at([one for one in bad if one.new], health.as_of),
        score=health.score,
        before=health.before,
    )


def _cause(reason: Reason) -> Cause:
    return Cause(
        kind=reason.kind,
        sentence=reason.sentence,
        weight=reason.weight,
        since=reason.since,
        evidence=reason.evidence,
    )


def _happened_at(reasons: list[Reason], now: datetime) -> datetime:
    """Return when the newest of the reasons came up; now where none says so."""
    moments = [piece.at for one in reasons for piece in one.evidence if piece.at is not None and piece.at <= now]
    days = [datetime.combine(one.since, time(0), UTC) for one in reasons if one.since is not None]
    return min(now, max([*moments, *days], default=now))
