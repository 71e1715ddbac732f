"""The actions that are asked for, kept: what is new is added, what was done is closed, what nobody needs any more is dropped. The same look twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from agents.notices import hours_of
from agents.workflow.found import Found
from agents.workflow.ground import Span
from agents.workflow.record import Refreshed
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.people import User
from infra.spine.spoken import is_open
from infra.spine.watch import DueAction
from sales.workflow.delay import due_at

OPEN = ("waiting", "paused")
LONGEST = timedelta(days=90)
"""What has waited longer is dropped: nobody will do it any more."""
BY_FIELD = frozenset({"next_step_due", "stage_changed"})
"""Triggers that end when a field is put right: gone is done."""
_ROWS = 400


@dataclass(frozen=True)
class _Kept:
    id: str
    state: str
    by: str | None
    trigger: str | None
    triggered_at: datetime


def reach(session: Session, as_of: datetime, look_back: timedelta, deals: Iterable[str] | None) -> datetime:
    """Return since when must be looked at, so that what waits is found again."""
    oldest = select(func.min(DueAction.triggered_at)).where(
        DueAction.state.in_(OPEN), DueAction.triggered_at >= as_of - LONGEST
    )
    if deals is not None:
        oldest = oldest.where(DueAction.deal_id.in_(list(deals)))
    found = session.scalar(oldest)
    return min(as_of - look_back, found - timedelta(seconds=1)) if found else as_of - look_back


def merge(session: Session, settings: Settings, found: list[Found], span: Span, look_back: timedelta) -> Refreshed:
    """Bring the kept actions up to what was found in a span. Only what happened within `look_back` is newly asked for."""
    kept = _kept(session, span)
    first = span.as_of - look_back
    zones = dict(session.execute(select(User.id, User.time_zone)).all())
    new, done, again = [], [], []
    for one in found:
        known = kept.pop(one.id, None)
        if known is None:
            if one.started.at >= first:
                new.append(_row(one, settings, zones))
        elif known.state in OPEN and one.started.done_at is not None:
            done.append(_ending(one.id, "done", one.started.done_at, one.started.done_by))
        elif known.state == "dropped" and known.by is None and one.started.done_at is None:
            again.append(_ending(one.id, "waiting", None, None))
    ended, dropped = _gone(session, kept.values(), span)
    _insert(session, new)
    for group in (done, again, ended, dropped):
        if group:
            session.execute(update(DueAction), group)
    opened = [one for one in new if one["state"] == "waiting"]
    return Refreshed(
        opened=len(opened) + len(again), done=len(new) - len(opened) + len(done) + len(ended), dropped=len(dropped)
    )


def due_of(found: Found, settings: Settings, zone: str | None) -> datetime:
    """Return until when a rule wants something done, by the owner's working time."""
    return due_at(found.started.at, found.rule.within, hours_of(settings, zone))


def detail_of(found: Found) -> dict[str, Any]:
    """Return what is kept of a trigger besides the columns."""
    one = found.started
    told = {"trigger": one.trigger, "seen": one.seen_id, "quote": one.quote, "days": one.days or None, **one.detail}
    return {name: value for name, value in told.items() if value is not None}


def _row(found: Found, settings: Settings, zones: dict[str, str | None]) -> dict[str, Any]:
    one = found.started
    return {
        "id": found.id,
        "deal_id": one.deal_id,
        "owner_id": one.owner_id,
        "rule": found.rule.key,
        "stage": one.stage,
        "trigger_id": one.trigger_id[:200],
        "triggered_at": one.at,
        "due_at": due_of(found, settings, zones.get(one.owner_id or "")),
        "state": "waiting" if one.done_at is None else "done",
        "done_at": one.done_at,
        "done_by_id": one.done_by,
        "detail": detail_of(found),
    }


def _ending(id: str, state: str, at: datetime | None, by: str | None) -> dict[str, Any]:
    return {"id": id, "state": state, "done_at": at, "done_by_id": by}


def _kept(session: Session, span: Span) -> dict[str, _Kept]:
    trigger = DueAction.detail["trigger"].as_string()
    query = select(DueAction.id, DueAction.state, DueAction.done_by_id, trigger, DueAction.triggered_at).where(
        (DueAction.triggered_at >= span.since) | DueAction.state.in_(OPEN)
    )
    if span.deals is not None:
        query = query.where(DueAction.deal_id.in_(span.deals))
    return {row[0]: _Kept(*row) for row in session.execute(query)}


def _gone(session: Session, left: Iterable[_Kept], span: Span) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the endings of what waits and was not found again: done where a field was put right, dropped else."""
    waiting = {one.id: one for one in left if one.state in OPEN}
    if not waiting:
        return [], []
    closed = set(
        session.scalars(
            select(DueAction.id)
            .join(Deal, Deal.id == DueAction.deal_id)
            .where(DueAction.state.in_(OPEN), ~is_open(Deal))
        )
    )
    done, dropped = [], []
    for one in waiting.values():
        if one.trigger in BY_FIELD and one.id not in closed and one.triggered_at >= span.as_of - LONGEST:
            done.append(_ending(one.id, "done", span.as_of, None))
        else:
            dropped.append(_ending(one.id, "dropped", span.as_of, None))
    return done, dropped


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    for begin in range(0, len(rows), _ROWS):
        session.execute(insert(DueAction).values(rows[begin : begin + _ROWS]).on_conflict_do_nothing())
