"""What the spine knows of a recipient that bears on writing to them: their companies, who owns those, and who of us touched them lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true, union
from sqlalchemy.orm import Session, aliased

from infra.settings import Settings
from infra.spine.activity import Activity, Participant
from infra.spine.business import Account, Deal, Territory
from infra.spine.compared import is_person
from infra.spine.outbound import Mailbox
from infra.spine.people import Contact, User
from infra.spine.proposals import Proposal, ProposalVersion
from infra.spine.touches import Sequence, Touch
from sales.addresses import company_domains, compared_address
from sales.proposal import WAITING


@dataclass(frozen=True)
class Place:
    """A territory as it was imported, and who works it. `owner` is a name for sentences."""

    name: str
    team: str | None
    owner_id: str | None
    owner: str | None


@dataclass(frozen=True)
class Company:
    """A company that the recipient belongs to. `owner` and `deal_owner` are names for sentences."""

    id: str
    domain: str | None
    type: str | None
    owner_id: str | None
    owner: str | None
    territory: Place | None
    won_deals: int


@dataclass(frozen=True)
class OpenDeal:
    """An open deal of one of the companies."""

    id: str
    owner_id: str | None
    owner: str | None


def contacts_of(session: Session, address: str, contact_id: str | None) -> tuple[str, ...]:
    """Return the contacts with this address; the one that a proposal names counts only while it has no other address."""
    rows = session.scalars(
        select(Contact.id).where(
            or_(is_person(Contact.email, address), and_(Contact.id == contact_id, Contact.email.is_(None)))
        )
    )
    return tuple(rows)


def companies_of(session: Session, address: str, account_id: str | None, contacts: tuple[str, ...]) -> list[Company]:
    """Return the companies that somebody belongs to: the proposal's, their contact's, and the one whose domain their address has."""
    key = compared_address(address) or ""
    domains = company_domains(key.partition("@")[2])
    won = select(func.count()).where(Deal.account_id == Account.id, Deal.status == "won").scalar_subquery()
    holder, named = aliased(User), aliased(Territory)
    # An account names its territory by its id, or by its name in whatever case; of several the first.
    first = (
        select(func.min(named.id))
        .where(or_(named.id == Account.territory, func.lower(named.name) == func.lower(Account.territory)))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Account, User.name, Territory, holder.name, won)
        .outerjoin(User, User.id == Account.owner_id)
        .outerjoin(Territory, Territory.id == first)
        .outerjoin(holder, holder.id == Territory.owner_id)
        .where(
            or_(
                Account.id == account_id,
                Account.id.in_(select(Contact.account_id).where(Contact.id.in_(contacts))),
                func.lower(Account.domain).in_(domains),
            )
        )
        .order_by(Account.id)
    )
    return [
        Company(
            account.id,
            account.domain,
            account.type,
            account.owner_id,
            owner,
            Place(place.name, place.team, place.owner_id, works) if place is not None else None,
            won_deals,
        )
        for account, owner, place, works, won_deals in rows
    ]


def has_left(session: Session, sender: str) -> bool:
    """Return whether a sender's address is, or its mailbox belongs to, somebody of us who is not with us any more."""
    address = sender.strip().lower()
    boxes = select(Mailbox.user_id).where(func.lower(Mailbox.address) == address)
    told = session.scalars(select(User.active).where(or_(func.lower(User.email) == address, User.id.in_(boxes)))).all()
    return bool(told) and not any(told)


def open_deals(session: Session, companies: tuple[str, ...]) -> list[OpenDeal]:
    """Return the open deals of companies."""
    rows = session.execute(
        select(Deal.id, Deal.owner_id, User.name)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(Deal.account_id.in_(companies), Deal.status == "open")
        .order_by(Deal.id)
    )
    return [OpenDeal(identity, owner_id, owner) for identity, owner_id, owner in rows]


def _by_us() -> ColumnElement[bool]:
    """What we did towards somebody, over all channels: mails and messages out, and calls and meetings, which both sides share."""
    return and_(
        Activity.automatic.is_(False),
        Activity.status == "done",
        Activity.kind.in_(("mail", "call", "meeting")),
        Activity.direction.in_(("outbound", "mutual")),
    )


def _with(address: str, contacts: tuple[str, ...], since: datetime) -> ColumnElement[bool]:
    """What was with somebody since a moment: with their contact, or with any of their addresses, whatever follows a plus sign in it."""
    # Asked for apart, the contact finds its index, and the addresses are compared among what is recent only.
    by_address = (
        select(Participant.activity_id)
        .join(Activity, Activity.id == Participant.activity_id)
        .where(Activity.at > since, Participant.role != "from", is_person(Participant.email, address))
    )
    by_contact = select(Participant.activity_id).where(Participant.contact_id.in_(contacts), Participant.role != "from")
    return Activity.id.in_(union(by_address, by_contact))


