"""What outreach led to: each figure with what it was counted over, for the people whose figures the visitor may see."""

from __future__ import annotations

from datetime import timedelta

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.metrics.ground import Ground, Span
from agents.metrics.metric import Window
from agents.metrics.outreach import outreach_metrics
from agents.metrics.wording import figure
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
        ground = Ground(visitor_of(request).scope, desk.app.settings, now, (Span(f"the last {days} days", window),))
        found = outreach_metrics(session, ground)
    return outreach_page(
        desk,
        request,
        "figures.html",
        days=str(days),
        windows=[(str(one), f"{one} days") for one in WINDOWS],
        usual=str(_USUAL),
        whole=[one for one in found if one.split is None],
        splits=[(label, rows) for key, label in SPLITS.items() if (rows := [one for one in found if one.key == key])],
        told=figure,
    )
