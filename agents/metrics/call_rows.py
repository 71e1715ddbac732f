"""Calls and meetings as they are counted: how soon we write afterwards, and what became of objections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from agents.metrics.ground import Ground
from infra.spine.activity import Activity
from infra.spine.base import Instant
from infra.spine.business import Deal
from infra.spine.calls import Objection
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer
from sales.silence import HELD

DAY_S = 86_400
FOLLOWED_WITHIN_S = 7 * DAY_S
"""Our mail follows a meeting when it goes within a week: what is written later has a reason of its own."""
_MAIL, _RECORDED = aliased(Activity, name="our_mail"), aliased(Activity, name="recorded_mail")
_EARLIER = aliased(Objection, name="known_objection")


def held_talk(touch: Any) -> ColumnElement[bool]:
    """Return the condition that a call or meeting with the buyer was held."""
    return and_(from_buyer(touch), touch.kind.in_(HELD))


def follow_ups(ground: Ground) -> Select[Any]:
    """A row for each held call or meeting with the seconds until our next mail, null where none went within a week."""
    took = SecondsBetween(_next_mail(ground), _ended())
    return _held(ground, case((took <= FOLLOWED_WITHIN_S, took)).label("took"))


def followed_up(ground: Ground) -> Select[Any]:
    """A row for each held call or meeting: `hit` 1 where our mail went within a day; null where the day is not over, or no mail with them is recorded."""
    next_mail = _next_mail(ground)
    soon = SecondsBetween(next_mail, _ended()) <= DAY_S
    over = SecondsBetween(literal(ground.as_of, Instant()), _ended()) > DAY_S
    mails = (
        select(_RECORDED.id)
        .where(_RECORDED.account_id == Activity.account_id, _RECORDED.kind == "mail", ground.known(_RECORDED.at))
        .correlate(Activity)
        .exists()
    )
    return _held(ground, case((soon, 1), (and_(over, mails), 0)).label("hit"))


def _held(ground: Ground, shown: Any) -> Select[Any]:
    return (
        select(ground.windows.c.span, func.coalesce(Activity.owner_id, Deal.owner_id).label("owner"), shown)
        .select_from(Activity)
        .join(ground.windows, ground.within(Activity.at))
        .outerjoin(Deal, Deal.id == Activity.deal_id)
        .where(held_talk(Activity))
    )


def _ended() -> Any:
    return func.coalesce(Activity.ended_at, Activity.at)


def _next_mail(ground: Ground) -> Any:
    """Return when we next wrote to the account of a call: about its deal, or about none."""
    about = or_(_MAIL.deal_id.is_(None), Activity.deal_id.is_(None), _MAIL.deal_id == Activity.deal_id)
    return (
        select(func.min(_MAIL.at))
        .where(
            _MAIL.account_id == Activity.account_id,
            about,
            _MAIL.kind == "mail",
            _MAIL.direction == "outbound",
            _MAIL.status == "done",
            _MAIL.automatic.is_(False),
            _MAIL.at >= _ended(),
            ground.known(_MAIL.at),
        )
        .correlate(Activity)
        .scalar_subquery()
    )


def answered(ground: Ground) -> Select[Any]:
    """A row for each objection: `hit` 1 where it was answered in the call, 0 where it stayed open, null where that can't be told."""
    return _objections(ground, case((Objection.handled == "answered", 1), (Objection.handled == "open", 0)).label("hit"))  # fmt: skip


def in_library(ground: Ground) -> Select[Any]:
    """A row for each objection: `hit` 1 where an answer to one of the same topic was taken in another call that was known then."""
    known = (
        select(_EARLIER.id)
        .where(
            _EARLIER.topic == Objection.topic,
            _EARLIER.activity_id != Objection.activity_id,
            _EARLIER.answer.is_not(None),
            _EARLIER.handled == "answered",
            ground.known(_EARLIER.at),
        )
        .correlate(Objection)
        .exists()
    )
    return _objections(ground, case((known, 1), else_=0).label("hit"))


def _objections(ground: Ground, shown: Any) -> Select[Any]:
    return (
        select(ground.windows.c.span, func.coalesce(Objection.owner_id, Deal.owner_id).label("owner"), shown)
        .select_from(Objection)
        .join(ground.windows, ground.within(Objection.at))
        .outerjoin(Deal, Deal.id == Objection.deal_id)
    )
