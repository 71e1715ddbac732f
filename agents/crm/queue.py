"""What waited for a CRM: once one is connected, what was sent, answered and decided meanwhile is planned for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from agents.crm.writes import NewWrite, crm_of, plan
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.crm import CrmLink, CrmWrite
from infra.spine.outbound import CrmEntry

_AT_ONCE = 500


def something_waits(session: Session) -> bool:
    """Return whether `release` has anything to do. Cheap: it needs no turn to write."""
    if (system := crm_of(session)) is None:
        return False
    entry = select(CrmEntry.id).where(CrmEntry.state == "waiting").limit(1)
    return (
        session.scalar(entry) is not None
        or session.scalar(select(CrmWrite.key).where(_ready(system)).limit(1)) is not None
    )


def release(session: Session, settings: Settings, now: datetime) -> int:
    """Plan what waited for the system that is connected now; return how much. What has no record there goes on waiting."""
    system = crm_of(session)
    if system is None:
        return 0
    changed = session.execute(
        update(CrmWrite)
        .where(_ready(system))
        .values(system=system, state="planned", due_at=now)
        .execution_options(synchronize_session=False)
        .returning(CrmWrite.key)
    ).all()
    return len(changed) + _log_entries(session, settings, now)


def _ready(system: str) -> ColumnElement[bool]:
    linked = exists().where(
        CrmLink.system == system,
        CrmLink.kind == CrmWrite.kind,
        CrmLink.record_id == CrmWrite.record_id,
        CrmLink.deleted.is_(False),
    )
    return (CrmWrite.state == "waiting") & (CrmWrite.operation.in_(("create", "log")) | linked)


def _log_entries(session: Session, settings: Settings, now: datetime) -> int:
    """Plan a log of each activity that an entry tells of; one that has none says nothing that a CRM keeps."""
    entries = session.scalars(
        select(CrmEntry).where(CrmEntry.state == "waiting").order_by(CrmEntry.at, CrmEntry.id).limit(_AT_ONCE)
    ).all()
    for entry in entries:
        activity = entry.record.get("activity")
        kind = session.scalar(select(Activity.kind).where(Activity.id == str(activity))) if activity else None
        if kind is None:
            entry.state = "dropped"
            continue
        new = NewWrite(f"log:{activity}"[:200], "log", kind, str(activity), proposal_id=entry.record.get("proposal"))
        plan(session, new, settings=settings, now=now)
        entry.state = "planned"
    return len(entries)
