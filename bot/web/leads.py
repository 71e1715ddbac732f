"""The pages of leads: who waits for a first touch, where each stands, and what comes next."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.leads import LeadFilter, LeadOrder, list_leads, owners_and_statuses, read_lead
from agents.listing import PAGE
from bot.figures import counted
from bot.web.answering import find_cited, talks
from bot.web.gate import NotHere, gated_route, visitor_of
from bot.web.pages import Desk
from bot.web.records import order_of, page_number


def lead_routes(desk: Desk) -> APIRouter:
    """Return the routes of leads."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/leads")
    async def leads(request: Request) -> Response:
        return await to_thread.run_sync(_leads_page, desk, request)

    @router.get("/leads/{id:path}")
    async def lead(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_lead_page, desk, request, id)

    return router


def _leads_page(desk: Desk, request: Request) -> Response:
    visitor, query = visitor_of(request), request.query_params
    held = LeadFilter(
        query.get("q", "")[:200],
        query.get("status", "")[:200],
        query.get("owner", "")[:80],
        query.get("untouched") == "1",
    )
    order, down = order_of(request, get_args(LeadOrder), "-created")
    page = page_number(request)
    settings, now = desk.app.settings, desk.app.clock.now()
    with desk.app.database.session() as session:
        listed = list_leads(session, visitor.scope, now, settings.zone, held, order, down=down, page=page)  # type: ignore[arg-type]
        owners, statuses = owners_and_statuses(session, visitor.scope)
    return desk.page(
        request,
        "leads.html",
        visitor,
        listed=listed,
        held=held,
        owners=owners,
        statuses=statuses,
        order=order,
        down=down,
        page=page,
        size=PAGE,
        kept={"q": held.words, "status": held.status, "owner": held.owner, "untouched": "1" if held.untouched else ""},
        waited=waited,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _lead_page(desk: Desk, request: Request, id: str) -> Response:
    visitor = visitor_of(request)
    settings, now = desk.app.settings, desk.app.clock.now()
    with desk.app.database.session() as session:
        found = read_lead(session, visitor.scope, id, now, settings.zone)
    if found is None:
        raise NotHere
    cited = find_cited(desk, visitor, request.query_params.get("answer", ""), request.query_params.get("evidence", ""))
    part = request.headers.get("x-part") == "panel"
    return desk.page(
        request,
        "lead.html",
        visitor,
        lead=found,
        waited=waited,
        quote=cited.quote if cited else None,
        part=part,
        talks=[] if part else talks(desk, visitor),
        conversation=None,
    )


def waited(time: timedelta) -> str:
    """Return how long a lead waited: `under a minute`, `47 min`, `5 hours`, `8 days`."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"{minutes} min"
    return counted(minutes // 60, "hour") if minutes < 60 * 48 else counted(round(minutes / 1440), "day")
