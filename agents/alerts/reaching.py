"""Alerts that nobody could be reached with: told once more when their person can be reached, if what they tell of still stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.alerts.raising import LOST_TRACK, NOTICE, notice_key, told_today
from agents.alerts.record import AlertOut
from agents.alerts.rows import out_of
from agents.notices import NewNotice, put
from infra.settings import Settings
from infra.spine.watch import Alert
from sales.alerting import FRESH_FOR, Claim, within_budget

_LOST_AGAIN = "Nobody could be reached with it on any surface, twice; it stands in the weekly review and under `dealwright alerts`."


def lost(session: Session) -> dict[str, tuple[str, ...]]:
    """Return the people whom an alert did not reach that still stands, each with the deals that it is of."""
    rows = session.execute(select(Alert.user_id, Alert.deal_id).where(*_lost()).order_by(Alert.deal_id))
    found: dict[str, list[str]] = {}
    for user, deal in rows:
        found.setdefault(user, []).append(deal)
    return {user: tuple(deals) for user, deals in found.items()}


def try_again(session: Session, settings: Settings, users: Collection[str], now: datetime) -> tuple[str, ...]:
    """Have what did not reach these people told again, once each and no more than their day holds, the worthiest first; the rest waits for another day."""
    rows = {row.id: row for row in session.scalars(select(Alert).where(*_lost(), Alert.user_id.in_(users)))}
    claims = [Claim(row.id, row.user_id, row.rank, now - row.raised_at <= FRESH_FOR) for row in rows.values()]
    told = told_today(session, settings, now, sorted({one.user_id for one in claims}))
    chosen = within_budget(claims, told, settings.alerts_a_day)
    for identity in sorted(chosen):
        row = rows[identity]
        row.state = "waiting"
        row.record = _of(row, why_held=None, tried_again=now)
        key = notice_key(identity, now)
        put(session, NewNotice(key=key, user_id=row.user_id, kind=NOTICE, payload={"alert": identity}), now)
    return tuple(sorted(chosen))


def unreached(row: Alert) -> None:
    """Hold an alert that reached nobody."""
    row.state = "held"
    row.record = _of(row, why_held=_LOST_AGAIN if out_of(row).tried_again is not None else LOST_TRACK)


def notice_of(row: Alert) -> str:
    """Return the key of the notice that tells, or told, an alert last: the first, that after a snooze, or that of another try."""
    woken = row.snoozed_until if row.state == "waiting" else None
    again = max(filter(None, (woken, out_of(row).tried_again)), default=None)
    return notice_key(row.id, again)


def _lost() -> tuple[Any, ...]:
    return (Alert.state == "held", Alert.record["why_held"].as_string() == LOST_TRACK)


def _of(row: Alert, **changed: object) -> dict[str, Any]:
    made: AlertOut = out_of(row).model_copy(update=changed)
    return made.model_dump(mode="json")
