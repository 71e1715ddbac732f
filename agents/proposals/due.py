"""What is due by the injected clock: effects that go, snoozes that end, proposals that expire, reminders before that. Waiting is state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session

from agents.notices import NewNotice, put
from agents.proposals.effect_rows import lane_of, work_key
from agents.proposals.rights import receivers
from infra.spine.desk import AuditEntry
from infra.spine.proposals import Copy, Effect, Proposal
from infra.spine.touches import Touch
from sales.proposal import WAITING

REMIND_BEFORE = timedelta(hours=4)
"""How long before it expires whoever decides is reminded."""

_AT_LEAST_OLD = timedelta(hours=2)
_MOST = 500
_UNSYNCED = {"synchronize_session": False}


@dataclass(frozen=True)
class Job:
    """An effect that is due: the key and lane of its durable work, and which planning of it this is."""

    key: str
    lane: str
    effect_id: str
    planning: int


@dataclass(frozen=True)
class Changes:
    """What a moment brought: ids of proposals that came back, and that expired."""

    back: tuple[str, ...]
    expired: tuple[str, ...]


def due_effects(session: Session, now: datetime) -> list[Job]:
    """Return the effects that are to go now, or whose outcome is to be looked for, the oldest first."""
    rows = session.execute(
        select(Effect.id, Effect.attempts, Effect.marker)
        .where(Effect.state.in_(("planned", "sending")), Effect.due_at <= now)
        .order_by(Effect.due_at, Effect.id)
        .limit(_MOST)
    )
    return [Job(work_key(one.id, one.attempts), lane_of(one.marker), one.id, one.attempts) for one in rows]


def something_is_due(session: Session, now: datetime) -> bool:
    """Return whether `turn_over` would change anything. Cheap: the usual second brings nothing, and needs no turn to write."""
    found = session.scalar(
        select(Proposal.id)
        .where(
            or_(
                and_(Proposal.state == "snoozed", Proposal.due_at <= now),
                and_(Proposal.state.in_(WAITING), Proposal.expires_at <= now),
                _to_remind(now),
            )
        )
        .limit(1)
    )
    return found is not None


def turn_over(session: Session, now: datetime) -> Changes:
    """Let expire what is past, bring back what was snoozed, and put a reminder of what expires soon. A second call changes nothing."""
    expired = tuple(
        session.scalars(
            update(Proposal)
            .where(Proposal.state.in_(WAITING), Proposal.expires_at <= now)
            .values(state="expired", due_at=None)
            .returning(Proposal.id)
            .execution_options(**_UNSYNCED)
        )
    )
    back = tuple(
        session.scalars(
            update(Proposal)
            .where(Proposal.state == "snoozed", Proposal.due_at <= now)
            .values(state="pending", due_at=None)
            .returning(Proposal.id)
            .execution_options(**_UNSYNCED)
        )
    )
    _remind(session, now)
    if expired:
        touches = select(Proposal.touch_id).where(Proposal.id.in_(expired), Proposal.touch_id.is_not(None))
        session.execute(
            update(Touch)
            .where(Touch.id.in_(touches), Touch.state.in_(("planned", "proposed")))
            .values(state="skipped"),
            execution_options=_UNSYNCED,
        )
        session.add_all(
            AuditEntry(at=now, actor="dealwright", surface="work", action="proposal expired", subject=one)
            for one in expired
        )
    return Changes(back, expired)


def _remind(session: Session, now: datetime) -> None:
    """Put a notice for whoever decides. It stands in the same transaction as that they were reminded: a kill leaves both or neither."""
    rows = session.execute(
        update(Proposal)
        .where(_to_remind(now))
        # Its card does not tell of it.
        .values(reminded_at=now, revision=Proposal.revision)
        .returning(Proposal.id, Proposal.version, Proposal.owner_id)
        .execution_options(**_UNSYNCED)
    ).all()
    for row in rows:
        for user_id in receivers(session, row.owner_id, now):
            key = f"remind:{row.id}:{row.version}:{user_id}"[:200]
            put(session, NewNotice(key, user_id, "reminder", {"proposal": row.id}), now)


def stale_copies(session: Session, surfaces: Sequence[str]) -> tuple[str, ...]:
    """Return the proposals of which some card on these surfaces shows what is past, the newest first.

    That is another version or state; or an earlier revision: its outcome, say, changed, and the process died before the card told it.
    """
    present = cast(Proposal.version, String) + ":" + Proposal.state
    past = or_(Copy.shown.is_(None), Copy.shown != present, Copy.revision != Proposal.revision)
    return tuple(
        session.scalars(
            select(Proposal.id)
            .join(Copy, Copy.proposal_id == Proposal.id)
            .where(Copy.surface.in_(surfaces), past)
            .group_by(Proposal.id)
            .order_by(func.max(Copy.at).desc(), Proposal.id)
            .limit(_MOST)
        )
    )


def _to_remind(now: datetime) -> ColumnElement[bool]:
    return and_(
        Proposal.state == "pending",
        Proposal.expires_at <= now + REMIND_BEFORE,
        Proposal.expires_at > now,
        Proposal.created_at <= now - _AT_LEAST_OLD,
        Proposal.reminded_at.is_(None),
    )
