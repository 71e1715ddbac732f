"""Whom to write to about a signal: the person it names, the lead it came from, else somebody of the buying committee whom we know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.outreach.records import Recipient
from infra.spine.compared import is_person
from infra.spine.models import Contact, Enrichment, Lead, Signal
from sales.addresses import written_address
from sales.icp import Icp
from sales.names import person_key
from sales.signals import Kind, is_executive, kind_of, title_words

_COMMITTEE = (
    "champion",
    "economic buyer",
    "decision maker",
    "sponsor",
    "executive sponsor",
    "buyer",
    "influencer",
    "user",
)
_NEVER = ("blocker", "legal", "former", "left", "procurement")
MOVES = (Kind.JOB_CHANGE, Kind.CHAMPION_JOINED, Kind.CHAMPION_LEFT, Kind.NEW_PERSON)
"""Kinds that are news of one person."""

_LEFT = (Kind.CHAMPION_LEFT,)


def recipients(session: Session, signal: Signal, icp: Icp) -> tuple[Recipient, ...]:
    """Return who could be written to, the best first. Those without an address come too: one may still be found for them."""
    found: list[Recipient] = []
    kind = kind_of(signal.kind)
    gone = person_key(signal.person) if signal.person and kind in _LEFT else None
    if gone is None:
        found += _named(session, signal)
    lead = session.get(Lead, signal.lead_id) if signal.lead_id else None
    if lead is not None:
        found.append(Recipient(name=lead.name, email=lead.email, title=lead.title, lead_id=lead.id, via="lead"))
    if signal.account_id and (not found or not found[0].email or not _is_about_person(kind)):
        found += _committee(session, signal, icp, gone)
    return tuple(_once(one.model_copy(update={"email": usable(one.email)}) for one in found))


def is_about_other(signal: Signal, kind: Kind | None, who: Recipient) -> bool:
    """Whether the news is of a person, and that person is not, for certain, whom the mail goes to."""
    if kind not in MOVES:
        return False
    same = (
        (who.contact_id is not None and who.contact_id == signal.contact_id)
        or (who.email is not None and who.email == (signal.person_email or "").lower())
        or bool(who.name and signal.person and person_key(who.name) == person_key(signal.person))
    )
    return not same or kind is Kind.CHAMPION_LEFT


def usable(email: str | None) -> str | None:
    """Return an address as it may be written to, in lower case; None for none."""
    return (written_address(email) or "").lower() or None if email else None


def _is_about_person(kind: Kind | None) -> bool:
    return kind in (
        Kind.JOB_CHANGE,
        Kind.CHAMPION_JOINED,
        Kind.NEW_PERSON,
        Kind.DEMO_REQUEST,
        Kind.ENGAGEMENT,
        Kind.MEETING_BOOKED,
        Kind.NPS_FALL,
    )


def _named(session: Session, signal: Signal) -> list[Recipient]:
    """Return the person whom the signal names, as the spine knows them: by its link, by address, or by name inside the account."""
    contact = session.get(Contact, signal.contact_id) if signal.contact_id else None
    if contact is None and signal.person_email:
        contact = session.scalars(
            select(Contact)
            .where(is_person(Contact.email, signal.person_email))
            .order_by(func.lower(Contact.email) != signal.person_email.lower(), Contact.id)
            .limit(1)
        ).one_or_none()
    if contact is None and signal.person and signal.account_id:
        contact = session.scalars(
            select(Contact)
            .where(Contact.account_id == signal.account_id, Contact.name_key == person_key(signal.person))
            .order_by(Contact.email.is_(None), Contact.id)
            .limit(1)
        ).one_or_none()
    if contact is not None:
        title = signal.title if kind_of(signal.kind) in (Kind.JOB_CHANGE, Kind.CHAMPION_JOINED) else None
        email = signal.person_email or contact.email
        return [
            Recipient(
                name=contact.name,
                email=email,
                title=title or contact.title,
                role=contact.role,
                contact_id=contact.id,
                via="contact",
            )
        ]
    if signal.person or signal.person_email:
        title = signal.title if kind_of(signal.kind) is not Kind.HIRING else None
        return [Recipient(name=signal.person, email=signal.person_email, title=title, via="signal")]
    return []


def _committee(session: Session, signal: Signal, icp: Icp, gone: str | None) -> list[Recipient]:
    """Return the account's contacts whom one would write to: those of a wanted title or part first, then the more senior."""
    rows = session.scalars(
        select(Contact).where(Contact.account_id == signal.account_id).order_by(Contact.id).limit(200)
    ).all()
    wanted = [title_words(role) for role in icp.roles]
    there = [row for row in rows if row.name_key != gone and (row.role or "").lower() not in _NEVER]
    there.sort(key=lambda row: _order(row, wanted))
    return [
        Recipient(name=row.name, email=row.email, title=row.title, role=row.role, contact_id=row.id, via="contact")
        for row in there[:5]
    ]


def _order(contact: Contact, wanted: Sequence[frozenset[str]]) -> tuple[bool, bool, int, bool, str]:
    words = title_words(contact.title or "")
    role = (contact.role or "").lower()
    part = _COMMITTEE.index(role) if role in _COMMITTEE else len(_COMMITTEE)
    return (
        contact.email is None,
        not any(one <= words for one in wanted) if wanted else False,
        part,
        not is_executive(contact.title),
        contact.id,
    )


def _once(found: Iterable[Recipient]) -> list[Recipient]:
    """Drop who stands there twice; of two tellings the one with an address stays."""
    kept: dict[str, Recipient] = {}
    for one in found:
        key = one.contact_id or (person_key(one.name) if one.name else "") or one.email or ""
        if key and (key not in kept or (one.email and not kept[key].email)):
            kept[key] = one
    return list(kept.values())


def enriched_address(session: Session, subject_kind: str, subject_id: str) -> str | None:
    """Return the newest address that a provider told of a person, or None."""
    return session.scalar(
        select(Enrichment.value)
        .where(
            Enrichment.subject_kind == subject_kind, Enrichment.subject_id == subject_id, Enrichment.field == "email"
        )
        .order_by(Enrichment.at.desc(), Enrichment.id.desc())
        .limit(1)
    )
