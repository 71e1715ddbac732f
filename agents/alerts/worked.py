"""What has worked here before: how often a cause was gone after its play was tried, and how often without, counted from the marks of health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from infra.spine.activity import Activity, Participant
from infra.spine.business import Deal, DealChange
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_us
from infra.spine.watch import HealthMark
from sales.playbooks import Playbook

FEWEST = 5
"""Below so many tries nothing is said: four of five and one of five can't be told apart before."""

_RECOVERS = timedelta(days=30)
_YEARS = timedelta(days=730)


@dataclass(frozen=True)
class Worked:
    """`worked` of `tried` episodes were over within 30 days after the play was tried in time; `otherwise_worked` of `otherwise` without it."""

    tried: int
    worked: int
    otherwise: int
    otherwise_worked: int


def worked_before(session: Session, scope: Scope, book: Playbook, as_of: datetime) -> Worked | None:
    """Return how a play went in the deals of a scope; None where it leaves no trace, or was tried too seldom or to no effect.

    An episode begins at the mark of health that names the cause first and ends at the one that doesn't any more, or with the deal won. One that
    began within the last 30 days and still stands says nothing yet. An effect is only claimed where it is at least as frequent as without.
    """
    if book.tried == "none":
        return None
    episode = _episodes(scope, book.cause, as_of)
    tried = _tried(book, episode)
    over = or_(
        and_(episode.c.ended_at.is_not(None), SecondsBetween(episode.c.ended_at, episode.c.began_at) <= _RECOVERS.total_seconds()),
        and_(Deal.status == "won", Deal.closed_at.is_not(None), Deal.closed_at <= as_of, SecondsBetween(Deal.closed_at, episode.c.began_at) <= _RECOVERS.total_seconds()),
    )  # fmt: skip
    row = session.execute(
        select(
            func.count().filter(tried),
            func.count().filter(tried, over),
            func.count().filter(~tried),
            func.count().filter(~tried, over),
        )
        .select_from(episode)
        .join(Deal, Deal.id == episode.c.deal_id)
        .where(or_(over, episode.c.began_at <= as_of - _RECOVERS))
    ).one()
    found = Worked(*row)
    if found.tried < FEWEST or not found.worked:
        return None
    without = found.otherwise_worked / found.otherwise if found.otherwise else 0.0
    return found if found.worked / found.tried >= without else None


def _episodes(scope: Scope, cause: str, as_of: datetime) -> Any:
    """Return the episodes of a cause: the mark that names it first after one that didn't, and the first later one that doesn't."""
    names = cast(HealthMark.reasons, String).like(f'%"{cause}"%')
    flagged = (
        select(
            HealthMark.deal_id,
            HealthMark.at,
            case((names, 1), else_=0).label("on"),
            func.coalesce(
                func.lag(case((names, 1), else_=0)).over(partition_by=HealthMark.deal_id, order_by=HealthMark.at), 0
            ).label("was"),
        )
        .join(Deal, Deal.id == HealthMark.deal_id)
        .where(scope.deals(), HealthMark.at <= as_of, HealthMark.at > as_of - _YEARS)
        .cte("flagged")
    )
    over = flagged.alias("over")
    ended = (
        select(func.min(over.c.at))
        .where(over.c.deal_id == flagged.c.deal_id, over.c.at > flagged.c.at, over.c.on == 0)
        .correlate(flagged)
        .scalar_subquery()
    )
    return (
        select(flagged.c.deal_id, flagged.c.at.label("began_at"), ended.label("ended_at"))
        .where(flagged.c.on == 1, flagged.c.was == 0)
        .cte("episode")
    )


def _tried(book: Playbook, episode: Any) -> ColumnElement[bool]:
    """Return the condition that the play was tried within its time after an episode began."""
    most = book.within_days * 86_400
    touch = aliased(Activity, name="touch")
    within = and_(
        touch.deal_id == episode.c.deal_id,
        touch.at > episode.c.began_at,
        SecondsBetween(touch.at, episode.c.began_at) <= most,
    )
    if book.tried in ("mail", "call"):
        return exists().where(within, touch.kind == book.tried, from_us(touch))
    if book.tried == "meeting":
        return exists().where(within, touch.kind.in_(("call", "meeting")), touch.status == "done")
    if book.tried == "new_contact":
        there, before, earlier = aliased(Participant), aliased(Participant), aliased(Activity)
        known = exists().where(
            before.contact_id == there.contact_id,
            before.activity_id == earlier.id,
            earlier.deal_id == episode.c.deal_id,
            earlier.at <= episode.c.began_at,
        )
        return exists().where(within, there.activity_id == touch.id, there.contact_id.is_not(None), ~known)
    change = aliased(DealChange)
    return exists().where(
        change.deal_id == episode.c.deal_id,
        change.field == "close_date",
        change.at > episode.c.began_at,
        SecondsBetween(change.at, episode.c.began_at) <= most,
    )
