"""What came of each objection as one SQL statement: `sales.objection_outcome` for thousands of objections at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from agents.structured.sql_time import DaysBetween, LocalDay
from infra.spine.base import Instant
from infra.spine.business import Deal, DealChange, Stage
from infra.spine.models import Activity, Objection, User
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer, is_booked
from sales.objection_outcome import GOES_ON_WITHIN_DAYS
from sales.silence import HELD

_DAY_S = 86_400.0
# Made once: an alias costs a millisecond.
_BEFORE, _AFTER = aliased(Stage, name="stage_before"), aliased(Stage, name="stage_after")
_CALL, _NEXT = aliased(Activity, name="objection_call"), aliased(Activity, name="next_talk")
_DEAL = aliased(Deal, name="objection_deal")


@dataclass(frozen=True)
class Looked:
    """Which objections are looked at; None leaves a side open. `phrase` are words that stand in the buyer's own. `until` is outside."""

    since: datetime | None = None
    until: datetime | None = None
    topic: str | None = None
    phrase: str | None = None
    account_id: str | None = None
    deal_id: str | None = None
    owner_id: str | None = None
    team: str | None = None
    product: str | None = None


def outcomes(scope: Scope, as_of: datetime, zone: ZoneInfo, looked: Looked) -> Any:
    """Return a row for each objection inside the scope by `as_of`: its columns, `owner`, `deal`, `ended` (won, lost or None) and `outcome`.

    `deal` is None where it is not known or may not be seen: then nothing is told of what came of it.
    """
    # Worked out once: a planner would else look up the changes and talks of a deal once for every count that rests on them.
    facts = _facts(scope, as_of, zone, looked).cte("facts").prefix_with("MATERIALIZED")
    return select(*facts.c, _outcome(facts.c).label("outcome")).subquery("told")


def _facts(scope: Scope, as_of: datetime, zone: ZoneInfo, looked: Looked) -> Any:
    closed, said_at = _closed_day(zone), _local_day(Objection.at, zone)
    today = as_of.astimezone(zone).date()
    over = and_(_DEAL.status.in_(("won", "lost")), or_(closed.is_(None), closed <= today))
    return (
        select(
            Objection.id,
            Objection.activity_id,
            Objection.account_id,
            Objection.topic,
            Objection.quote,
            Objection.position,
            Objection.speaker,
            Objection.answer,
            Objection.answer_position,
            Objection.answered_by,
            func.coalesce(Objection.answer_kind, "other").label("answer_kind"),
            Objection.handled,
            Objection.at,
            _CALL.subject.label("title"),
            func.coalesce(Objection.owner_id, _DEAL.owner_id).label("owner"),
            _DEAL.id.label("deal"),
            _DEAL.name.label("deal_name"),
            case((over, _DEAL.status)).label("ended"),
            case((over, DaysBetween(closed, said_at))).label("ended_after"),
            _days(literal(as_of, Instant()), Objection.at).label("passed"),
            _days(_moved(as_of), Objection.at).label("moved"),
            _days(_met(as_of), Objection.at).label("met"),
        )
        .join(_CALL, _CALL.id == Objection.activity_id)
        .outerjoin(_DEAL, and_(_DEAL.id == Objection.deal_id, scope.deals(_DEAL)))
        .where(scope.activities(_CALL), Objection.at <= as_of, *_wanted(looked))
    )


def _wanted(looked: Looked) -> list[ColumnElement[bool]]:
    owner = func.coalesce(Objection.owner_id, _DEAL.owner_id)
    made: list[ColumnElement[bool]] = []
    if looked.since is not None:
        made.append(Objection.at >= looked.since)
    if looked.until is not None:
        made.append(Objection.at < looked.until)
    if looked.phrase is not None:
        made.append(func.lower(Objection.quote).contains(looked.phrase.lower(), autoescape=True))
    if looked.team is not None:
        made.append(owner.in_(select(User.id).where(User.team == looked.team)))
    equal: tuple[tuple[Any, str | None], ...] = (
        (Objection.topic, looked.topic),
        (Objection.account_id, looked.account_id),
        (Objection.deal_id, looked.deal_id),
        (owner, looked.owner_id),
        (_DEAL.product, looked.product),
    )
    return [*made, *(column == value for column, value in equal if value is not None)]


def _closed_day(zone: ZoneInfo) -> Any:
    return func.coalesce(_local_day(_DEAL.closed_at, zone), _DEAL.close_date)


def _local_day(moment: Any, zone: ZoneInfo) -> Any:
    return LocalDay(moment, zone.key)


def _days(later: Any, earlier: Any) -> Any:
    return SecondsBetween(later, earlier) / literal(_DAY_S, Float())


def _moved(as_of: datetime) -> Any:
    """Return when the deal first reached a later stage after the objection."""
    # A deal without a pipeline is in the one that is called "".
    pipeline = func.coalesce(_DEAL.pipeline, "")
    return (
        select(func.min(DealChange.at))
        .join(_BEFORE, and_(_BEFORE.pipeline == pipeline, _BEFORE.name == DealChange.old))
        .join(_AFTER, and_(_AFTER.pipeline == pipeline, _AFTER.name == DealChange.new))
        .where(
            DealChange.deal_id == _DEAL.id,
            DealChange.field == "stage",
            DealChange.at > Objection.at,
            DealChange.at <= as_of,
            _AFTER.position > _BEFORE.position,
            _AFTER.status != "lost",
        )
        .correlate(_DEAL, Objection)
        .scalar_subquery()
    )


def _met(as_of: datetime) -> Any:
    """Return when the next call or meeting with the buyer was held, or is booked: of the deal, or of its account where it names no deal."""
    held = and_(from_buyer(_NEXT), _NEXT.kind.in_(HELD), _NEXT.at <= as_of)
    of_deal = or_(_NEXT.deal_id == _DEAL.id, and_(_NEXT.deal_id.is_(None), _NEXT.account_id == _DEAL.account_id))
    return (
        select(func.min(_NEXT.at))
        .where(
            of_deal,
            _NEXT.id != Objection.activity_id,
            _NEXT.at > Objection.at,
            or_(held, and_(is_booked(_NEXT), _NEXT.at > as_of)),
        )
        .correlate(_DEAL, Objection)
        .scalar_subquery()
    )


def _outcome(since: Any) -> Any:
    """Return the verdict on the facts: `sales.objection_outcome.outcome` in SQL."""
    days = GOES_ON_WITHIN_DAYS
    over_before = and_(since.ended.is_not(None), func.coalesce(since.ended_after, 0) < 0)
    soon_lost = and_(since.ended == "lost", or_(since.ended_after.is_(None), since.ended_after <= days))
    # What is null is not true: a CASE passes it by.
    went_on = or_(since.ended == "won", since.moved <= days, since.met <= days)
    return case(
        (or_(since.deal.is_(None), over_before), "untold"),
        (soon_lost, "lost"),
        (went_on, "went_on"),
        (since.ended == "lost", "lost"),
        (since.passed < days, "open"),
        else_="stalled",
    )
