"""Taking writes that are due, so that nobody else carries them out meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from infra.spine.crm import CrmWrite

ABANDONED = timedelta(minutes=2)
"""After so long an attempt that nobody ended counts as abandoned, by a kill or a stall, and is taken up again."""


@dataclass(frozen=True)
class Taken:
    """A write that this run has taken. `look_first` where an earlier attempt may have been carried out already."""

    key: str
    holder: str
    operation: str
    kind: str
    record_id: str
    fields: Mapping[str, Any]
    expected: Mapping[str, Any]
    links: Mapping[str, Any]
    marker: str
    look_first: bool
    by: str | None


def take(session: Session, system: str, now: datetime, holder: str, most: int) -> list[Taken]:
    """Mark what is due and return it: writes of one operation and kind, one a record, the oldest first."""
    due = or_(
        (CrmWrite.state == "planned") & (CrmWrite.due_at <= now),
        (CrmWrite.state == "sending") & (CrmWrite.due_at <= now) & (CrmWrite.holder.is_(None)),
        (CrmWrite.state == "sending") & (CrmWrite.attempted_at <= now - ABANDONED),
    )
    query = (
        select(CrmWrite)
        .where(CrmWrite.system == system, due)
        .order_by(CrmWrite.at, CrmWrite.key)
        .limit(most * 4)
        .with_for_update(skip_locked=True)
    )
    rows = session.scalars(query).all()
    # A write that is under way keeps later ones of its record back.
    busy = set(
        session.execute(
            select(CrmWrite.kind, CrmWrite.record_id).where(
                CrmWrite.system == system,
                CrmWrite.state == "sending",
                CrmWrite.attempted_at > now - ABANDONED,
                CrmWrite.holder.is_not(None),
                CrmWrite.record_id.in_([row.record_id for row in rows]),
            )
        ).all()
    )
    taken: list[Taken] = []
    seen: set[tuple[str, str]] = {(kind, record) for kind, record in busy}
    for row in rows:
        if taken and (row.operation, row.kind) != (taken[0].operation, taken[0].kind):
            continue
        if (row.kind, row.record_id) in seen or len(taken) >= most:
            continue
        seen.add((row.kind, row.record_id))
        look_first = row.state == "sending"
        row.state, row.holder, row.attempted_at = "sending", holder, now
        taken.append(
            Taken(
                row.key,
                holder,
                row.operation,
                row.kind,
                row.record_id,
                dict(row.fields),
                dict(row.expected),
                dict(row.links),
                row.marker,
                look_first,
                row.by,
            )
        )
    session.flush()
    return taken
