"""What is said unasked waits here: every card, alert and reminder, until the person's hours and the day's budget have room for it.

The same key is the same notice. What is due is handed over one by one; whoever shows it says so with `settle`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from infra.settings import Settings
from infra.spine.outbound import Notice
from infra.spine.people import User
from sales.disturbing import when_to_say
from sales.working_hours import Hours

Settled = Literal["sent", "unreached", "merged", "dropped"]
"""What became of a notice: shown somewhere, nowhere to show it, shown together with others, or no longer worth showing."""

ALARMS = frozenset({"domain_paused"})
"""Kinds of notices that wait for nobody's hours: sending stopped, and whoever answers for it can say why."""

FOR_MEETING = "for_meeting"
"""Stands in the payload of a notice that is about a meeting soon: when it begins. Who has a meeting then is at work, whatever their hours say."""

ASKED = "asked"
"""Stands in the payload of a notice that answers a press: whoever pressed is there, whatever the hour."""

STANDS = "stands"
"""Stands in the payload of a notice that was told and is no card: by surface, where its message is found again."""


@dataclass(frozen=True)
class NewNotice:
    """Something to say to one user. `payload` is what the surfaces compose the message from; `value` ranks it among others."""

    key: str
    user_id: str
    kind: str
    payload: dict[str, Any]
    urgent: bool = False
    value: Decimal | None = None
    due_at: datetime | None = None


def put(session: Session, notice: NewNotice, now: datetime) -> bool:
    """Let a notice wait; returns False where its key is known already, which changes nothing."""
    if session.get(Notice, notice.key) is not None:
        return False
    session.add(
        Notice(
            key=notice.key,
            user_id=notice.user_id,
            kind=notice.kind,
            urgent=notice.urgent,
            value=notice.value,
            payload=notice.payload,
            state="waiting",
            due_at=notice.due_at or now,
            created_at=now,
        )
    )
    return True


def drop(session: Session, key: str) -> None:
    """Take a notice back that was not shown yet."""
    session.execute(update(Notice).where(Notice.key == key, Notice.state == "waiting").values(state="dropped"))


def settle(session: Session, key: str, state: Settled, now: datetime) -> None:
    """Write down what became of a notice."""
    session.execute(update(Notice).where(Notice.key == key).values(state=state, sent_at=now))


def something_waits(session: Session, now: datetime) -> bool:
    """Return whether `due` would find anything. Cheap: it needs no turn to write."""
    waiting = select(Notice.key).where(Notice.state == "waiting", Notice.due_at <= now).limit(1)
    return session.scalar(waiting) is not None


def due(session: Session, settings: Settings, now: datetime) -> list[str]:
    """Return the keys of what may be said now: for each user what is urgent first, then by value, then the oldest. The rest is put off."""
    waiting = session.execute(
        select(Notice, User.time_zone)
        .join(User, User.id == Notice.user_id)
        .where(Notice.state == "waiting", Notice.due_at <= now)
        .order_by(
            Notice.user_id, Notice.urgent.desc(), func.coalesce(Notice.value, 0).desc(), Notice.created_at, Notice.key
        )
    ).all()
    said: dict[str, int] = {}
    keys: list[str] = []
    for notice, zone in waiting:
        hours = hours_of(settings, zone)
        if notice.user_id not in said:
            said[notice.user_id] = _said_today(session, notice.user_id, hours.zone, now)
        already, budget = said[notice.user_id], settings.notices_a_day
        alarm = notice.kind in ALARMS or FOR_MEETING in notice.payload or ASKED in notice.payload
        when = when_to_say(now, hours, already, budget, urgent=notice.urgent, alarm=alarm)
        if when > now:
            notice.due_at = when
            continue
        said[notice.user_id] += 1
        keys.append(notice.key)
    return keys


def hours_of(settings: Settings, time_zone: str | None) -> Hours:
    """Return the hours in which somebody in this zone may be disturbed; the company's zone where theirs is not known."""
    try:
        zone = ZoneInfo(time_zone) if time_zone else settings.zone
    except (KeyError, ValueError, OSError):
        zone = settings.zone
    return Hours(zone, frozenset(settings.working_days), settings.disturb_from, settings.disturb_until)


def _said_today(session: Session, user_id: str, zone: ZoneInfo, now: datetime) -> int:
    begin = datetime.combine(now.astimezone(zone).date(), time(0), zone).astimezone(UTC)
    counted = select(func.count()).where(
        Notice.user_id == user_id,
        Notice.state == "sent",
        Notice.sent_at >= begin,
        Notice.sent_at < begin + timedelta(days=1),
    )
    return session.scalar(counted) or 0
