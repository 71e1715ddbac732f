"""What the facts of deals are gathered from: which deals, as of which moment, and what is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from infra.spine.models import Activity, Deal
from infra.spine.scope import Scope
from infra.spine.spoken import is_open

_SIBLING = aliased(Deal, name="sibling_deal")


@dataclass(frozen=True)
class Ground:
    """Open deals inside a scope, as of a moment; all of them, or those of `ids`. `past` tells that the moment lies before now.

    `assumed` takes the fields that keep no history as they are now, where two days are compared: what may have changed counts as unchanged.
    """

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

    def before(self, days: int) -> datetime:
        """Return the moment so many times 24 hours before this one."""
        return self.as_of - timedelta(days=days)

    def open_then(self, deal: Any = Deal) -> Any:
        """Return the condition that a deal was open then, as far as the records tell: one that was won or lost later is."""
        if not self.past:
            return is_open(deal)
        begun = or_(deal.created_at.is_(None), deal.created_at <= self.as_of)
        return and_(begun, or_(is_open(deal), deal.closed_at > self.as_of))

    def deals(self) -> Any:
        """Return the condition that a row of `deals` is one of these."""
        asked = [Deal.id.in_(self.ids)] if self.ids is not None else []
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

    def touches(self, *columns: Any, where: Any = None, since: datetime | None = None) -> Any:
        """Return a select of `deal_id` and `columns` over what happened up to the moment: the deals' own, and what names no deal where there is only one."""
        happened = [Activity.at <= self.as_of]
        if since is not None:
            happened.append(Activity.at > since)
        if where is not None:
            happened.append(where)
        own = (
            select(Deal.id.label("deal_id"), *columns)
            .select_from(Deal)
            .join(Activity, Activity.deal_id == Deal.id)
            .where(self.deals(), *happened)
        )
        only = self.of_account()
        loose = (
            select(only.c.deal_id, *columns)
            .select_from(only)
            .join(Activity, and_(Activity.account_id == only.c.account_id, Activity.deal_id.is_(None)))
            .where(*happened)
        )
        return own.union_all(loose).subquery("touches")


def chunks(ids: Sequence[str], size: int = 400) -> list[list[str]]:
    """Return ids in pieces that a statement can take."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
