"""What time does to signals: they expire, come back when their day has come, and change their rank. Set by set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from agents.signals.surroundings import ends_at
from infra.spine.base import Base
from infra.spine.database import Database
from infra.spine.models import Signal
from sales.freshness import Curve, freshness, rank
from sales.signals import Kind

_LIVE = ("new", "judged", "review", "handed_over", "drafted")
_EXPIRING = ("judged", "review", "handed_over")
_UNSYNCED = {"synchronize_session": False}
_CHUNK = 2_000


def something_ends(session: Session, now: datetime) -> bool:
    """Return whether a signal expires or comes back at this moment: only then is anything written."""
    ends = and_(Signal.state.in_(_EXPIRING), Signal.expires_at <= now)
    back = and_(Signal.state == "nurtured", Signal.revisit_at <= now)
    return session.scalar(select(Signal.id).where(or_(ends, back)).limit(1)) is not None


def expire(session: Session, now: datetime) -> int:
    """Let signals expire whose time is over; return how many. One that is drafted ends with its proposal's own expiry."""
    ended = update(Signal).where(Signal.state.in_(_EXPIRING), Signal.expires_at <= now).values(state="expired")
    return int(session.execute(ended, execution_options=_UNSYNCED).rowcount)  # type: ignore[attr-defined]


def bring_back(session: Session, now: datetime) -> list[str]:
    """Let nurtured signals whose day has come be judged anew; return their ids. They count as told today: their reason is the day itself."""
    ids = list(session.scalars(select(Signal.id).where(Signal.state == "nurtured", Signal.revisit_at <= now)))
    for start in range(0, len(ids), _CHUNK):
        back = (
            update(Signal)
            .where(Signal.id.in_(ids[start : start + _CHUNK]))
            .values(state="new", received_at=now, revisit_at=None)
        )
        session.execute(back, execution_options=_UNSYNCED)
    return ids


def rerank(database: Database, now: datetime, curves: dict[Kind, Curve]) -> int:
    """Rank all live signals by the present moment; return how many changed."""
    columns = (Signal.id, Signal.kind, Signal.occurred_at, Signal.strength, Signal.fit, Signal.rank, Signal.custom)
    with database.session() as session:
        rows = session.execute(select(*columns).where(Signal.state.in_(_LIVE))).all()
    changed: list[dict[str, Any]] = []
    for row in rows:
        kind = Kind(row.kind)
        now_worth = rank(row.strength, freshness(curves[kind], now, row.occurred_at, ends_at(row.custom)), row.fit)
        if abs(now_worth - row.rank) > 1e-3:
            changed.append({"the_id": row.id, "new_rank": now_worth})
    table = Base.metadata.tables["signals"]
    statement = update(table).where(table.c.id == bindparam("the_id")).values(rank=bindparam("new_rank"))
    for start in range(0, len(changed), _CHUNK):
        with database.transaction() as session:
            session.execute(statement, changed[start : start + _CHUNK])
    return len(changed)
