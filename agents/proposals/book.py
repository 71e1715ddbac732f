"""The book of proposals: putting one forward, and reading them inside a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session, aliased

from agents.intake.identity import stable_id
from agents.proposals.record import Content, CopyOut, NewProposal, ProposalOut
from infra.spine.people import User
from infra.spine.proposals import Absence, Copy, Effect, Proposal, ProposalVersion
from infra.spine.scope import Scope

MOST_LISTED = 500
_KEY_LENGTH = 200


def proposal_id(key: str) -> str:
    """Return the id that the proposal of this occasion has."""
    return stable_id("proposal", key)


def put_forward(
    session: Session, new: NewProposal, now: datetime, *, state: Literal["draft", "pending"] = "pending"
) -> str:
    """Put a proposal forward and return its id. The same key again changes nothing.

    `state` is draft where its maker knows that it is not ready to be approved. Raises ValueError for a key that is too long.
    """
    if len(new.key) > _KEY_LENGTH:
        raise ValueError(f"a key has at most {_KEY_LENGTH} characters")
    identity = proposal_id(new.key)
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    row: dict[str, Any] = {
        **{
            name: getattr(new, name)
            for name in ("key", "kind", "headline", "owner_id", "account_id", "deal_id", "contact_id", "signal_id")
        },
        "id": identity,
        "touch_id": new.touch_id,
        "call_id": new.call_id,
        "state": state,
        "version": 1,
        "created_at": now,
        "expires_at": new.expires_at,
        "outcome": {},
    }
    added = session.execute(
        insert(Proposal).values(row).on_conflict_do_nothing(index_elements=["id"]).returning(Proposal.id)
    ).all()
    if added:
        session.add(version_row(identity, 1, new.content, None, now))
        session.flush()
    return identity


def version_row(identity: str, version: int, content: Content, by: str | None, now: datetime) -> ProposalVersion:
    """Return the row of one version; `by` is who edited, None for the machine."""
    told = content.model_dump(mode="json")
    return ProposalVersion(
        proposal_id=identity,
        version=version,
        hash=content.hash(),
        effect=told["effect"],
        evidence=told["evidence"],
        risks=told["risks"],
        why=told["why"],
        by=by,
        at=now,
    )


def content_of(row: ProposalVersion) -> Content:
    """Return what stood on the card."""
    return Content.model_validate({"effect": row.effect, "evidence": row.evidence, "risks": row.risks, "why": row.why})


def visible(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a proposal may be seen: it is inside the scope, or its owner is away and named the asker."""
    inside = scope.proposals()
    if scope.user_id is None:
        return inside
    away = select(Absence.user_id).where(
        Absence.delegate_id == scope.user_id,
        Absence.begins_at <= now,
        or_(Absence.ends_at.is_(None), Absence.ends_at > now),
    )
    return or_(inside, Proposal.owner_id.in_(away))


def get(session: Session, identity: str, scope: Scope, now: datetime) -> ProposalOut | None:
    """Return one proposal, or None where there is none that this scope shows."""
    found = _read(session, and_(Proposal.id == identity, visible(scope, now)), 1)
    return found[0] if found else None


def listed(
    session: Session,
    scope: Scope,
    now: datetime,
    *,
    states: Sequence[str] = (),
    owner: str | None = None,
    account: str | None = None,
    limit: int = 100,
) -> list[ProposalOut]:
    """Return the proposals that this scope shows, the newest first. `owner` is a mail address, `account` an id."""
    conditions = [visible(scope, now)]
    if states:
        conditions.append(Proposal.state.in_(states))
    if owner is not None:
        owners = select(User.id).where(func.lower(User.email) == owner.strip().lower())
        conditions.append(Proposal.owner_id.in_(owners))
    if account is not None:
        conditions.append(Proposal.account_id == account)
    return _read(session, and_(*conditions), min(limit, MOST_LISTED))


def _read(session: Session, condition: ColumnElement[bool], limit: int) -> list[ProposalOut]:
    owner, decider = aliased(User), aliased(User)
    rows = session.execute(
        select(Proposal, ProposalVersion, owner.email, decider.email)
        .join(
            ProposalVersion,
            and_(ProposalVersion.proposal_id == Proposal.id, ProposalVersion.version == Proposal.version),
        )
        .outerjoin(owner, owner.id == Proposal.owner_id)
        .outerjoin(decider, decider.id == Proposal.decided_by)
        .where(condition)
        .order_by(Proposal.created_at.desc(), Proposal.id)
        .limit(limit)
    ).all()
    ids = [row.id for row, *_ in rows]
    effects = {
        row.proposal_id: row.id
        for row in session.execute(
            select(Effect.proposal_id, Effect.id)
            .where(Effect.proposal_id.in_(ids), Effect.state != "withdrawn")
            .order_by(Effect.version)
        )
    }
    copies: dict[str, list[CopyOut]] = {}
    for copy in session.scalars(select(Copy).where(Copy.proposal_id.in_(ids)).order_by(Copy.surface, Copy.place)):
        copies.setdefault(copy.proposal_id, []).append(
            CopyOut(surface=copy.surface, place=copy.place, shown=copy.shown)
        )
    return [
        _out(row, version, owner_email, decider_email, effects.get(row.id), tuple(copies.get(row.id, ())))
        for row, version, owner_email, decider_email in rows
    ]


def _out(
    row: Proposal,
    version: ProposalVersion,
    owner: str | None,
    decider: str | None,
    effect: str | None,
    copies: tuple[CopyOut, ...],
) -> ProposalOut:
    content = content_of(version)
    return ProposalOut(
        id=row.id,
        version=row.version,
        hash=version.hash,
        state=row.state,
        kind=row.kind,
        headline=row.headline,
        effect=content.effect,
        evidence=content.evidence,
        risks=content.risks,
        why=content.why,
        owner=owner,
        account=row.account_id,
        deal=row.deal_id,
        contact=row.contact_id,
        signal=row.signal_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        due_at=row.due_at,
        decided_by=decider,
        decided_at=row.decided_at,
        reason=row.reason,
        held=row.held,
        outcome=row.outcome,
        effect_id=effect,
        copies=copies,
        revision=row.revision,
    )
