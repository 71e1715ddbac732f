"""The mails that left, as far as a scope shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from agents.proposals.book import content_of, visible
from agents.proposals.record import Mail
from infra.spine.models import Account, Effect, Proposal, ProposalVersion, User
from infra.spine.scope import Scope

STATES = ("done", "unknown")
"""Effects that are told of: those that left, and those of which nobody can tell."""


@dataclass(frozen=True)
class SentMail:
    """A mail that left (`state` done) or may have left (unknown). `mail` is what was approved, `marker` its Message-ID with angle brackets."""

    id: str
    proposal: str
    state: str
    at: datetime | None
    mail: Mail
    marker: str | None
    carrier: str | None
    owner: str | None
    account: str | None
    account_name: str | None


def sent_mails(
    session: Session, scope: Scope, now: datetime, *, limit: int = 50, skipped: int = 0
) -> tuple[list[SentMail], int]:
    """Return the mails that left, the newest first, and how many there are in all."""
    chosen = _mails(scope, now)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    at = func.coalesce(Effect.done_at, Effect.attempted_at)
    rows = session.execute(chosen.order_by(at.desc(), Effect.id).limit(limit).offset(skipped))
    return [told for row in rows if (told := _told(row)) is not None], total


def sent_mail(session: Session, scope: Scope, now: datetime, identity: str) -> SentMail | None:
    """Return one mail by the id of its effect, or None where there is none that this scope shows."""
    row = session.execute(_mails(scope, now).where(Effect.id == identity)).one_or_none()
    return _told(row) if row is not None else None


def _mails(scope: Scope, now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Effect.id,
            Effect.proposal_id,
            Effect.state,
            func.coalesce(Effect.done_at, Effect.attempted_at).label("at"),
            Effect.marker,
            Effect.carrier,
            ProposalVersion,
            User.name.label("owner"),
            Account.id.label("account"),
            Account.name.label("account_name"),
        )
        .join(Proposal, Proposal.id == Effect.proposal_id)
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Effect.proposal_id, ProposalVersion.version == Effect.version),
        )
        .outerjoin(User, User.id == Proposal.owner_id)
        .outerjoin(Account, Account.id == Proposal.account_id)
        .where(Effect.kind == "mail", Effect.state.in_(STATES), visible(scope, now))
    )


def _told(row: Row[Any]) -> SentMail | None:
    mail = content_of(row.ProposalVersion).effect
    if not isinstance(mail, Mail):
        return None
    return SentMail(
        row.id,
        row.proposal_id,
        row.state,
        row.at,
        mail,
        row.marker,
        row.carrier,
        row.owner,
        row.account,
        row.account_name,
    )
