"""When the card of a new draft comes to a rep: when it is found, or with their morning feed, which steps through what can wait until then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agents.notices import hours_of
from agents.signals.feed import SHOWN
from agents.signals.sources import curves_in_force
from infra.settings import Settings
from infra.spine.outbound import Notice
from infra.spine.people import User
from infra.spine.proposals import Proposal
from infra.spine.signals import Signal
from sales.feeding import last_feed
from sales.signals import MEANINGS, Kind

WITH_FEED = frozenset({"outreach", "task", "reactivation"})
"""Kinds of proposals that a feed shows, where a signal is behind them. The others answer somebody, were asked for, or are due."""

_DAY_H = 24.0
_AFTER_FEED = timedelta(minutes=15)
"""How long after the last feed that could have shown it a card comes by itself."""


class Arrival(NamedTuple):
    """When a card comes by itself. `with_feed` says that a feed may show it before, and then it does not come any more."""

    due_at: datetime
    with_feed: bool = False
    urgent: bool = False


def arrival(session: Session, settings: Settings, row: Proposal, user_id: str, now: datetime) -> Arrival:
    """Return when the card of a waiting proposal comes to a user who is shown it.

    What is to be acted on within a day comes when it is found. So does what no feed of this user would show before it expires.
    """
    signal = session.get(Signal, row.signal_id) if row.signal_id else None
    if signal is None or row.kind not in WITH_FEED or row.touch_id is not None:
        return Arrival(now)
    kind = Kind(signal.kind)
    if MEANINGS[kind].urgent or curves_in_force(session, settings)[kind].late_h <= _DAY_H:
        return Arrival(now, urgent=kind is Kind.DEMO_REQUEST)
    if signal.state not in SHOWN or not user_id == row.owner_id == signal.owner_id:
        return Arrival(now)
    zone = session.scalar(select(User.time_zone).where(User.id == user_id))
    fed = last_feed(now, row.expires_at, hours_of(settings, zone), settings.feed_at)
    return Arrival(now) if fed is None else Arrival(fed + _AFTER_FEED, with_feed=True)


def shown_in_feed(session: Session, keys: Sequence[str]) -> None:
    """Let the cards that a feed has shown not come by themselves any more; `keys` are those of their notices."""
    session.execute(update(Notice).where(Notice.key.in_(keys), Notice.state == "waiting").values(state="merged"))
