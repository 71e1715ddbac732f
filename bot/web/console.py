"""The console's routes in one place."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from bot.app import App
from bot.web.admin import admin_routes
from bot.web.alerts import alert_routes
from bot.web.approvals import approval_routes
from bot.web.briefs import brief_routes
from bot.web.chat import chat_routes
from bot.web.crm import crm_routes
from bot.web.deliveries import delivery_routes
from bot.web.feed import feed_routes
from bot.web.gate import NotHere, gated_route
from bot.web.imports import import_routes
from bot.web.leads import lead_routes
from bot.web.mailboxes import mailbox_routes
from bot.web.objections import objection_routes
from bot.web.operating import operating_routes
from bot.web.outbox import outbox_routes
from bot.web.outreach_figures import figure_routes
from bot.web.pages import HEADERS, STATIC, Desk
from bot.web.performance import performance_routes
from bot.web.records import record_routes
from bot.web.reviews import review_routes
from bot.web.rules import rule_routes
from bot.web.sending import sending_routes
from bot.web.sequences import sequence_routes
from bot.web.signin import member_routes, public_routes
from bot.web.sources import source_routes
from bot.web.suppression import suppression_routes
from bot.web.underway import Underway
from bot.web.workflow import workflow_routes

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_PROGRAMS = ("/api/", "/owner/", "/slack/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def console_routes(app: App) -> APIRouter:
    """Return every route of the console."""
    router = APIRouter()
    desk = Desk(app)
    underway = Underway(app)
    router.include_router(_static_routes())
    for made in (
        public_routes(desk),
        member_routes(desk),
        approval_routes(desk),
        alert_routes(desk),
        chat_routes(desk, underway),
        record_routes(desk),
        brief_routes(desk),
        objection_routes(desk),
        review_routes(desk),
        workflow_routes(desk),
        operating_routes(desk),
        lead_routes(desk),
        feed_routes(desk),
        sequence_routes(desk),
        outbox_routes(desk),
        figure_routes(desk),
        performance_routes(desk),
        mailbox_routes(desk),
        suppression_routes(desk),
        sending_routes(desk),
        rule_routes(desk),
        crm_routes(desk),
        delivery_routes(desk),
        source_routes(desk),
    ):
        router.include_router(made)
    for made in (import_routes(desk, underway), admin_routes(desk), _lost_routes(desk)):
        router.include_router(made)
    return router


def _static_routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{name}")
    async def static(request: Request, name: str) -> Response:
        path = STATIC / name
        if path.parent != STATIC or path.suffix not in _TYPES or not path.is_file():
            return Response("Nothing is here.", 404, headers=HEADERS, media_type="text/plain")
        # An address with the content's hash never changes its content.
        kept = "public, max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
        return FileResponse(path, media_type=_TYPES[path.suffix], headers=HEADERS | {"Cache-Control": kept})

    return router


def _lost_routes(desk: Desk) -> APIRouter:
    """Return a route for addresses that nobody else has: a page for browsers; programs get the API's own errors."""
    gated = gated_route(desk)

    class LostRoute(gated):  # type: ignore[misc, valid-type]
        """Fits only what a browser opens."""

        def matches(self, scope: Scope) -> tuple[Match, Scope]:
            accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
            if scope["method"] != "GET" or b"text/html" not in accepted or scope["path"].startswith(_FOR_PROGRAMS):
                return Match.NONE, {}
            fitting: tuple[Match, Scope] = APIRoute.matches(self, scope)
            return fitting

    router = APIRouter(route_class=LostRoute, include_in_schema=False)

    @router.get("/{path:path}")
    async def lost(path: str) -> Response:
        raise NotHere

    return router
