"""What the spine knows before anything is written: the company, its deals, who is suppressed, who is written to already. One query a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from agents.outreach.records import Recipient
from infra.spine.compared import is_person
from infra.spine.models import Account, Deal, Lead, Proposal, Sequence, Signal, Suppression, User
from sales.addresses import compared_address, parent_domains
from sales.proposal import WAITING
from sales.suppression import LASTING

_MUST_NOT = ("opt_out", "complaint", "do_not_contact", "legal_hold")
_UNDER_WAY = ("approved", "executing", "unknown")


@dataclass(frozen=True)
class Ground:
    """The account of a signal with its standing. `open_deal` is the newest open deal and its owner; `won` how many deals they bought."""

    account: Account | None
    owner: User | None
    company: str | None
    open_deal: Deal | None
    won: int


def ground_of(session: Session, signal: Signal) -> Ground:
    """Read the ground of a signal. The owner is the signal's, else the account's, else the lead's."""
    account = session.get(Account, signal.account_id) if signal.account_id else None
    lead = session.get(Lead, signal.lead_id) if signal.lead_id else None
    owner_id = signal.owner_id or (account.owner_id if account else None) or (lead.owner_id if lead else None)
    owner = session.get(User, owner_id) if owner_id else None
    company = (account.name if account else None) or signal.company or (lead.company if lead else None)
    open_deal, won = None, 0
    if account is not None:
        open_deal = session.scalars(
            select(Deal)
            .where(Deal.account_id == account.id, Deal.status == "open")
            .order_by(Deal.created_at.desc().nulls_last(), Deal.id)
            .limit(1)
        ).one_or_none()
        won = session.scalar(select(func.count()).where(Deal.account_id == account.id, Deal.status == "won")) or 0
    return Ground(account, owner if owner is not None and owner.active else None, company, open_deal, won)


def suppression_of(session: Session, email: str | None, domain: str | None, now: datetime) -> Suppression | None:
    """Return what forbids writing to an address or to anybody at a domain, an opt-out first; None where nothing does."""
    address = compared_address(email or "") or (email or "").strip().lower()
    domains = {above for one in (domain, address.rpartition("@")[2]) if one for above in parent_domains(one)}
    rows = session.scalars(
        select(Suppression).where(
            or_(
                (Suppression.kind == "person") & (Suppression.value == address),
                (Suppression.kind == "domain") & (Suppression.value.in_(domains)),
            ),
            or_(Suppression.until.is_(None), Suppression.until > now, Suppression.reason.in_(LASTING)),
        )
    ).all()
    return min(rows, key=lambda row: (row.reason not in _MUST_NOT, row.kind, row.value), default=None)


def in_sequence(session: Session, who: Recipient | None, account_id: str | None) -> bool:
    """Whether the person, or where nobody is known anybody at the account, is in a sequence that still runs or is paused."""
    if who is not None and (who.email or who.contact_id):
        condition = or_(
            *((is_person(Sequence.recipient, who.email),) if who.email else ()),
            *((Sequence.contact_id == who.contact_id,) if who.contact_id else ()),
        )
    elif account_id:
        condition = Sequence.account_id == account_id
    else:
        return False
    found = session.scalar(select(Sequence.id).where(condition, Sequence.state.in_(("active", "paused"))).limit(1))
    return found is not None


def mail_waits(session: Session, who: Recipient | None, account_id: str | None, signal_id: str) -> bool:
    """Whether a mail to the same person, or to anybody of the account, already waits for a decision or is on its way."""
    same = [Proposal.contact_id == who.contact_id] if who is not None and who.contact_id else []
    same += [Proposal.account_id == account_id] if account_id else []
    if not same:
        return False
    found = session.scalar(
        select(Proposal.id)
        .where(
            or_(*same),
            Proposal.kind.in_(("outreach", "follow_up", "reply", "reactivation")),
            Proposal.state.in_((*WAITING, *_UNDER_WAY)),
            or_(Proposal.signal_id.is_(None), Proposal.signal_id != signal_id),
        )
        .limit(1)
    )
    return found is not None


def waits_until(session: Session, who: Recipient | None, account_id: str | None, now: datetime) -> datetime | None:
    """Return until when somebody asked to be left alone ("ask me in Q3"): the latest revisit date that is still ahead, of the person or the account."""
    same = [Signal.contact_id == who.contact_id] if who is not None and who.contact_id else []
    same += [is_person(Signal.person_email, who.email)] if who is not None and who.email else []
    if account_id:
        # What one person asked for does not speak for their colleagues.
        same.append(and_(Signal.account_id == account_id, Signal.contact_id.is_(None), Signal.person_email.is_(None)))
    if not same:
        return None
    return session.scalar(
        select(func.max(Signal.revisit_at)).where(or_(*same), Signal.state == "nurtured", Signal.revisit_at > now)
    )
