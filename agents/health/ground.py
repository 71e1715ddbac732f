"""What the facts of deals are gathered from: which deals, as of which moment, and what is theirs.

Statements are built once for a shape (whose eyes, today or a past day, all deals or some) and run with the moment and the ids as their parameters:
building them takes longer than running them for one deal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from infra.spine.base import Instant
from infra.spine.models import Activity, Deal
from infra.spine.scope import Scope
from infra.spine.spoken import is_open

_SIBLING = aliased(Deal, name="sibling_deal")
_DAYS: set[int] = set()


@dataclass(frozen=True)
class Shape:
    """Open deals inside a scope: all of them, or some by their ids. `past` tells that the moment lies before now."""

    scope: Scope
    past: bool
    some: bool

    @property
    def at(self) -> ColumnElement[datetime]:
        """The moment, as a parameter."""
        return bindparam("as_of", type_=Instant())

    def before(self, days: int) -> ColumnElement[datetime]:
        """Return the moment so many times 24 hours before (after, where below zero), as a parameter."""
        _DAYS.add(days)
        return bindparam(_named(days), type_=Instant())

    def open_then(self, deal: Any = Deal) -> Any:
        """Return the condition that a deal was open then, as far as the records tell: one that was won or lost later is."""
        if not self.past:
            return is_open(deal)
        begun = or_(deal.created_at.is_(None), deal.created_at <= self.at)
        return and_(begun, or_(is_open(deal), deal.closed_at > self.at))

    def deals(self) -> Any:
        """Return the condition that a row of `deals` is one of these."""
        asked = [Deal.id.in_(bindparam("ids", expanding=True))] if self.some else []
        return and_(self.open_then(), self.scope.deals(), *asked)

    def of_account(self) -> Any:
        """Return `(account_id, deal_id)` of the accounts with one open deal among these: what names no deal is about it."""
        other = _SIBLING
        alone = (
            select(func.count())
            .select_from(other)
            .where(other.account_id == Deal.account_id, self.open_then(other))
            .scalar_subquery()
        )
        return (
            select(Deal.account_id, Deal.id.label("deal_id"))
            .where(self.deals(), Deal.account_id.is_not(None), alone == 1)
            .subquery("only_open")
        )

    def touches(self, *columns: Any, where: Any = None, since: Any = None) -> Any:
        """Return a select of `deal_id` and `columns` over what happened up to the moment: the deals' own, and what names no deal where there is only one."""
        happened = [Activity.at <= self.at]
        if since is not None:
            happened.append(Activity.at > since)
        if where is not None:
            happened.append(where)
        # Asked as a set, the deals come first in every plan: joined, SQLite reads a past day's whole company by the time of what happened.
        own = select(Activity.deal_id.label("deal_id"), *columns).where(
            Activity.deal_id.in_(select(Deal.id).where(self.deals())), *happened
        )
        only = self.of_account()
        loose = (
            select(only.c.deal_id, *columns)
            .select_from(only)
            .join(Activity, and_(Activity.account_id == only.c.account_id, Activity.deal_id.is_(None)))
            .where(*happened)
        )
        return own.union_all(loose).subquery("touches")


Build = Callable[[Shape], Any]


@dataclass(frozen=True)
class Ground:
    """The deals of a shape as of a moment. `assumed` takes the fields that keep no history as they are now, where two days are compared."""

    session: Session
    scope: Scope
    zone: ZoneInfo
    as_of: datetime
    past: bool
    ids: tuple[str, ...] | None = None
    assumed: bool = False

    @property
    def fields_known(self) -> bool:
        """Whether the fields that keep no history may be used."""
        return self.assumed or not self.past

    @property
    def today(self) -> date:
        """The day of the moment where the company is."""
        return self.day(self.as_of)

    def day(self, at: datetime) -> date:
        """Return the calendar day of a moment where the company is."""
        return at.astimezone(self.zone).date()

    def rows(self, build: Build) -> Sequence[Any]:
        """Return the rows of the statement that `build` makes for this shape; it is made once."""
        statement = _statement(build, Shape(Scope(self.scope.grants), self.past, self.ids is not None))
        told: dict[str, Any] = {_named(days): self.as_of - timedelta(days=days) for days in tuple(_DAYS)}
        told["as_of"] = self.as_of
        if self.ids is not None:
            told["ids"] = list(self.ids)
        return self.session.connection().execute(statement, told).all()


@lru_cache(maxsize=2048)
def _statement(build: Build, shape: Shape) -> Any:
    return build(shape)


def _named(days: int) -> str:
    return f"before_{days}" if days >= 0 else f"after_{-days}"


def chunks(ids: Sequence[str], size: int = 400) -> list[list[str]]:
    """Return ids in pieces that a statement can take."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
