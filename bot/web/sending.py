"""How sending stands: the gate of each domain with what to do about what is red, its rates, and pausing and resuming it."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from bot import guarding
from bot.sending import standings, verified
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal

_SAID = {
    "asked": "Asked anew.",
    "paused": "Paused: nothing leaves from it, and its cards are frozen.",
    "resumed": "Resumed: what waits may leave again.",
}


def sending_routes(desk: Desk) -> APIRouter:
    """Return the routes of sending."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/sending")
    async def sending(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/sending")
    async def change(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_changed, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    return outreach_page(
        desk,
        request,
        "sending.html",
        said=_SAID,
        domains=standings(desk.app),
        verified=verified(desk.app),
        days=desk.app.settings.kill_switch_days,
        may_resume=visitor.viewing_as is None and visitor.user_id is not None and visitor.role in ("admin", "manager"),
    )


def _changed(desk: Desk, actor: Actor, form: FormData) -> Response:
    domain, wanted = text_of(form, "domain")[:253], text_of(form, "do")
    if wanted == "ask":
        if domain not in {one.gate.domain for one in standings(desk.app)}:
            raise Fatal("We don't send from that domain.", "Choose one of those on the page.", status=422)
        guarding.gates(desk.app, domain, at_once=True)
        return after_press("/sending", "asked")
    if wanted not in ("pause", "resume"):
        raise Fatal("That can't be done here.", "Go back, and press one of the buttons.", status=422)
    guarding.set_paused(
        desk.app,
        domain,
        paused=wanted == "pause",
        reason=text_of(form, "reason")[:500],
        user_id=actor.user_id,
        surface=actor.door,
    )
    return after_press("/sending", f"{wanted}d")
