"""What outreach led to: each figure with what it was counted over, for the people whose figures the visitor may see."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.metrics.metric import Metric, Window
from agents.metrics.outreach import outreach_metrics
from bot.figures import number
from bot.web.gate import gated_route, visitor_of
from bot.web.outreach import outreach_page
from bot.web.pages import Desk

WINDOWS = (7, 28, 90)
_USUAL = 28
SPLITS = {
    "reply_rate_by_signal": "Replies by signal",
    "reply_rate_by_variant": "Replies by variant",
    "reply_rate_by_age": "Replies by how old the signal was",
}


def figure_routes(desk: Desk) -> APIRouter:
    """Return the route of the figures."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/figures")
    async def figures(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    return router


def _page(desk: Desk, request: Request) -> Response:
    asked = request.query_params.get("days", "")
    days = next((one for one in WINDOWS if str(one) == asked), _USUAL)
    now = desk.app.clock.now()
    # A window's end is exclusive, and what left this very moment counts.
    window = Window(begin=now - timedelta(days=days), end=now + timedelta(microseconds=1))
    with desk.app.database.session() as session:
        found = outreach_metrics(session, visitor_of(request).scope, window)
    return outreach_page(
        desk,
        request,
        "figures.html",
        days=str(days),
        windows=[(str(one), f"{one} days") for one in WINDOWS],
        usual=str(_USUAL),
        whole=[one for one in found if one.split is None],
        splits=[(label, rows) for key, label in SPLITS.items() if (rows := [one for one in found if one.key == key])],
        told=figure_of,
        met=is_met,
    )


def figure_of(value: Decimal | None, unit: str) -> str:
    """Return a figure as people read it: `12.5 %`, `47 min`, `3 h 20 min`, `2 days 4 h`; `nothing yet` for None."""
    if value is None:
        return "nothing yet"
    if unit == "percent":
        return f"{number(value)} %"
    if unit != "seconds":
        return number(value)
    minutes = int(value // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest:02d} min" if rest else f"{hours} h"
    return f"{hours // 24} days {hours % 24} h" if hours % 24 else f"{hours // 24} days"


def is_met(one: Metric) -> bool | None:
    """Return whether a figure is within its target, which all figures of outreach must stay below; None where it has none or there is nothing yet."""
    if one.value is None or one.target is None:
        return None
    return one.value < one.target
