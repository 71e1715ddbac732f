"""Sequences as people look at them: the touches of each, what comes next and why, and what came back. A few queries for a whole page."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from agents.proposals.book import visible
from infra.spine.models import Account, Contact, Lead, Proposal, Reply, Sequence, Touch, User
from infra.spine.scope import Scope

STATES = ("active", "paused", "stopped", "finished")
FINAL = ("opt_out", "complaint", "hard_bounce")
"""Replies after which a sequence can only stay stopped."""


@dataclass(frozen=True)
class TouchOut:
    """A touch. `reason` is what is new to write about (or why it was skipped), `proposal` the id of its card where the viewer may see one."""

    id: str
    number: int
    state: str
    due_at: datetime | None
    sent_at: datetime | None
    reason: str | None
    variant: str | None
    activity: str | None
    proposal: str | None


@dataclass(frozen=True)
class ReplyOut:
    """What came back. `words` are the person's own; `final` says that nothing but stopping is possible."""

    id: str
    kind: str
    at: datetime
    words: str | None
    choice: str | None
    activity: str | None

    @property
    def final(self) -> bool:
        """Whether the sequence can only stay stopped."""
        return self.kind in FINAL


@dataclass(frozen=True)
class SequenceOut:
    """The touches to one person for one reason, the first one first, and the replies, the newest first."""

    id: str
    state: str
    reason: str | None
    recipient: str
    person: str | None
    contact: str | None
    account: str | None
    account_name: str | None
    owner_id: str | None
    owner: str | None
    most_touches: int
    started_at: datetime
    ended_at: datetime | None
    touches: tuple[TouchOut, ...]
    replies: tuple[ReplyOut, ...]

    @property
    def next(self) -> TouchOut | None:
        """The touch that is planned, or that waits for a decision."""
        if self.state not in ("active", "paused"):
            return None
        return next((one for one in self.touches if one.state in ("planned", "proposed")), None)

    @property
    def open_reply(self) -> ReplyOut | None:
        """The newest reply, where nobody has chosen yet what follows."""
        newest = self.replies[0] if self.replies else None
        return newest if newest is not None and newest.choice is None else None


def seen(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a sequence may be seen: with its owner's records, or with its account."""
    if scope.everything:
        return Sequence.id.is_not(None)
    owners = and_(*(Sequence.owner_id.in_(grant) if grant else false() for grant in scope.grants))
    return or_(owners, Sequence.account_id.in_(select(Account.id).where(scope.accounts())))


def counted(session: Session, scope: Scope) -> dict[str, int]:
    """Return how many sequences inside a scope are in each state."""
    rows = session.execute(
        select(Sequence.state, func.count().label("held")).where(seen(scope)).group_by(Sequence.state)
    )
    return {row.state: row.held for row in rows}


def list_sequences(
    session: Session,
    scope: Scope,
    now: datetime,
    *,
    states: Many[str] = (),
    account: str | None = None,
    limit: int = 50,
    skipped: int = 0,
) -> list[SequenceOut]:
    """Return sequences inside a scope: those with the next touch due first, then the newest."""
    due = (
        select(func.min(Touch.due_at))
        .where(Touch.sequence_id == Sequence.id, Touch.state.in_(("planned", "proposed")))
        .scalar_subquery()
    )
    chosen = (
        select(
            Sequence,
            Contact.name.label("contact_name"),
            Lead.name.label("lead_name"),
            Account.name.label("account_name"),
            User.name.label("owner_name"),
        )
        .outerjoin(Contact, Contact.id == Sequence.contact_id)
        # A lead that shows where somebody works may be another person there: only the one who is written to is named.
        .outerjoin(Lead, and_(Lead.id == Sequence.lead_id, func.lower(Lead.email) == func.lower(Sequence.recipient)))
        .outerjoin(Account, Account.id == Sequence.account_id)
        .outerjoin(User, User.id == Sequence.owner_id)
        .where(seen(scope))
        .order_by(case((due.is_(None), 1), else_=0), due, Sequence.started_at.desc(), Sequence.id)
        .limit(limit)
        .offset(skipped)
    )
    if states:
        chosen = chosen.where(Sequence.state.in_(states))
    if account is not None:
        chosen = chosen.where(Sequence.account_id == account)
    rows = session.execute(chosen).all()
    ids = [row.Sequence.id for row in rows]
    touches, replies = _touches(session, scope, now, ids), _replies(session, ids)
    return [_told(row, touches, replies) for row in rows]


def _touches(session: Session, scope: Scope, now: datetime, ids: Many[str]) -> dict[str, list[TouchOut]]:
    card = (
        select(func.max(Proposal.id))
        .where(Proposal.touch_id == Touch.id, Proposal.kind.in_(("outreach", "follow_up")), visible(scope, now))
        .correlate(Touch)
        .scalar_subquery()
    )
    found: dict[str, list[TouchOut]] = {}
    chosen = select(Touch, card.label("card")).where(Touch.sequence_id.in_(ids)).order_by(Touch.number)
    for touch, proposal in session.execute(chosen):
        found.setdefault(touch.sequence_id, []).append(
            TouchOut(
                touch.id,
                touch.number,
                touch.state,
                touch.due_at,
                touch.sent_at,
                touch.reason,
                touch.variant,
                touch.activity_id,
                proposal,
            )
        )
    return found


def _replies(session: Session, ids: Many[str]) -> dict[str, list[ReplyOut]]:
    found: dict[str, list[ReplyOut]] = {}
    chosen = (
        select(Reply, Touch.sequence_id)
        .join(Touch, Touch.id == Reply.touch_id)
        .where(Touch.sequence_id.in_(ids))
        .order_by(Reply.at.desc(), Reply.id)
    )
    for reply, sequence in session.execute(chosen):
        words = reply.detail.get("words") or reply.detail.get("reason")
        told = ReplyOut(reply.id, reply.kind, reply.at, str(words) if words else None, reply.choice, reply.activity_id)
        found.setdefault(sequence, []).append(told)
    return found


def _told(row: Any, touches: dict[str, list[TouchOut]], replies: dict[str, list[ReplyOut]]) -> SequenceOut:
    one: Sequence = row.Sequence
    return SequenceOut(
        one.id,
        one.state,
        one.reason,
        one.recipient,
        row.contact_name or row.lead_name,
        one.contact_id,
        one.account_id,
        row.account_name,
        one.owner_id,
        row.owner_name,
        one.most_touches,
        one.started_at,
        one.ended_at,
        tuple(touches.get(one.id, ())),
        tuple(replies.get(one.id, ())),
    )
