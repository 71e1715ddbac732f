"""How an account and a deal stand: their fields, their people, the last thing that happened and the next, inside the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from agents.timeline import Touch, read_touches
from infra.spine.models import Account, Activity, Contact, CustomField, Deal, Stage, User
from infra.spine.scope import Scope

_NOT_DONE = ("booked", "open", "cancelled")


@dataclass(frozen=True)
class DealCard:
    """A deal as its page shows it. `stages` are the names of its pipeline's open stages in order; `last` is the last thing that happened, `booked` the next meeting."""

    id: str
    name: str
    account_id: str | None
    account: str | None
    owner: str | None
    team: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    status: str
    forecast_category: str | None
    probability: Decimal | None
    created_at: datetime | None
    close_date: date | None
    closed_at: datetime | None
    stage_entered_at: datetime | None
    next_step: str | None
    next_step_date: date | None
    note: str | None
    details: tuple[tuple[str, str], ...]
    source: str
    source_at: datetime
    stages: tuple[str, ...] = ()
    last: Touch | None = None
    booked: Touch | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the buyer's side, with the role in the buying committee where it is known."""

    id: str
    name: str
    title: str | None
    role: str | None
    email: str | None
    phone: str | None
    note: str | None


@dataclass(frozen=True)
class AccountCard:
    """An account as its page shows it; `details` are its further fields as label and text, named fields of the import among them."""

    id: str
    name: str
    owner: str | None
    parent_id: str | None
    parent: str | None
    note: str | None
    details: tuple[tuple[str, str], ...]
    source: str
    source_at: datetime


def read_account(session: Session, scope: Scope, account_id: str) -> AccountCard | None:
    """Return the account, or None where there is none or it may not be seen."""
    owner, parent = aliased(User), aliased(Account)
    row = session.execute(
        select(Account, owner.name, parent.name)
        .select_from(Account)
        .outerjoin(owner, owner.id == Account.owner_id)
        .outerjoin(parent, and_(parent.id == Account.parent_id, scope.accounts(parent)))
        .where(Account.id == account_id, scope.accounts())
    ).one_or_none()
    if row is None:
        return None
    account, owner_name, parent_name = row
    named = (
        ("Industry", account.industry),
        ("Employees", account.employees),
        ("Region", account.region),
        ("City", account.city),
        ("Country", account.country),
        ("Type", account.type),
        ("Tier", account.tier),
        ("Territory", account.territory),
        ("Website", account.domain or account.website),
        ("Phone", account.phone),
    )
    parent_told = (
        parent_name if parent_name is not None else (account.parent_name if account.parent_id is None else None)
    )
    return AccountCard(
        account.id,
        account.name,
        owner_name,
        account.parent_id if parent_name else None,
        parent_told,
        account.note,
        _told(named, account.custom, _labels(session, "account")),
        account.source,
        account.source_at,
    )


def read_people(session: Session, scope: Scope, account_id: str) -> list[Person]:
    """Return the account's contacts, those with a role first."""
    rows = session.scalars(
        select(Contact)
        .where(Contact.account_id == account_id, scope.contacts())
        .order_by(Contact.role.is_(None), Contact.name)
    )
    return [Person(row.id, row.name, row.title, row.role, row.email, row.phone, row.note) for row in rows]


def read_deal(session: Session, scope: Scope, deal_id: str, now: datetime) -> DealCard | None:
    """Return the deal, or None where there is none or it may not be seen."""
    cards = _deal_cards(session, scope, Deal.id == deal_id, now)
    return cards[0] if cards else None


def read_deals(session: Session, scope: Scope, account_id: str, now: datetime) -> list[DealCard]:
    """Return the account's deals that may be seen: the open ones first, by their close date."""
    return _deal_cards(session, scope, Deal.account_id == account_id, now)


def _deal_cards(session: Session, scope: Scope, which: ColumnElement[bool], now: datetime) -> list[DealCard]:
    rows = session.execute(
        select(Deal, Account.name, User.name, User.team)
        .select_from(Deal)
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(which, scope.deals())
        .order_by(Deal.status != "open", Deal.close_date.is_(None), Deal.close_date, Deal.name)
    ).all()
    ids = [deal.id for deal, *_ in rows]
    last = _nearest(session, scope, ids, now, ahead=False)
    booked = _nearest(session, scope, ids, now, ahead=True)
    stages = _open_stages(session, {deal.pipeline for deal, *_ in rows})
    labels = _labels(session, "deal")
    return [
        _card(
            deal,
            account,
            owner,
            team,
            labels,
            stages.get(deal.pipeline or "", ()),
            last.get(deal.id),
            booked.get(deal.id),
        )
        for deal, account, owner, team in rows
    ]


