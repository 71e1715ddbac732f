"""Customers that resemble a company, for "how others went about it": only where a won deal shows it, and only what the rep may see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from agents.outreach.records import Peer
from infra.spine.models import Account, Deal
from infra.spine.scope import Scope
from sales.mail_words import company_name, industry_phrase

_NEAREST, _FARTHEST = 0.5, 2.0


def similar_customer(
    session: Session, scope: Scope, account: Account | None, *, leave_out: frozenset[str] = frozenset(), industry: str | None = None, employees: int | None = None, as_of: datetime | None = None
) -> Peer | None:  # fmt: skip
    """Return the customer most like the account: of the same industry, the nearest in size; else of a like size. None without a won deal.

    `industry` and `employees` stand in where no account is known. `leave_out` are accounts that were named before; with `as_of` only what was
    won by then counts.
    """
    industry = (account.industry if account else None) or industry
    employees = (account.employees if account else None) or employees
    same = func.lower(Account.industry) == industry.lower() if industry and industry_phrase(industry) else None
    like = Account.employees.between(int(employees * _NEAREST), int(employees * _FARTHEST)) if employees else None
    conditions = [one for one in (same, like) if one is not None]
    if not conditions:
        return None
    either = conditions[0] if len(conditions) == 1 else conditions[0] | conditions[1]
    distance = func.abs(Account.employees - employees) if employees else Account.employees
    query = (
        select(Account, Deal)
        .join(Deal, Deal.account_id == Account.id)
        .where(Deal.status == "won", either, scope.deals(), scope.accounts())
        .order_by(
            *((case((same, 0), else_=1),) if same is not None else ()),
            distance.nulls_last(),
            Deal.closed_at.desc().nulls_last(),
            Deal.id,
        )
        .limit(12)
    )
    if as_of is not None:
        query = query.where(Deal.closed_at <= as_of)
    if leave_out:
        query = query.where(Account.id.not_in(leave_out))
    if account is not None:
        query = query.where(Account.id != account.id)
    for row, deal in session.execute(query).all():
        name = company_name(row.name)
        if name is None:
            continue
        is_same = bool(industry and row.industry and row.industry.lower() == industry.lower())
        return _peer(row, deal, name, account, is_same=is_same)
    return None


def _peer(row: Account, deal: Deal, name: str, account: Account | None, *, is_same: bool) -> Peer:
    evidence = [Evidence(source="deal", id=deal.id, quote="won", label=deal.name)]
    if deal.product:
        evidence.append(Evidence(source="deal", id=deal.id, quote=deal.product, label=deal.name))
    shown = [row] if account is None else [row, account]
    for one in shown:
        fact = one.industry if is_same else str(one.employees) if one.employees else None
        if fact:
            evidence.append(Evidence(source="account", id=one.id, quote=fact, label=one.name))
    return Peer(
        account_id=row.id,
        name=name,
        likeness="industry" if is_same else "size",
        product=deal.product,
        evidence=tuple(evidence),
    )
