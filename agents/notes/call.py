"""A call as it is read: who was there, what was said by whom and when, and what the CRM tells of its deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.notes.record import Side
from infra.spine.models import Account, Activity, Contact, Deal, Participant, Turn, User

_SIDES: dict[str, Side] = {"buyer": "buyer", "seller": "seller"}


@dataclass(frozen=True)
class SpokenTurn:
    """One turn. `position` counts from 0; `turn_id` is as imported; `start_s` and `end_s` are seconds into the call."""

    position: int
    turn_id: str
    speaker: str | None
    side: Side
    contact_id: str | None
    user_id: str | None
    start_s: float | None
    end_s: float | None
    text: str


@dataclass(frozen=True)
class Guest:
    """Somebody who was there. At most one of `contact_id` and `user_id` is set; title, role and stance are the contact's in the CRM."""

    name: str | None
    email: str | None
    side: Side
    contact_id: str | None = None
    user_id: str | None = None
    title: str | None = None
    role: str | None = None
    stance: str | None = None
    matched_by: str | None = None
    proposed: bool = False


@dataclass(frozen=True)
class DealFacts:
    """What the CRM tells of the call's deal today. `probability` is in percent, `amount` in `currency`."""

    id: str
    name: str
    status: str
    stage: str | None
    amount: Decimal | None
    currency: str
    close_date: date | None
    probability: Decimal | None
    forecast_category: str | None
    next_step: str | None
    next_step_date: date | None
    competitor: str | None
    product: str | None
    quantity: Decimal | None
    owner_id: str | None


@dataclass(frozen=True)
class Call:
    """One call with its words. `at` is None where nobody told when it was; `day` is its day in the house's zone, by which spoken dates are told.

    `participants` are all who were invited or spoke. `people` are the account's contacts, there or not, for words that speak of them.
    """

    id: str
    title: str | None
    at: datetime | None
    day: date | None
    account_id: str | None
    account_name: str | None
    account_domain: str | None
    deal_id: str | None
    owner_id: str | None
    url: str | None
    content_hash: str
    participants: tuple[Guest, ...]
    turns: tuple[SpokenTurn, ...]
    deal: DealFacts | None = None
    people: tuple[Guest, ...] = ()


def load(session: Session, call_id: str, zone: ZoneInfo) -> Call | None:
    """Return the call or meeting with its turns as they stand in the spine, or None where there is none. `zone` tells its day."""
    row = session.execute(
        select(Activity, Account, Deal)
        .select_from(Activity)
        .outerjoin(Account, Account.id == Activity.account_id)
        .outerjoin(Deal, Deal.id == Activity.deal_id)
        .where(Activity.id == call_id, Activity.kind.in_(("call", "meeting")))
    ).one_or_none()
    if row is None:
        return None
    activity, account, deal = row
    return Call(
        id=activity.id,
        title=activity.subject,
        at=activity.at,
        day=activity.at.astimezone(zone).date() if activity.at else None,
        account_id=activity.account_id,
        account_name=account.name if account else None,
        account_domain=account.domain if account else None,
        deal_id=activity.deal_id,
        owner_id=activity.owner_id,
        url=activity.url,
        content_hash=activity.content_hash,
        participants=_guests(session, call_id),
        turns=_turns(session, call_id),
        deal=_facts(deal) if deal else None,
        people=_people(session, activity.account_id),
    )


def _turns(session: Session, call_id: str) -> tuple[SpokenTurn, ...]:
    rows = session.scalars(select(Turn).where(Turn.activity_id == call_id).order_by(Turn.position))
    return tuple(
        SpokenTurn(
            turn.position,
            turn.turn_id,
            turn.speaker,
            _SIDES.get(turn.side, "unknown"),
            turn.contact_id,
            turn.user_id,
            turn.start_s,
            turn.end_s,
            turn.text,
        )
        for turn in rows
    )


def _guests(session: Session, call_id: str) -> tuple[Guest, ...]:
    rows = session.execute(
        select(Participant, Contact, User)
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .outerjoin(User, User.id == Participant.user_id)
        .where(Participant.activity_id == call_id)
        .order_by(Participant.id)
    )
    return tuple(
        Guest(
            name=contact.name if contact else user.name if user else there.name,
            email=there.email or (contact.email if contact else user.email if user else None),
            side=_SIDES.get(there.side, "unknown"),
            contact_id=there.contact_id,
            user_id=there.user_id,
            title=contact.title if contact else None,
            role=contact.role if contact else None,
            stance=contact.stance if contact else None,
        )
        for there, contact, user in rows
    )


def _people(session: Session, account_id: str | None) -> tuple[Guest, ...]:
    if account_id is None:
        return ()
    rows = session.scalars(select(Contact).where(Contact.account_id == account_id).order_by(Contact.id))
    return tuple(
        Guest(
            name=contact.name,
            email=contact.email,
            side="buyer",
            contact_id=contact.id,
            title=contact.title,
            role=contact.role,
            stance=contact.stance,
        )
        for contact in rows
    )


def _facts(deal: Deal) -> DealFacts:
    return DealFacts(
        id=deal.id,
        name=deal.name,
        status=deal.status,
        stage=deal.stage,
        amount=deal.amount,
        currency=deal.currency,
        close_date=deal.close_date,
        probability=deal.probability,
        forecast_category=deal.forecast_category,
        next_step=deal.next_step,
        next_step_date=deal.next_step_date,
        competitor=deal.competitor,
        product=deal.product,
        quantity=deal.quantity,
        owner_id=deal.owner_id,
    )
