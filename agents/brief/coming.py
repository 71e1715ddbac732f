"""Which booked meetings begin soon and want a brief: with somebody of a company that we know, told to whom they belong, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from infra.spine.models import Activity, Briefed, Participant, User

LEAD = timedelta(minutes=30)
"""How long before a meeting its brief is told."""

MOVED = timedelta(hours=6)
"""A meeting that was briefed and moves by less than this needs no second brief: it is still on the same sheet."""


@dataclass(frozen=True)
class Coming:
    """A meeting that begins within the half hour, and whose it is. `briefed_for` is the beginning that was briefed before, None where none was."""

    activity_id: str
    user_id: str
    at: datetime
    briefed_for: datetime | None


def coming(session: Session, now: datetime) -> list[Coming]:
    """Return what begins within the next half hour and was not briefed for that time, the soonest first.

    What is only among us is none, nor what concerns nobody whom we know; private events never come in from a calendar.
    """
    whose = func.coalesce(Activity.owner_id, _our_first())
    rows = session.execute(
        select(Activity.id, User.id, Activity.at, Briefed.meeting_at)
        .select_from(Activity)
        .join(User, and_(User.id == whose, User.active))
        .outerjoin(Briefed, and_(Briefed.activity_id == Activity.id, Briefed.user_id == User.id))
        .where(
            Activity.kind.in_(("meeting", "call")),
            Activity.status == "booked",
            Activity.at > now,
            Activity.at <= now + LEAD,
            Activity.direction != "internal",
            _with_them(),
            or_(Briefed.activity_id.is_(None), Briefed.meeting_at != Activity.at),
        )
        .order_by(Activity.at, Activity.id)
    ).all()
    return [Coming(id_, user_id, at, before) for id_, user_id, at, before in rows if at is not None]


def _our_first() -> ColumnElement[str | None]:
    """Whose a meeting without an owner is: the first of us who is invited."""
    ours = aliased(Participant)
    return (
        select(ours.user_id)
        .where(ours.activity_id == Activity.id, ours.user_id.is_not(None))
        .order_by(ours.id)
        .limit(1)
        .scalar_subquery()
    )


def _with_them() -> ColumnElement[bool]:
    """Whether it is with a company that we know: its record says so, or one of its guests; and not only one of us is there."""
    guest, outside, anybody = aliased(Participant), aliased(Participant), aliased(Participant)
    known = select(guest.id).where(guest.activity_id == Activity.id, guest.contact_id.is_not(None)).exists()
    theirs = (
        select(outside.id)
        .where(outside.activity_id == Activity.id, outside.user_id.is_(None), outside.side != "seller")
        .exists()
    )
    nobody = ~select(anybody.id).where(anybody.activity_id == Activity.id).exists()
    return and_(or_(Activity.account_id.is_not(None), Activity.deal_id.is_not(None), known), or_(theirs, nobody))


def mark(session: Session, one: Coming, now: datetime) -> None:
    """Write down that a meeting is briefed for the time at which it begins now."""
    row = session.get(Briefed, (one.activity_id, one.user_id))
    if row is None:
        session.add(Briefed(activity_id=one.activity_id, user_id=one.user_id, meeting_at=one.at, at=now))
    else:
        row.meeting_at, row.at = one.at, now


def still_on(session: Session, activity_id: str, now: datetime) -> bool:
    """Return whether a meeting is still booked and begins soon: one that was called off, moved away or has begun needs no brief."""
    found = session.execute(select(Activity.status, Activity.at).where(Activity.id == activity_id)).one_or_none()
    return found is not None and found.status == "booked" and found.at is not None and now < found.at <= now + LEAD
