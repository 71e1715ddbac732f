"""One source as it was said or written: a call with its turns, a mail, a note, for whoever opens a piece of evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from infra.spine.models import Account, Activity, Contact, Deal, Participant, Turn, User
from infra.spine.scope import Scope


@dataclass(frozen=True)
class Said:
    """One turn. `turn_id` is as imported; `start_s` counts seconds from the beginning of the call."""

    position: int
    turn_id: str
    speaker: str | None
    side: str
    start_s: float | None
    text: str


@dataclass(frozen=True)
class Present:
    """Somebody who was there, wrote or was written to (`part`: attendee, from, to, cc, …)."""

    name: str
    side: str
    part: str
    title: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Verbatim:
    """A call, meeting, mail, note or task with all its words. Account and deal are named only where they may be seen."""

    id: str
    kind: str
    direction: str
    automatic: bool
    status: str
    subject: str | None
    body: str | None
    at: datetime | None
    due_at: datetime | None
    account_id: str | None
    account: str | None
    deal_id: str | None
    deal: str | None
    owner: str | None
    url: str | None
    people: tuple[Present, ...]
    turns: tuple[Said, ...]


def read_verbatim(session: Session, scope: Scope, activity_id: str) -> Verbatim | None:
    """Return the source, or None where there is none or it may not be seen."""
    row = session.execute(
        select(Activity, Account.name, Deal.name, User.name)
        .select_from(Activity)
        .outerjoin(Account, and_(Account.id == Activity.account_id, scope.accounts()))
        .outerjoin(Deal, and_(Deal.id == Activity.deal_id, scope.deals()))
        .outerjoin(User, User.id == Activity.owner_id)
        .where(Activity.id == activity_id, scope.activities())
    ).one_or_none()
    if row is None:
        return None
    activity, account, deal, owner = row
    turns = session.scalars(select(Turn).where(Turn.activity_id == activity_id).order_by(Turn.position))
    return Verbatim(
        activity.id,
        activity.kind,
        activity.direction,
        activity.automatic,
        activity.status,
        activity.subject,
        activity.body,
        activity.at,
        activity.due_at,
        activity.account_id if account else None,
        account,
        activity.deal_id if deal else None,
        deal,
        owner,
        activity.url,
        _people(session, activity_id),
        tuple(Said(turn.position, turn.turn_id, turn.speaker, turn.side, turn.start_s, turn.text) for turn in turns),
    )


def _people(session: Session, activity_id: str) -> tuple[Present, ...]:
    rows = session.execute(
        select(Participant, Contact.name, Contact.title, User.name)
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .outerjoin(User, User.id == Participant.user_id)
        .where(Participant.activity_id == activity_id)
        .order_by(Participant.side != "buyer", Participant.id)
    ).all()
    return tuple(
        Present(contact or user or there.name or there.email or "", there.side, there.role, title, there.email)
        for there, contact, title, user in rows
        if contact or user or there.name or there.email
    )
