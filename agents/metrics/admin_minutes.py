"""Minutes of administration as people tell them: who is to be asked today, and keeping what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.notices import NewNotice, hours_of, put
from infra.settings import Settings
from infra.spine.desk import Fact
from infra.spine.outbound import Notice
from infra.spine.people import Identity, User
from infra.spine.watch import AdminMinutes
from sales.admin_asking import asks, is_baseline

KIND = "admin_minutes"
"""The kind of the notice that asks."""
_DECLINED = "admin:"
_OPEN_FOR = timedelta(hours=18)
"""So long after the question a number alone is an answer to it."""


@dataclass(frozen=True)
class Told:
    """What somebody's answer became: for which day, and whether it counts for the baseline."""

    day: date
    minutes: int
    baseline: bool


def put_questions(session: Session, settings: Settings, now: datetime) -> list[str]:
    """Put the notices that ask today, and return their keys: to everybody who is met in a chat, whose hour has come, and who did not decline."""
    if not settings.admin_minutes_asked:
        return []
    declined = select(Fact.key).where(Fact.key.startswith(_DECLINED, autoescape=True))
    asked = (
        select(Notice.user_id, func.min(Notice.created_at).label("first"), func.max(Notice.created_at).label("last"))
        .where(Notice.kind == KIND)
        .group_by(Notice.user_id)
        .subquery()
    )
    met = select(Identity.user_id).distinct()
    rows = session.execute(
        select(User.id, User.time_zone, asked.c.first, asked.c.last)
        .outerjoin(asked, asked.c.user_id == User.id)
        .where(User.active, User.id.in_(met), func.substr(_DECLINED + User.id, 1, 80).not_in(declined))
    ).all()
    made: list[str] = []
    for row in rows:
        hours = hours_of(settings, row.time_zone)
        local = now.astimezone(hours.zone)
        if not settings.admin_minutes_at <= local.time() < settings.disturb_until:
            continue
        first, last = (None if at is None else at.astimezone(hours.zone).date() for at in (row.first, row.last))
        why = asks(local.date(), first, last, hours.days)
        key = f"{KIND}:{row.id}:{local.date()}"[:200]
        if why is not None and put(session, NewNotice(key, row.id, KIND, {"day": local.date().isoformat()}), now):
            made.append(key)
    return made


def tell(
    session: Session, settings: Settings, user: User, minutes: int, now: datetime, day: date | None = None
) -> Told:
    """Keep what somebody says of a day (today, in their zone, where none is named); a later word on the same day replaces the earlier."""
    zone = hours_of(settings, user.time_zone).zone
    today = now.astimezone(zone).date()
    day = day if day is not None and today - timedelta(days=7) <= day <= today else today
    first = _first_day(session, settings, user)
    kept = session.get(AdminMinutes, (user.id, day))
    if kept is None:
        kept = AdminMinutes(user_id=user.id, day=day, minutes=minutes, baseline=is_baseline(day, first), at=now)
        session.add(kept)
    kept.minutes, kept.at = minutes, now
    return Told(day, minutes, kept.baseline)


def _first_day(session: Session, settings: Settings, user: User) -> date | None:
    """Return the day on which somebody was first asked or first told, whichever came earlier."""
    zone = hours_of(settings, user.time_zone).zone
    asked = session.scalar(select(func.min(Notice.created_at)).where(Notice.kind == KIND, Notice.user_id == user.id))
    said = session.scalar(select(func.min(AdminMinutes.day)).where(AdminMinutes.user_id == user.id))
    days = [one for one in (asked.astimezone(zone).date() if asked else None, said) if one is not None]
    return min(days, default=None)


def is_asked(session: Session, user_id: str, now: datetime) -> bool:
    """Return whether a question stands open: it was told of late, and nothing was answered since."""
    told = session.scalar(
        select(func.max(Notice.sent_at)).where(
            Notice.kind == KIND, Notice.user_id == user_id, Notice.state == "sent", Notice.sent_at >= now - _OPEN_FOR
        )
    )
    if told is None:
        return False
    answered = select(AdminMinutes.day).where(AdminMinutes.user_id == user_id, AdminMinutes.at >= told).limit(1)
    return session.scalar(answered) is None


def decline(session: Session, user_id: str, now: datetime) -> None:
    """Ask somebody no more."""
    session.merge(Fact(key=f"{_DECLINED}{user_id}"[:80], value={"declined_at": now.isoformat()}))


def take_back(session: Session, user_id: str) -> bool:
    """Ask somebody again who had declined; returns whether they had."""
    kept = session.get(Fact, f"{_DECLINED}{user_id}"[:80])
    if kept is not None:
        session.delete(kept)
    return kept is not None
