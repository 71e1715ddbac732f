"""Silence, replies and meetings of open deals: a handful of statements for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from agents.health.ground import Ground, Shape
from infra.spine.activity import Activity
from infra.spine.business import Deal
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer, from_us, is_booked, is_talk
from sales.health.facts import Meetings, Quiet, Replies
from sales.health.talk import SILENT_DAYS
from sales.silence import HELD

_OWN, _ANY, _AROUND, _OTHER, _LAST = (
    aliased(Activity, name=name) for name in ("own_touch", "any_touch", "account_touch", "sibling_touch", "last_touch")
)
_SIBLING = aliased(Deal, name="told_deal")
_REPLIES_WITHIN, _LATELY = 120, 30
_MEETINGS_WITHIN = 120
_CANCELLED_WITHIN, _CANCELLED_AHEAD = 30, 60


@dataclass(frozen=True)
class Clock:
    """What the clocks of one deal say: whether anything is recorded at all, the buyer's last word and its moment, and the next booked meeting."""

    told: bool
    quiet: Quiet
    last_at: datetime | None
    next: date | None
    next_id: str | None


def clocks(ground: Ground) -> dict[str, Clock]:
    """Return the clocks of each deal. The rules are those of `sales.silence`; each step is one into a partial index."""
    rows = ground.rows(_clock_rows)
    loose = _loose(ground)
    only = {row.deal_id for row in ground.rows(_only_open)}
    return {row.id: _clock(ground, row, loose.get(row.account_id), sure=row.id in only) for row in rows}


def _only_open(shape: Shape) -> Any:
    return select(shape.of_account().c.deal_id)


def _clock_rows(shape: Shape) -> Any:
    own = _OWN

    def one(column: Any, condition: Any, order: Any) -> Any:
        return (
            select(column)
            .where(own.deal_id == Deal.id, condition)
            .order_by(order, own.id)
            .limit(1)
            .correlate(Deal)
            .scalar_subquery()
        )

    heard = and_(from_buyer(own), own.at <= shape.at)
    booked = and_(is_booked(own), own.at > shape.at)
    gathered = (
        select(
            Deal.id,
            Deal.account_id,
            Deal.created_at,
            case((_recorded(shape), 1), else_=0).label("told"),
            one(own.id, heard, own.at.desc()).label("last_id"),
            one(own.id, booked, own.at).label("next_id"),
        )
        .where(shape.deals())
        .cte("gathered")
        .prefix_with("MATERIALIZED")
    )
    last, ahead, sent = _LAST, aliased(Activity, name="next_touch"), aliased(Activity, name="sent_touch")
    tries = (
        select(func.count())
        .select_from(sent)
        .where(
            sent.deal_id == gathered.c.id,
            from_us(sent),
            sent.direction == "outbound",
            sent.at <= shape.at,
            or_(last.at.is_(None), sent.at > last.at),
        )
        .correlate(gathered, last)
        .scalar_subquery()
    )
    return (
        select(gathered, last.at.label("last_at"), ahead.at.label("next_at"), tries.label("tries"))
        .outerjoin(last, last.id == gathered.c.last_id)
        .outerjoin(ahead, ahead.id == gathered.c.next_id)
    )


def _recorded(shape: Shape) -> Any:
    """Return the condition that any talk of the deal or of its account is recorded, on whichever of the account's deals."""

    def told(touch: Any) -> Any:
        return and_(is_talk(touch), or_(and_(touch.status == "done", touch.at <= shape.at), touch.status == "booked"))

    own, around, other, sibling = _ANY, _AROUND, _OTHER, _SIBLING
    found = [
        select(literal(1)).select_from(own).where(own.deal_id == Deal.id, told(own)),
        select(literal(1)).select_from(around).where(around.account_id == Deal.account_id, told(around)),
        select(literal(1))
        .select_from(other)
        .join(sibling, sibling.id == other.deal_id)
        .where(sibling.account_id == Deal.account_id, told(other)),
    ]
    return or_(*(one.correlate(Deal).exists() for one in found))


