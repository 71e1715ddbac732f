"""Systems of record in the browser: how far each was read, and the dead letters with their reasons, to be tried again or let go. For admins."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from bot import crm
from bot.web.gate import gated_route, read_form, text_of
from bot.web.imports import admin_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal

_SHOWN = 200
_SAID = {
    "replayed": "Tried again: what could be read or written has left the list.",
    "dropped": "Let go. What it held stays undone.",
}
_STATES = {
    "connected": "connected",
    "broken": "does not let us in",
    "not_connected": "not connected",
    "never": "not read yet",
    "running": "being read",
    "done": "up to date",
    "stopped": "stopped on the way",
    "failed": "could not be read to its end",
}


def crm_routes(desk: Desk) -> APIRouter:
    """Return the routes of systems of record."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/crm")
    async def page(request: Request) -> Response:
        admin_of(request)
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/crm/letters")
    async def settle(request: Request) -> Response:
        admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_settled, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    return outreach_page(
        desk,
        request,
        "crm.html",
        said=_SAID,
        status_of=crm.status(desk.app),
        letters=crm.list_letters(desk.app, limit=_SHOWN),
        states=_STATES,
        most=_SHOWN,
    )


def _settled(desk: Desk, actor: Actor, form: FormData) -> Response:
    what, letter = text_of(form, "do"), text_of(form, "letter")
    if what == "drop":
        crm.drop_letter(desk.app, letter, by=actor.user_id, surface=actor.door)
        return after_press("/crm", "dropped")
    if what not in ("replay", "absent", "replay-all"):
        raise Fatal("That button is not known here.", "Load the page again.", status=422)
    crm.replay_letters(desk.app, None if what == "replay-all" else [letter], absent=what == "absent")
    return after_press("/crm", "replayed")
