"""Which deals the next look must read: those on which anything was stored since the last one, and once an hour all, for what comes with time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from infra.spine.activity import Activity
from infra.spine.business import Deal, DealChange
from infra.spine.calls import CallNote
from infra.spine.desk import Fact

_KEY = "workflow_look"
_ALL_EVERY = timedelta(hours=1)
_OVERLAP = timedelta(minutes=2)
"""So much of the last look's time is read again: what was being stored then carries an earlier moment."""
_REACH = timedelta(days=45)
"""What happened longer ago asks for nothing and ends nothing that is asked for."""
_MOST = 2_000


@dataclass(frozen=True)
class Look:
    """A look at `at`, by the rules of a version; `deals` None looks at all."""

    at: datetime
    version: int
    deals: Sequence[str] | None
    whole_at: datetime


class Looks:
    """Plans looks, and remembers the last one."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def next(self, session: Session, now: datetime, version: int, *, whole: bool) -> Look:
        """Return what to look at now."""
        kept = session.get(Fact, _KEY)
        if kept is None or whole or kept.value.get("version") != version:
            return Look(now, version, None, now)
        last, all_at = (datetime.fromisoformat(kept.value[name]) for name in ("at", "whole_at"))
        new_day = last.astimezone(self._zone).date() != now.astimezone(self._zone).date()
        if now < last or now - all_at >= _ALL_EVERY or new_day:
            return Look(now, version, None, now)
        touched = list(session.scalars(_touched(last - _OVERLAP, now)).all())
        if len(touched) > _MOST:
            return Look(now, version, None, now)
        return Look(now, version, touched, all_at)

    @staticmethod
    def any(session: Session) -> bool:
        """Return whether anybody has looked yet."""
        return session.get(Fact, _KEY) is not None

    def looked(self, session: Session, look: Look) -> None:
        """Remember a look."""
        told = {"at": look.at.isoformat(), "whole_at": look.whole_at.isoformat(), "version": look.version}
        session.merge(Fact(key=_KEY, value=told))


def _touched(since: datetime, now: datetime) -> Any:
    """Return the deals on which, or on whose account, something was stored since a moment."""
    recent = (Activity.source_at > since, Activity.at >= now - _REACH)
    tasks = select(Activity.deal_id).where(Activity.kind == "task", Activity.source_at > since)
    own = select(Activity.deal_id).where(*recent, Activity.deal_id.is_not(None))
    around = (
        select(Deal.id)
        .join(Activity, Activity.account_id == Deal.account_id)
        .where(*recent, Activity.deal_id.is_(None))
    )
    told = select(DealChange.deal_id).where(DealChange.at > since)
    read = select(Activity.deal_id).join(CallNote, CallNote.activity_id == Activity.id).where(CallNote.made_at > since)
    changed = select(Deal.id).where(Deal.source_at > since)
    found = union(own, tasks, around, told, read, changed).subquery()
    return select(Deal.id).where(Deal.id.in_(select(found.c[0]))).limit(_MOST + 1)