@dataclass
class _Loose:
    """What names no deal of one account: the buyer's last word, the next meeting, and when we wrote or called."""

    last_at: datetime | None = None
    last_id: str | None = None
    next_at: datetime | None = None
    next_id: str | None = None
    sent: tuple[datetime, ...] = ()


def _loose(ground: Ground) -> dict[str, _Loose]:
    found: dict[str, _Loose] = {}
    for account_id, id_, at, kind in ground.rows(_loose_rows):
        one = found.setdefault(account_id, _Loose())
        if kind == "heard" and (one.last_at is None or at > one.last_at):
            one.last_at, one.last_id = at, id_
        elif kind == "ahead" and (one.next_at is None or at < one.next_at):
            one.next_at, one.next_id = at, id_
        elif kind == "sent":
            one.sent = (*one.sent, at)
    return found


def _loose_rows(shape: Shape) -> Any:
    accounts = select(Deal.account_id).where(shape.deals(), Deal.account_id.is_not(None))
    heard = and_(from_buyer(Activity), Activity.at <= shape.at)
    ahead = and_(is_booked(Activity), Activity.at > shape.at)
    sent = and_(from_us(Activity), Activity.direction == "outbound", Activity.at <= shape.at)
    what = case((ahead, "ahead"), (heard, "heard"), (sent, "sent"))
    return select(Activity.account_id, Activity.id, Activity.at, what.label("what")).where(
        Activity.deal_id.is_(None), Activity.account_id.in_(accounts), or_(heard, ahead, sent)
    )


def _clock(ground: Ground, row: Any, loose: _Loose | None, *, sure: bool) -> Clock:
    last_at, last_id, next_at, next_id = row.last_at, row.last_id, row.next_at, row.next_id
    tries = row.tries
    unsure: datetime | None = None
    if loose is not None and sure:
        if loose.last_at is not None and (last_at is None or loose.last_at > last_at):
            last_at, last_id = loose.last_at, loose.last_id
        if loose.next_at is not None and (next_at is None or loose.next_at < next_at):
            next_at, next_id = loose.next_at, loose.next_id
        tries += sum(1 for at in loose.sent if last_at is None or at > last_at)
    elif loose is not None:
        unsure = loose.last_at
    last_id, next_id = _named(last_id), _named(next_id)
    quiet = _quiet(ground, bool(row.told), row.created_at, last_at, last_id, unsure, next_at is not None, tries)
    return Clock(bool(row.told), quiet, last_at, ground.day(next_at) if next_at else None, next_id)


def _named(activity_id: str | None) -> str | None:
    return f"activity:{activity_id}" if activity_id is not None else None


def _quiet(
    ground: Ground,
    told: bool,
    created: datetime | None,
    last_at: datetime | None,
    last_id: str | None,
    unsure: datetime | None,
    booked: bool,
    tries: int,
) -> Quiet:
    since = last_at or created
    if not told or since is None:
        return Quiet()
    day = ground.day(since)
    days = (ground.today - day).days
    if days < SILENT_DAYS:
        return Quiet("heard", day, days, last_id, tries)
    if unsure is not None and (ground.today - ground.day(unsure)).days < SILENT_DAYS:
        return Quiet("unclear", day, days, last_id, tries)
    return Quiet("meeting" if booked else "silent", day, days, last_id, tries)


def replies(ground: Ground) -> dict[str, Replies]:
    """Return how long the buyers take to answer our mails: medians of the last 30 days and of the 90 before."""
    medians: dict[str, dict[int, tuple[float, int]]] = {}
    for deal_id, is_late, seconds, many in ground.rows(_medians):
        medians.setdefault(deal_id, {})[is_late] = (float(seconds) / 3600, many)
    found = {}
    for deal_id, told in medians.items():
        if 1 in told:
            before = told.get(0, (None, 0))
            found[deal_id] = Replies(*told[1], *before)
    return found


