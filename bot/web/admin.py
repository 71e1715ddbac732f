"""How each part of Dealwright is, for admins: what `dealwright doctor` tells."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from bot.components import all_components
from bot.web.answering import talks
from bot.web.gate import gated_route
from bot.web.imports import admin_of
from bot.web.pages import Desk

_SAYS = {"ok": "Works", "missing": "Not set up", "broken": "Needs you"}


def admin_routes(desk: Desk) -> APIRouter:
    """Return the route of the health page."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/health")
    async def health(request: Request) -> Response:
        visitor = admin_of(request)
        components = await to_thread.run_sync(all_components, desk.app)
        worst = sorted(components, key=lambda one: ("broken", "missing", "ok").index(one.state))
        return await to_thread.run_sync(
            lambda: desk.page(
                request,
                "health.html",
                visitor,
                components=worst,
                says=_SAYS,
                talks=talks(desk, visitor),
                conversation=None,
            )
        )

    return router
