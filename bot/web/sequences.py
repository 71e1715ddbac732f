"""Sequences: what was sent to whom, what comes next and why, and choosing what follows a reply."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from agents.outreach.overview import STATES, counted, list_sequences
from bot import mailboxes
from bot.web.addresses import is_inside
from bot.web.choosing import KINDS, REASONS, may_choose
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from bot.web.records import page_number

_SAID = {
    "stopped": "Stopped: nothing more is sent to them.",
    "paused": "Paused.",
    "active": "It goes on.",
    "finished": "Noted.",
}
_SHOWN = 50


def sequence_routes(desk: Desk) -> APIRouter:
    """Return the routes of sequences."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/sequences")
    async def sequences(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/sequences/choose")
    async def choose(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_chosen, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor, page = visitor_of(request), page_number(request)
    asked = request.query_params.get("show", "")
    state = asked if asked in STATES else "active"
    with desk.app.database.session() as session:
        found = list_sequences(
            session,
            visitor.scope,
            desk.app.clock.now(),
            states=(state,),
            limit=_SHOWN,
            skipped=(page - 1) * _SHOWN,
        )
        counts = counted(session, visitor.scope)
    return outreach_page(
        desk,
        request,
        "sequences.html",
        said=_SAID,
        found=found,
        choosable=may_choose(desk, visitor, found),
        state=state,
        states=[(one, one.capitalize()) for one in STATES],
        counts=counts,
        page=page,
        pages=(counts.get(state, 0) + _SHOWN - 1) // _SHOWN,
        here=f"/sequences?show={state}" if state != "active" else "/sequences",
        kinds=KINDS,
        reasons=REASONS,
    )


def _chosen(desk: Desk, actor: Actor, form: FormData) -> Response:
    told = mailboxes.choose(desk.app, actor.email, actor.door, text_of(form, "reply")[:250], text_of(form, "choice"))
    back = text_of(form, "back")
    # Wherever the button stood, the sequence is looked at in the heap that it lies in now.
    if back.startswith("/accounts/") and is_inside(back) and "?" not in back and "#" not in back:
        return after_press(back, told["state"])
    show = told["state"] if told["state"] != "active" else ""
    return after_press("/sequences", told["state"], show=show)