def _card(
    deal: Deal,
    account: str | None,
    owner: str | None,
    team: str | None,
    labels: dict[str, str],
    stages: tuple[str, ...],
    last: Touch | None,
    booked: Touch | None,
) -> DealCard:
    named = (
        ("Type", deal.type),
        ("Product", deal.product),
        ("Lead source", deal.lead_source),
        ("Competitor", deal.competitor),
        ("Loss reason", deal.loss_reason),
        ("Pipeline", deal.pipeline if deal.pipeline not in (None, "", "default") else None),
        ("Quantity", deal.quantity),
    )
    return DealCard(
        deal.id,
        deal.name,
        deal.account_id,
        account,
        owner,
        team,
        deal.amount,
        deal.currency,
        deal.stage,
        deal.status,
        deal.forecast_category,
        deal.probability,
        deal.created_at,
        deal.close_date,
        deal.closed_at,
        deal.stage_entered_at,
        deal.next_step,
        deal.next_step_date,
        deal.note,
        _told(named, deal.custom, labels),
        deal.source,
        deal.source_at,
        stages,
        last,
        booked,
    )


def _labels(session: Session, kind: str) -> dict[str, str]:
    """Return what named fields were called in the files that brought them."""
    rows = session.execute(select(CustomField.key, CustomField.label).where(CustomField.kind == kind)).all()
    return {key: label for key, label in rows}  # noqa: C416 - dict() of rows is not typed


def _told(
    named: Sequence[tuple[str, object]], custom: dict[str, Any], labels: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    fixed = [
        (label, f"{value:,}" if isinstance(value, int) else str(value))
        for label, value in named
        if value not in (None, "")
    ]
    return (*fixed, *((labels.get(key, key), str(value)) for key, value in custom.items() if value not in (None, "")))


def _open_stages(session: Session, pipelines: set[str | None]) -> dict[str, tuple[str, ...]]:
    # A deal without a pipeline is in the one that is called "".
    rows = session.execute(
        select(Stage.pipeline, Stage.name)
        .where(Stage.pipeline.in_({name or "" for name in pipelines}), Stage.status == "open")
        .order_by(Stage.pipeline, Stage.position)
    ).all()
    found: dict[str, tuple[str, ...]] = {}
    for pipeline, name in rows:
        found[pipeline] = (*found.get(pipeline, ()), name)
    return found


def _nearest(
    session: Session, scope: Scope, deal_ids: Sequence[str], now: datetime, *, ahead: bool
) -> dict[str, Touch]:
    """Return for each deal the last thing that somebody did, or with `ahead` the next thing that is booked."""
    if not deal_ids:
        return {}
    if ahead:
        which = and_(Activity.status == "booked", Activity.at >= now)
        order = Activity.at.asc()
    else:
        which = and_(
            Activity.status.not_in(_NOT_DONE),
            Activity.automatic.is_(False),
            Activity.kind.not_in(("note", "task")),
            Activity.at <= now,
        )
        order = Activity.at.desc()
    place = func.row_number().over(partition_by=Activity.deal_id, order_by=(order, Activity.id))
    ranked = (
        select(Activity.id.label("id"), place.label("place"))
        .where(Activity.deal_id.in_(deal_ids), scope.activities(), which)
        .subquery()
    )
    touches = read_touches(session, scope, Activity.id.in_(select(ranked.c.id).where(ranked.c.place == 1)), limit=None)
    return {touch.deal_id: touch for touch in touches if touch.deal_id}


def account_of_contact(session: Session, scope: Scope, contact_id: str) -> str | None:
    """Return the account that a contact belongs to, or None where there is none or it may not be seen."""
    return session.scalar(
        select(Contact.account_id)
        .join(Account, Account.id == Contact.account_id)
        .where(Contact.id == contact_id, scope.contacts(), scope.accounts())
    )
