"""Lists of accounts and deals, and finding one by a few letters of its name, inside the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from infra.spine.models import Account, Activity, Deal, User
from infra.spine.scope import Scope

T = TypeVar("T")
PAGE = 50
"""Rows of one page of a list."""

DealOrder = Literal["close", "amount", "last", "name", "stage"]
AccountOrder = Literal["name", "deals", "last"]


@dataclass(frozen=True)
class DealRow:
    """A deal in a list. `last_at` is when anything passed on it, by whichever side."""

    id: str
    name: str
    account_id: str | None
    account: str | None
    owner: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    status: str
    close_date: date | None
    next_step: str | None
    next_step_date: date | None
    last_at: datetime | None


@dataclass(frozen=True)
class AccountRow:
    """An account in a list, with the number of its open deals that may be seen."""

    id: str
    name: str
    owner: str | None
    industry: str | None
    region: str | None
    open_deals: int
    last_at: datetime | None


@dataclass(frozen=True)
class Listed(Generic[T]):
    """One page of a list, and how many rows there are in all."""

    rows: tuple[T, ...]
    total: int


@dataclass(frozen=True)
class Filter:
    """What a list of deals is held to. `words` stand in the deal's or account's name; `status` is open, won, lost or any."""

    words: str = ""
    status: str = "open"
    owner: str = ""
    stage: str = ""


@dataclass(frozen=True)
class Hit:
    """An account or a deal whose name holds the letters."""

    kind: Literal["account", "deal"]
    id: str
    name: str
    beside: str | None


def list_deals(
    session: Session,
    scope: Scope,
    now: datetime,
    held: Filter,
    order: DealOrder = "close",
    *,
    down: bool = False,
    page: int = 1,
) -> Listed[DealRow]:
    """Return one page of the deals that may be seen. What has no value in the ordered column comes last either way."""
    last = _last_touch(Activity.deal_id == Deal.id, scope, now)
    where = [scope.deals(), *_held(held)]
    joined = (
        select(Deal, Account.name, User.name, last)
        .select_from(Deal)
        .outerjoin(Account, Account.id == Deal.account_id)
        .outerjoin(User, User.id == Deal.owner_id)
        .where(*where)
    )
    columns: dict[DealOrder, ColumnElement[Any]] = {
        "close": Deal.close_date.expression,
        "amount": Deal.amount.expression,
        "last": last,
        "name": func.lower(Deal.name),
        "stage": Deal.stage.expression,
    }
    column = columns[order]
    first: list[ColumnElement[Any]] = [Deal.currency.expression] if order == "amount" else []
    rows = session.execute(
        joined.order_by(column.is_(None), *first, column.desc() if down else column.asc(), Deal.name, Deal.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    total = (
        session.scalar(
            select(func.count()).select_from(Deal).outerjoin(Account, Account.id == Deal.account_id).where(*where)
        )
        or 0
    )
    return Listed(
        tuple(
            DealRow(
                deal.id,
                deal.name,
                deal.account_id,
                account,
                owner,
                deal.amount,
                deal.currency,
                deal.stage,
                deal.status,
                deal.close_date,
                deal.next_step,
                deal.next_step_date,
                last_at,
            )
            for deal, account, owner, last_at in rows
        ),
        total,
    )


def _held(held: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if held.words.strip():
        where.append(or_(_holds(Deal.name, held.words), _holds(Account.name, held.words)))
    if held.status != "any":
        where.append(Deal.status == held.status)
    if held.owner:
        where.append(Deal.owner_id == held.owner)
    if held.stage:
        where.append(Deal.stage == held.stage)
    return where


def _holds(column: object, words: str) -> ColumnElement[bool]:
    return func.lower(column).contains(words.strip().lower(), autoescape=True)


def _last_touch(belongs: ColumnElement[bool], scope: Scope, now: datetime) -> ColumnElement[Any]:
    return (
        select(func.max(Activity.at))
        .where(
            belongs,
            scope.activities(),
            Activity.status == "done",
            Activity.at <= now,
            Activity.automatic.is_(False),
            Activity.kind.not_in(("note", "task")),
        )
        .correlate(Deal, Account)
        .scalar_subquery()
    )


def list_accounts(
    session: Session,
    scope: Scope,
    now: datetime,
    words: str = "",
    order: AccountOrder = "name",
    *,
    down: bool = False,
    page: int = 1,
) -> Listed[AccountRow]:
    """Return one page of the accounts that may be seen."""
    open_deals = (
        select(func.count())
        .where(Deal.account_id == Account.id, Deal.status == "open", scope.deals())
        .correlate(Account)
        .scalar_subquery()
    )
    last = _last_touch(Activity.account_id == Account.id, scope, now)
    where = [scope.accounts()]
    if words.strip():
        where.append(or_(_holds(Account.name, words), _holds(cast(Account.aliases, Text), words)))
    columns: dict[AccountOrder, ColumnElement[Any]] = {
        "name": func.lower(Account.name),
        "deals": open_deals,
        "last": last,
    }
    column = columns[order]
    rows = session.execute(
        select(Account, User.name, open_deals, last)
        .select_from(Account)
        .outerjoin(User, User.id == Account.owner_id)
        .where(*where)
        .order_by(column.is_(None), column.desc() if down else column.asc(), func.lower(Account.name), Account.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    total = session.scalar(select(func.count()).select_from(Account).where(*where)) or 0
    return Listed(
        tuple(
            AccountRow(account.id, account.name, owner, account.industry, account.region, count, last_at)
            for account, owner, count, last_at in rows
        ),
        total,
    )


def owners_and_stages(session: Session, scope: Scope) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the owners (id and name) and the stages that the deals in the scope have, to filter by."""
    owners = session.execute(
        select(User.id, User.name)
        .select_from(User)
        .join(Deal, Deal.owner_id == User.id)
        .where(scope.deals())
        .distinct()
        .order_by(User.name)
    ).all()
    stages = session.scalars(
        select(Deal.stage).where(scope.deals(), Deal.stage.is_not(None)).distinct().order_by(Deal.stage)
    )
    return [(row.id, row.name) for row in owners], [stage for stage in stages if stage]


def find(session: Session, scope: Scope, words: str, most: int = 8) -> list[Hit]:
    """Return accounts and deals whose name holds the letters, those that begin with them first."""
    if not words.strip():
        return []
    start = words.strip().lower()
    accounts = session.execute(
        select(Account.id, Account.name, Account.industry)
        .where(scope.accounts(), or_(_holds(Account.name, words), _holds(cast(Account.aliases, Text), words)))
        .order_by(func.lower(Account.name).startswith(start, autoescape=True).desc(), Account.name)
        .limit(most)
    ).all()
    deals = session.execute(
        select(Deal.id, Deal.name, Deal.stage)
        .where(scope.deals(), _holds(Deal.name, words))
        .order_by(Deal.status != "open", func.lower(Deal.name).startswith(start, autoescape=True).desc(), Deal.name)
        .limit(most)
    ).all()
    return [
        *(Hit("account", row.id, row.name, row.industry) for row in accounts),
        *(Hit("deal", row.id, row.name, row.stage) for row in deals),
    ]


def colleagues(session: Session) -> Sequence[tuple[str, str, str, str | None]]:
    """Return every active user as id, name, role and team, by team and name: whom an admin may view the console as."""
    rows = session.execute(
        select(User.id, User.name, User.role, User.team)
        .where(User.active)
        .order_by(User.team.is_(None), User.team, User.name)
    ).all()
    return [(row.id, row.name, row.role, row.team) for row in rows]
