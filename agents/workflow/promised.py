"""What we promised and what is due of it: tasks of the CRM, and promises with a day that one of ours made on a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session

from agents.workflow.found import Started
from agents.workflow.ground import Span, of_deals
from infra.spine.activity import Activity
from infra.spine.calls import CallNote
from infra.spine.spoken import is_word
from sales.commitments import shares, topic_stems

_CALLS_BACK = timedelta(days=45)
"""A promise that was made longer before its day is not looked for."""


@dataclass(frozen=True)
class _Promise:
    deal_id: str
    owner_id: str | None
    stage: str | None
    call_id: str
    place: int
    text: str
    due: date
    made_at: datetime
    quote: str


def promises_due(session: Session, span: Span, deals: CTE, zone: ZoneInfo) -> list[Started]:
    """Return what is due by the end of the day of the moment, and fell due since the span began."""
    return [*_tasks(session, span, deals, zone), *_said(session, span, deals, zone)]


def _tasks(session: Session, span: Span, deals: CTE, zone: ZoneInfo) -> Iterator[Started]:
    if span.past:
        # Which tasks were open then is not recorded.
        return
    end = _start(span.as_of.astimezone(zone).date() + timedelta(days=1), zone)
    # The tasks first: they are few, and the planner would else walk through every deal's history.
    task = (
        select(Activity.id, Activity.deal_id, Activity.account_id, Activity.owner_id, Activity.due_at, Activity.subject)
        .where(Activity.kind == "task", Activity.status == "open", Activity.due_at >= span.since, Activity.due_at < end)
        .cte("task")
        .prefix_with("MATERIALIZED")
    )
    shown = (
        deals.c.deal_id,
        deals.c.owner_id,
        deals.c.stage,
        task.c.id,
        task.c.owner_id,
        task.c.due_at,
        task.c.subject,
    )
    rows = session.execute(of_deals(shown, task, deals))
    for deal_id, owner, stage, identity, doer, due, subject in rows:
        yield Started(
            "promise_due", deal_id, doer or owner, stage, identity, _start(due.astimezone(zone).date(), zone), identity, subject,
            detail={"task": subject or "without a title"},
        )  # fmt: skip


def _said(session: Session, span: Span, deals: CTE, zone: ZoneInfo) -> Iterator[Started]:
    call = (
        select(
            Activity.id,
            Activity.deal_id,
            Activity.account_id,
            Activity.at,
            CallNote.record["commitments"].label("told"),
        )
        .join(CallNote, CallNote.activity_id == Activity.id)
        .where(CallNote.state == "ready", Activity.at >= span.since - _CALLS_BACK, Activity.at <= span.as_of)
        .cte("call")
        .prefix_with("MATERIALIZED")
    )
    shown = (deals.c.deal_id, deals.c.owner_id, deals.c.stage, call.c.id, call.c.at, call.c.told)
    rows = session.execute(of_deals(shown, call, deals))
    first, last = span.since.astimezone(zone).date(), span.as_of.astimezone(zone).date()
    due = [
        _Promise(deal_id, owner, stage, call_id, n, one["text"], day, at, one["said"][0]["quote"])
        for deal_id, owner, stage, call_id, at, told in rows
        for n, one in enumerate(told or ())
        if one["side"] == "seller" and one["due"] and first <= (day := date.fromisoformat(one["due"])) <= last
    ]
    sent = _sent(session, span, {one.deal_id for one in due}, min((one.made_at for one in due), default=span.as_of))
    for one in due:
        kept = _kept(one, sent.get(one.deal_id, ()))
        started = _start(one.due, zone)
        yield Started(
            "promise_due", one.deal_id, one.owner_id, one.stage, f"{one.call_id}:promise:{one.place}", started, one.call_id, one.quote,
            None if kept is None else max(kept[0], started), None if kept is None else kept[1], detail={"what": one.text},
        )  # fmt: skip


def _sent(session: Session, span: Span, deals: set[str], since: datetime) -> dict[str, list[tuple[datetime, str, str]]]:
    """Return our mails of some deals: when, which, and their words."""
    found: dict[str, list[tuple[datetime, str, str]]] = {}
    ids = sorted(deals)
    for begin in range(0, len(ids), 500):
        rows: Iterable[Any] = session.execute(
            select(Activity.deal_id, Activity.at, Activity.id, Activity.subject, Activity.body)
            .where(
                Activity.deal_id.in_(ids[begin : begin + 500]),
                Activity.kind == "mail",
                Activity.direction == "outbound",
                is_word(Activity),
                Activity.at > since,
                Activity.at <= span.as_of,
            )
            .order_by(Activity.at, Activity.id)
        )
        for deal_id, at, identity, subject, body in rows:
            found.setdefault(deal_id, []).append((at, identity, f"{subject or ''}\n{body or ''}"))
    return found


def _kept(promise: _Promise, sent: Iterable[tuple[datetime, str, str]]) -> tuple[datetime, str] | None:
    topic = topic_stems(promise.text)
    return next(((at, mail) for at, mail, text in sent if at > promise.made_at and shares(text, topic)), None)


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