def touches_of_person(
    session: Session, settings: Settings, address: str, contacts: tuple[str, ...], now: datetime
) -> int:
    """Return how often we touched somebody in the window of the person's cap."""
    since = now - timedelta(days=settings.person_days)
    return (
        session.scalar(
            select(func.count()).where(
                Activity.at > since, Activity.at <= now, _by_us(), _with(address, contacts, since)
            )
        )
        or 0
    )


def touches_of_companies(session: Session, settings: Settings, companies: tuple[str, ...], now: datetime) -> int:
    """Return how often we touched anybody at the busiest of these companies in the window of the account's cap."""
    since = now - timedelta(days=settings.account_days)
    counted = (
        select(func.count().label("touches"))
        .where(Activity.account_id.in_(companies), Activity.at > since, Activity.at <= now, _by_us())
        .group_by(Activity.account_id)
        .subquery()
    )
    return session.scalar(select(func.coalesce(func.max(counted.c.touches), 0))) or 0


def writer_of_late(
    session: Session, settings: Settings, address: str, contacts: tuple[str, ...], proposal: Proposal, now: datetime
) -> tuple[str | None, datetime] | None:
    """Return who of us wrote to or spoke with somebody lately, apart from this proposal's own sequence: `(name, when)`, the last one.

    The later touch of a sequence is not a duplicate of its first, nor of what its own writer did besides.
    """
    since = now - timedelta(days=settings.duplicate_days)
    conditions = [Activity.at > since, Activity.at <= now, _by_us(), _with(address, contacts, since)]
    if proposal.touch_id is not None:
        own = select(Touch.sequence_id).where(Touch.id == proposal.touch_id)
        conditions.append(
            Activity.id.not_in(
                select(Touch.activity_id).where(Touch.sequence_id.in_(own), Touch.activity_id.is_not(None))
            )
        )
    if proposal.kind != "outreach" and proposal.owner_id is not None:
        conditions.append(or_(Activity.owner_id.is_(None), Activity.owner_id != proposal.owner_id))
    row = session.execute(
        select(User.name, Activity.at)
        .select_from(Activity)
        .outerjoin(User, User.id == Activity.owner_id)
        .where(*conditions)
        .order_by(Activity.at.desc())
        .limit(1)
    ).first()
    return None if row is None or row[1] is None else (row[0], row[1])


def other_card(session: Session, address: str, proposal: Proposal) -> tuple[str, str | None] | None:
    """Return another card to the same person that goes before this one: `(its id, its owner's name)`, or None.

    One that is approved or being sent goes before; of two that wait, the older does, so that never both stand in each other's way.
    """
    recipient = ProposalVersion.effect["to"].as_string()
    before = or_(
        Proposal.created_at < proposal.created_at,
        and_(Proposal.created_at == proposal.created_at, Proposal.id < proposal.id),
    )
    row = session.execute(
        select(Proposal.id, User.name)
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version),
        )
        .outerjoin(User, User.id == Proposal.owner_id)
        .where(
            Proposal.id != proposal.id,
            is_person(recipient, address),
            or_(
                Proposal.state.in_(("executing", "unknown")),
                and_(
                    Proposal.state == "approved", before if proposal.state == "approved" else Proposal.id.is_not(None)
                ),
                and_(Proposal.state == "pending", before, true() if proposal.state in WAITING else false()),
            ),
        )
        .order_by(case((Proposal.state == "pending", 1), else_=0), Proposal.created_at)
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def other_sequence(session: Session, address: str, proposal: Proposal) -> bool:
    """Return whether somebody is in another running sequence already."""
    own = select(Touch.sequence_id).where(Touch.id == proposal.touch_id)
    return (
        session.scalar(
            select(Sequence.id)
            .where(
                is_person(Sequence.recipient, address),
                Sequence.state.in_(("active", "paused")),
                Sequence.id.not_in(own),
            )
            .limit(1)
        )
        is not None
    )


def halted_sequence(session: Session, proposal: Proposal) -> tuple[str, bool] | None:
    """Return why the sequence of a touch does not go on and whether for good, or None. An answer to what they wrote is no touch, and may go."""
    if proposal.touch_id is None or proposal.kind not in ("outreach", "follow_up", "reactivation"):
        return None
    row = session.execute(
        select(Sequence.state, Sequence.reason)
        .join(Touch, Touch.sequence_id == Sequence.id)
        .where(Touch.id == proposal.touch_id, Sequence.state.in_(("paused", "stopped", "finished")))
    ).first()
    if row is None:
        return None
    state, reason = row
    return f"This sequence is {state}.{f' {reason}' if reason else ''}", state != "paused"