def _medians(shape: Shape) -> Any:
    words = and_(
        Activity.kind == "mail",
        Activity.status == "done",
        Activity.automatic.is_(False),
        Activity.direction.in_(("inbound", "outbound")),
    )
    touch = shape.touches(Activity.at, Activity.direction, where=words, since=shape.before(_REPLIES_WITHIN)).c
    line: dict[str, Any] = {"partition_by": touch.deal_id, "order_by": touch.at}
    followed = select(
        touch.deal_id,
        touch.at,
        touch.direction,
        func.lag(touch.at).over(**line).label("sent_at"),
        func.lag(touch.direction).over(**line).label("before"),
    ).subquery("followed")
    late = case((followed.c.at > shape.before(_LATELY), 1), else_=0)
    took = (
        select(followed.c.deal_id, late.label("late"), SecondsBetween(followed.c.at, followed.c.sent_at).label("took"))
        .where(followed.c.direction == "inbound", followed.c.before == "outbound")
        .subquery("took")
    )
    part = (took.c.deal_id, took.c.late)
    ranked = select(
        *part,
        took.c.took,
        func.row_number().over(partition_by=part, order_by=took.c.took).label("place"),
        func.count().over(partition_by=part).label("many"),
    ).subquery("ranked")
    middle = ranked.c.place * 2
    return (
        select(ranked.c.deal_id, ranked.c.late, func.avg(ranked.c.took), func.max(ranked.c.many))
        .where(middle.between(ranked.c.many, ranked.c.many + 2))
        .group_by(ranked.c.deal_id, ranked.c.late)
    )


def meetings(ground: Ground, clocks_: dict[str, Clock]) -> dict[str, Meetings]:
    """Return the calls and meetings of each deal that were held, booked or cancelled."""
    met = {row.deal_id: row for row in ground.rows(_held)}
    off = {row.deal_id: row for row in ground.rows(_cancelled)}
    made = {}
    for deal_id, clock in clocks_.items():
        one, gone = met.get(deal_id), off.get(deal_id)
        if one is None and gone is None and clock.next is None:
            continue
        made[deal_id] = Meetings(
            one.many if one else 0,
            ground.day(one.first) if one else None,
            ground.day(one.at) if one else None,
            _named(one.id) if one else None,
            clock.next,
            clock.next_id,
            ground.day(gone.at) if gone else None,
            _named(gone.id) if gone else None,
        )
    return made


def _held(shape: Shape) -> Any:
    held = and_(Activity.status == "done", Activity.direction == "mutual", Activity.kind.in_(HELD))
    touch = shape.touches(Activity.id, Activity.at, where=held, since=shape.before(_MEETINGS_WITHIN)).c
    ranked = select(
        touch.deal_id,
        touch.id,
        touch.at,
        func.count().over(partition_by=touch.deal_id).label("many"),
        func.min(touch.at).over(partition_by=touch.deal_id).label("first"),
        func.row_number().over(partition_by=touch.deal_id, order_by=(touch.at.desc(), touch.id)).label("place"),
    ).subquery("held")
    return select(ranked).where(ranked.c.place == 1)


def _cancelled(shape: Shape) -> Any:
    """Return the last meeting of each deal that was cancelled lately; one that lies ahead counts as cancelled today."""
    ranked = (
        select(
            Activity.deal_id,
            Activity.id,
            case((Activity.at > shape.at, shape.at), else_=Activity.at).label("at"),
            func.row_number()
            .over(partition_by=Activity.deal_id, order_by=(Activity.at.desc(), Activity.id))
            .label("place"),
        )
        .join(Deal, Deal.id == Activity.deal_id)
        .where(
            shape.deals(),
            Activity.status == "cancelled",
            Activity.kind.in_(HELD),
            Activity.at > shape.before(_CANCELLED_WITHIN),
            Activity.at < shape.before(0 if shape.past else -_CANCELLED_AHEAD),
        )
        .subquery("cancelled")
    )
    return select(ranked).where(ranked.c.place == 1)
