"""Deals as they are counted: what was won and lost, how large and how long, and how complete the records of open ones are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from agents.hygiene.findings import is_blank
from agents.metrics.ground import Ground, closed_day, week_name
from agents.structured.sql_time import DaysBetween
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.business import Deal
from infra.spine.seconds import SecondsBetween
from infra.spine.spoken import from_buyer
from infra.spine.watch import CompletenessMark
from sales.silence import HELD

FILLED_WITHIN_S = 86_400
"""The fields after a call have a day to be filled: a card that waits for its owner's morning is not late."""
_CALL = aliased(Activity, name="call_of_deal")


def decided(ground: Ground) -> Select[Any]:
    """A row for each deal that was won (`hit` 1) or lost (0), by the day on which it was closed."""
    return _closed(ground, ("won", "lost"), case((Deal.status == "won", 1), else_=0).label("hit"))


def won_amounts(ground: Ground) -> Select[Any]:
    """A row for each won deal with its amount, null where none is on file."""
    return _closed(ground, ("won",), Deal.amount.label("took"), Deal.currency.label("currency"))


def cycles(ground: Ground) -> Select[Any]:
    """A row for each won deal with the days from its creation to its close; null where no creation is known, or one after the close."""
    days = DaysBetween(closed_day(ground, Deal), ground.day(Deal.created_at))
    return _closed(ground, ("won",), case((days >= 0, days)).label("took"))


def _closed(ground: Ground, statuses: tuple[str, ...], *shown: Any) -> Select[Any]:
    windows = ground.windows
    return (
        select(windows.c.span, Deal.owner_id.label("owner"), *shown)
        .select_from(Deal)
        .join(windows, ground.on_day(closed_day(ground, Deal)))
        .where(Deal.status.in_(statuses))
    )


def open_at_end(ground: Ground, deal: Any = Deal) -> ColumnElement[bool]:
    """Return the condition that a deal was open when a span ended. One without a day of creation was there all along."""
    existed = or_(deal.created_at.is_(None), deal.created_at < ground.windows.c.until)
    return and_(existed, or_(deal.status == "open", closed_day(ground, deal) >= ground.windows.c.after))


def complete(ground: Ground) -> Select[Any]:
    """A row for each deal that was open at the span's end: `top` 1 where no required field is blank and its next step has a date. Fields are as they stand today."""
    return (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            is_complete(ground.settings).label("top"),
            literal(1).label("bottom"),
        )
        .select_from(Deal)
        .join(ground.windows, open_at_end(ground))
    )


def complete_by_week(ground: Ground) -> Select[Any]:
    """A row for each owner's mark of a week: how many of their open deals were complete, of how many. A week of which no mark was kept has none."""
    weeks = [(place, week_name(ground.local_day(one.window.begin))) for place, one in enumerate(ground.spans)]
    named = union_all(
        *(select(literal(place).label("span"), literal(name).label("week")) for place, name in weeks)
    ).cte("weeks_told")
    return (
        select(
            named.c.span,
            CompletenessMark.owner_id.label("owner"),
            CompletenessMark.complete.label("top"),
            CompletenessMark.deals.label("bottom"),
        )
        .select_from(CompletenessMark)
        .join(named, named.c.week == CompletenessMark.week)
        .where(ground.known(CompletenessMark.at))
    )


def is_complete(settings: Settings) -> Any:
    """Return 1 for a deal whose required fields and dated next step are all there, else 0."""
    return case((or_(*_blanks(settings)), 0), else_=1)


def filled_after_calls(ground: Ground) -> Select[Any]:
    """A row for each open deal of which a call or meeting was held in the span, at least a day ago: how many of its fields are filled, of how many."""
    blanks = _blanks(ground.settings)
    filled = sum((case((one, 0), else_=1) for one in blanks), start=literal(0))
    held = (
        select(_CALL.id)
        .where(
            _CALL.deal_id == Deal.id,
            from_buyer(_CALL),
            _CALL.kind.in_(HELD),
            ground.within(_CALL.at),
            SecondsBetween(literal(ground.as_of, Activity.at.type), _CALL.at) >= FILLED_WITHIN_S,
        )
        .correlate(Deal, ground.windows)
        .exists()
    )
    still_open = or_(Deal.status == "open", closed_day(ground, Deal) > ground.as_of.astimezone(ground.settings.zone).date())  # fmt: skip
    return (
        select(
            ground.windows.c.span,
            Deal.owner_id.label("owner"),
            filled.label("top"),
            literal(len(blanks)).label("bottom"),
        )
        .select_from(Deal)
        .join(ground.windows, held)
        .where(still_open)
    )


def _blanks(settings: Settings) -> list[ColumnElement[bool]]:
    """Return the conditions under which a deal's record is incomplete: each required field, and a next step with its date."""
    fields = [name for name in settings.required_deal_fields if name not in ("next_step", "next_step_date")]
    return [*(is_blank(name) for name in fields), or_(is_blank("next_step"), is_blank("next_step_date"))]
