"""The page of the objection library: what came up in a window, and for one topic the answers that worked."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from bot.objections import Wanted, messages_in
from bot.web.answering import talks
from bot.web.gate import gated_route, visitor_of
from bot.web.pages import Desk
from bot.web.render import Setting, render
from infra.errors import Fatal
from sales.objections import LABELS

_LONGEST = 120


def objection_routes(desk: Desk) -> APIRouter:
    """Return the route of the library: `/objections`, with `since`, `until` and `topic`."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/objections")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    given = {key: request.query_params.get(key, "")[:_LONGEST].strip() for key in ("since", "until", "topic")}
    wanted = Wanted(given["since"] or None, given["until"] or None, given["topic"] or None)
    trouble: Fatal | None = None
    bodies: list[Markup] = []
    try:
        setting = Setting(desk.calendar(), desk.seats.form_token(visitor.seat))
        bodies = [render(one, setting) for one in messages_in(desk.app, visitor.scope, wanted, folded=False)]
    except Fatal as fatal:
        trouble = fatal
    return desk.page(
        request,
        "objections.html",
        visitor,
        status=trouble.status if trouble else 200,
        bodies=bodies,
        trouble=trouble,
        given=given,
        topics=LABELS,
        talks=talks(desk, visitor),
        conversation=None,
    )
