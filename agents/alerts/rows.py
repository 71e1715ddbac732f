"""Alerts as rows of the spine: reading them, and what was told, ended and muted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from agents.alerts.record import OPEN, AlertOut
from infra.spine.business import Deal
from infra.spine.people import User
from infra.spine.scope import Scope
from infra.spine.watch import Alert, MutedRule
from sales.alerting import is_quiet

Place = tuple[str, str, str]
"""Where at most one alert stands: its kind, the deal and whoever is told."""

_CHUNK = 500
_T = TypeVar("_T")


def out_of(row: Alert) -> AlertOut:
    """Return an alert as it stands: what is written down of it, with what the columns say now."""
    return AlertOut.model_validate(
        {
            **row.record,
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "rule": row.rule,
            "rank": row.rank,
            "proposal": row.proposal_id,
            "verdict": row.verdict,
            "event_at": row.event_at,
            "raised_at": row.raised_at,
            "told_at": row.told_at,
            "snoozed_until": row.snoozed_until,
        }
    )


def open_alerts(session: Session, deals: Sequence[str]) -> dict[Place, Alert]:
    """Return the alerts on these deals that have not ended."""
    found: dict[Place, Alert] = {}
    for some in _chunks(deals):
        rows = session.scalars(select(Alert).where(Alert.deal_id.in_(some), Alert.state.in_(OPEN)))
        found |= {place_of(row): row for row in rows}
    return found


def alerts_to(
    session: Session, scope: Scope, begin: datetime, end: datetime, users: Sequence[str] | None
) -> list[tuple[str, str, AlertOut]]:
    """Return the alerts to some people, to all where none are named, that were told or raised in a span: id and name of the person, and the alert; the newest first."""
    came = func.coalesce(Alert.told_at, Alert.raised_at)
    rows = session.execute(
        select(Alert, User.id, User.name)
        .join(Deal, Deal.id == Alert.deal_id)
        .join(User, User.id == Alert.user_id)
        .where(scope.deals(), came >= begin, came < end, *([Alert.user_id.in_(users)] if users is not None else []))
        .order_by(came.desc(), Alert.id)
    )
    return [(user_id, name, out_of(row)) for row, user_id, name in rows]


def place_of(row: Alert) -> Place:
    """Return where an alert stands."""
    return (row.kind, row.deal_id, row.user_id)


def quiet_causes(session: Session, deals: Sequence[str], now: datetime, cool_down_days: int) -> dict[Place, set[str]]:
    """Return the causes that are not told of again yet: a person was told of them, and the alert ended or was called no risk lately."""
    found: dict[Place, set[str]] = {}
    since = now - timedelta(days=cool_down_days)
    for some in _chunks(deals):
        rows = session.scalars(
            select(Alert).where(
                Alert.deal_id.in_(some),
                Alert.ended_at > since,
                Alert.ended_at <= now,
                Alert.told_at.is_not(None),
            )
        )
        for row in rows:
            if row.ended_at is not None and is_quiet(row.ended_at, now, cool_down_days):
                found.setdefault(place_of(row), set()).update(row.causes)
    return found


def counts_before(session: Session, deals: Sequence[str]) -> dict[Place, int]:
    """Return how many alerts there were at each place."""
    found: dict[Place, int] = {}
    for some in _chunks(deals):
        counted = (
            select(Alert.kind, Alert.deal_id, Alert.user_id, func.count())
            .where(Alert.deal_id.in_(some))
            .group_by(Alert.kind, Alert.deal_id, Alert.user_id)
        )
        found |= {(kind, deal, user): count for kind, deal, user, count in session.execute(counted)}
    return found


def told_lately(session: Session, users: Sequence[str], now: datetime) -> list[tuple[str, datetime | None, bool]]:
    """Return who was told of an alert in the last two days or is about to be, when (None: it waits), and whether it told of something new."""
    found: list[tuple[str, datetime | None, bool]] = []
    for some in _chunks(users):
        rows = session.execute(
            select(Alert.user_id, Alert.told_at, Alert.record["new"].label("new")).where(
                Alert.user_id.in_(some),
                (Alert.told_at > now - timedelta(days=2)) | (Alert.state == "waiting"),
            )
        )
        found += [(row.user_id, row.told_at, bool(row.new)) for row in rows]
    return found


def muted_rules(session: Session) -> frozenset[str]:
    """Return the rules whose alerts are not told."""
    return frozenset(session.scalars(select(MutedRule.rule).where(MutedRule.lifted_at.is_(None))))


def insert_alerts(session: Session, rows: Sequence[dict[str, Any]]) -> frozenset[str]:
    """Write new alerts and return the ids of those that were not there yet: another process may have raised the same ones."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    added: set[str] = set()
    for some in _chunks(rows, 60):
        made = insert(Alert).values(list(some)).on_conflict_do_nothing().returning(Alert.id)
        added |= set(session.scalars(made))
    return frozenset(added)


def _chunks(items: Iterable[_T], size: int = _CHUNK) -> Iterator[list[_T]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
