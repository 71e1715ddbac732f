"""What the workflow's triggers are found in: the deals that are open at a moment, and what passed on them since another, as common tables of one SQL statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, CompoundSelect, and_, func, or_, select, union_all
from sqlalchemy.orm import aliased

from infra.spine.activity import Activity
from infra.spine.business import Deal, DealChange
from infra.spine.spoken import is_open

_A_MOMENT = timedelta(minutes=1)
_SIBLING = aliased(Deal, name="sibling")


@dataclass(frozen=True)
class Span:
    """From when on what happened asks for something, as of when, and how it is `now`. `reach` is how much further back words are looked at.

    `deals` limits it to some deals. For a past `as_of` what is known only as it stands today is left out.
    """

    since: datetime
    as_of: datetime
    now: datetime
    reach: timedelta = timedelta(0)
    deals: Sequence[str] | None = None

    @property
    def past(self) -> bool:
        """Whether it speaks for a moment before now."""
        return self.as_of < self.now - _A_MOMENT


def open_at(deal: Any, span: Span) -> Any:
    """Return the condition that a deal was open as of the moment: one that was won later is open then."""
    if not span.past:
        return is_open(deal)
    began = or_(deal.created_at.is_(None), deal.created_at <= span.as_of)
    return and_(began, or_(is_open(deal), deal.closed_at > span.as_of))


def stage_at(span: Span) -> Any:
    """Return a deal's stage as of the moment, by the recorded changes of it."""
    if not span.past:
        return Deal.stage
    after, before = aliased(DealChange), aliased(DealChange)
    told = (
        select(before.new)
        .where(before.deal_id == Deal.id, before.field == "stage", before.at <= span.as_of)
        .order_by(before.at.desc())
        .limit(1)
        .correlate(Deal)
        .scalar_subquery()
    )
    left = (
        select(after.old)
        .where(after.deal_id == Deal.id, after.field == "stage", after.at > span.as_of)
        .order_by(after.at)
        .limit(1)
        .correlate(Deal)
        .scalar_subquery()
    )
    return func.coalesce(told, left, Deal.stage)


def open_deals(span: Span) -> CTE:
    """Return the open deals: id, account, owner, stage, the day of the next step, and `only`, set where it is its account's one open deal."""
    sibling = _SIBLING
    # Counted once for all: looked up deal by deal, the planner would walk through every open deal for each.
    alone = (
        select(sibling.account_id)
        .where(open_at(sibling, span), sibling.account_id.is_not(None))
        .group_by(sibling.account_id)
        .having(func.count() == 1)
        .subquery("alone")
    )
    return (
        select(
            Deal.id.label("deal_id"),
            Deal.account_id,
            Deal.owner_id,
            stage_at(span).label("stage"),
            Deal.next_step_date,
            alone.c.account_id.is_not(None).label("only"),
        )
        .outerjoin(alone, alone.c.account_id == Deal.account_id)
        .where(open_at(Deal, span), *([Deal.id.in_(span.deals)] if span.deals is not None else []))
        .cte("open_deals")
        .prefix_with("MATERIALIZED")
    )


def of_deals(shown: Sequence[Any], table: CTE, deals: CTE) -> CompoundSelect[Any]:
    """Return rows of a table with the deals that they are of: named, or the only open one of their account."""
    own = select(*shown).join(table, table.c.deal_id == deals.c.deal_id)
    around = and_(table.c.deal_id.is_(None), deals.c.only, table.c.account_id == deals.c.account_id)
    return union_all(own, select(*shown).join(table, around))


def touches(span: Span, deals: CTE) -> CTE:
    """Return what passed on the open deals: their own activities, and their account's that name no deal where it is the only open one."""
    begin = span.since - span.reach
    fields = (
        Activity.id,
        Activity.kind,
        Activity.direction,
        Activity.automatic,
        Activity.status,
        Activity.at,
        Activity.ended_at,
        Activity.source_at,
    )
    when = and_(
        Activity.at >= begin, or_(Activity.at <= span.as_of, Activity.status.in_(("booked", "cancelled")))
    )  # fmt: skip
    own = select(deals.c.deal_id, *fields).join(Activity, Activity.deal_id == deals.c.deal_id).where(when)
    shared = (
        select(deals.c.deal_id, *fields)
        .join(Activity, and_(Activity.account_id == deals.c.account_id, Activity.deal_id.is_(None)))
        .where(deals.c.only, when)
    )
    return union_all(own, shared).cte("touches").prefix_with("MATERIALIZED")
