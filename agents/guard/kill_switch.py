"""The kill switch: counting what a domain's mails came to, pausing it at once where that is too bad, and letting a named person resume it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.notices import NewNotice, put
from infra.errors import Denied, Fatal
from infra.settings import Settings
from infra.spine.people import User
from infra.spine.proposals import Effect, Proposal, ProposalVersion
from infra.spine.touches import Reply, SendingDomain
from sales.addresses import ascii_domain
from sales.kill_switch import Traffic, checklist, reason_to_pause

FROZEN = ("draft", "pending", "snoozed", "approved")
RESUMERS = ("admin", "manager")
MACHINE = "dealwright"


def traffic(session: Session, domain: str, since: datetime, until: datetime) -> Traffic:
    """Return what a domain sent in a window and what came of it. A mail that bounced twice counts once, as hard where it ever did so."""
    sends = session.scalar(
        select(func.count()).where(
            Effect.kind == "mail",
            Effect.state == "done",
            Effect.done_at > since,
            Effect.done_at <= until,
            Effect.marker.endswith(f"@{domain}>", autoescape=True),
        )
    )
    # A bounce is told by its touch; one that could not be matched, by whom it was for.
    what = func.coalesce(Reply.touch_id, Reply.recipient, Reply.sender, Reply.id)
    window = (Reply.domain == domain, Reply.at > since, Reply.at <= until)
    bounced = (
        select(func.max(case((Reply.kind == "hard_bounce", 1), else_=0)).label("hard"))
        .where(Reply.kind.in_(("hard_bounce", "soft_bounce")), *window)
        .group_by(what)
        .subquery()
    )
    bounces, hard = session.execute(select(func.count(), func.coalesce(func.sum(bounced.c.hard), 0))).one()
    complaints = session.scalar(select(func.count(func.distinct(what))).where(Reply.kind == "complaint", *window))
    return Traffic(sends or 0, int(hard), int(bounces) - int(hard), complaints or 0)


def recent(session: Session, settings: Settings, domain: str, now: datetime) -> Traffic:
    """Return a domain's traffic in the rolling window that ends now."""
    return traffic(session, domain, now - timedelta(days=settings.kill_switch_days), now)


def is_paused(row: SendingDomain | None) -> bool:
    """Return whether sending from a domain is paused."""
    return row is not None and row.paused_at is not None and (row.resumed_at is None or row.resumed_at < row.paused_at)


def pause_reason(session: Session, domain: str, told: Traffic) -> str | None:
    """Return why nothing may be sent from a domain: it is paused, or its traffic would pause it this moment; None where it may."""
    row = session.get(SendingDomain, domain)
    if row is not None and is_paused(row):
        return row.pause_reason
    return reason_to_pause(told)


def judge(session: Session, settings: Settings, domain: str, now: datetime) -> str | None:
    """Pause a domain where its rates are too bad; return the reason, or None. Call it in the transaction that writes a bounce or a complaint."""
    session.flush()
    if is_paused(session.get(SendingDomain, domain)):
        return None
    reason = reason_to_pause(recent(session, settings, domain, now))
    if reason is not None:
        _pause(session, domain, reason, by=None, surface="machine", now=now)
    return reason


def pause(
    session: Session, domain: str, *, reason: str, user: User | None, by: str, surface: str, now: datetime
) -> None:
    """Pause a domain by hand. Anybody of ours may: stopping harms nobody. Raises Fatal for what is no domain, or without a reason."""
    known = _domain(domain)
    if not reason.strip():
        raise Fatal("A reason is needed to pause a domain.", "Say why with --reason.", status=422)
    if not is_paused(session.get(SendingDomain, known)):
        _pause(session, known, reason.strip()[:500], by=user.id if user else by, surface=surface, now=now)


def resume(
    session: Session, settings: Settings, domain: str, *, reason: str, user: User | None, surface: str, now: datetime
) -> None:
    """Resume a domain. Only a named manager or admin may, with a reason, and only when its rates are normal.

    Raises Denied without the right (which is written down), Fatal where the rates are not normal or it is not paused.
    """
    known = _domain(domain)
    row = session.get(SendingDomain, known)
    if row is None or not is_paused(row):
        raise Fatal("Sending from that domain is not paused.", "", status=409)
    if not reason.strip():
        raise Fatal("A reason is needed to resume a domain.", "Say why with --reason.", status=422)
    if user is None or not user.active or user.role not in RESUMERS:
        raise Denied("You may not resume sending.", "A manager or admin can, under their own name.")
    bad = reason_to_pause(recent(session, settings, known, now))
    if bad is not None:
        raise Fatal(f"The rates are not normal yet: {bad}", "Resume it when they are.", status=409)
    row.resumed_at, row.resumed_by, row.resume_reason = now, user.id, reason.strip()[:500]
    session.execute(update(Proposal).where(Proposal.held == _held(known)).values(held=None))
    note(session, now, "domain.resumed", by=user.id, surface=surface, subject=known)


def _domain(text: str) -> str:
    domain = ascii_domain(text.strip().removeprefix("@"))
    if domain is None:
        raise Fatal("That is not a domain.", "Name it like acme.example.", status=422)
    return domain


def _held(domain: str) -> str:
    return f"Sending from {domain} is paused."


def _pause(session: Session, domain: str, reason: str, *, by: str | None, surface: str, now: datetime) -> None:
    row = session.get(SendingDomain, domain)
    if row is None:
        row = SendingDomain(domain=domain, checks={})
        session.add(row)
    row.paused_at, row.paused_by, row.pause_reason = now, by or MACHINE, reason
    row.resumed_at = row.resumed_by = row.resume_reason = None
    frozen = _freeze(session, domain)
    note(session, now, "domain.paused", by=by, surface=surface, subject=domain, cards=len(frozen))
    lines = list(checklist(domain))
    for user_id in _to_alert(session, frozen):
        put(
            session,
            NewNotice(
                key=f"paused:{domain}:{now.isoformat()}:{user_id}"[:200],
                user_id=user_id,
                kind="domain_paused",
                urgent=True,
                payload={
                    "headline": f"Sending from {domain} is paused",
                    "text": reason,
                    "checklist": lines,
                    "domain": domain,
                    "cards": len(frozen),
                },
            ),
            now,
        )


def cards_of(session: Session, domain: str) -> list[str]:
    """Return the ids of the waiting cards whose mail would leave from this domain."""
    return list(
        session.scalars(
            select(Proposal.id)
            .join(ProposalVersion, ProposalVersion.proposal_id == Proposal.id)
            .where(
                ProposalVersion.version == Proposal.version,
                Proposal.state.in_(FROZEN),
                func.lower(ProposalVersion.effect["sender"].as_string()).endswith(f"@{domain}", autoescape=True),
            )
            .order_by(Proposal.id)
        )
    )


def _freeze(session: Session, domain: str) -> list[str]:
    ids = cards_of(session, domain)
    session.execute(
        update(Proposal)
        .where(Proposal.id.in_(ids), or_(Proposal.held.is_(None), Proposal.held == ""))
        .values(held=_held(domain))
    )
    return ids


def _to_alert(session: Session, frozen: list[str]) -> list[str]:
    """Return who answers for sending: the admins, else the managers; and whoever's cards were frozen."""
    for role in RESUMERS:
        leads = list(session.scalars(select(User.id).where(User.role == role, User.active).order_by(User.id)))
        if leads:
            break
    owners = session.scalars(
        select(User.id)
        .where(User.active, User.id.in_(select(Proposal.owner_id).where(Proposal.id.in_(frozen))))
        .order_by(User.id)
    )
    return list(dict.fromkeys([*leads, *owners]))
