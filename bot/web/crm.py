"""Systems of record in the browser: connecting one, how far each was read, the fields that would be added to it, and the dead letters with their reasons. For admins."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot import crm
from bot.crm_connecting import consent_link
from bot.web.gate import gated_route, read_form, text_of
from bot.web.imports import admin_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import HEADERS, Desk
from infra.errors import Fatal

_SHOWN = 200
_SAID = {
    "replayed": "Tried again: what could be read or written has left the list.",
    "dropped": "Let go. What it held stays undone.",
    "added": "Added. What they are for is written there from now on.",
    "none": "Nothing was ticked, so nothing was added.",
}
_KINDS = {
    "deal": "Deals",
    "contact": "Contacts",
    "account": "Companies",
    "call": "Calls",
    "mail": "Mails",
    "meeting": "Meetings",
    "note": "Notes",
    "task": "Tasks",
}
_HOLDS = {"text": "words", "number": "a number", "date": "a day", "datetime": "a moment", "bool": "yes or no"}
_DIRECTIONS = {"read": "could not be read", "write": "could not be written"}
_WRITES = {
    "planned": "planned",
    "sending": "under way",
    "waiting": "waiting",
    "done": "done",
    "conflict": "changed there meanwhile",
    "failed": "not allowed by the rules",
    "dead": "could not be done",
    "unknown": "of unknown outcome",
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

    @router.get("/crm/connect/{system}")
    async def connect(request: Request, system: str) -> Response:
        admin_of(request)
        return await to_thread.run_sync(_to_consent, desk, request, system)

    @router.get("/crm/fields/{system}")
    async def fields(request: Request, system: str) -> Response:
        admin_of(request)
        return await to_thread.run_sync(_fields, desk, request, system)

    @router.post("/crm/fields/{system}")
    async def agree(request: Request, system: str) -> Response:
        admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_agreed, desk, actor_of(request), system, form)

    @router.post("/crm/letters")
    async def settle(request: Request) -> Response:
        admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_settled, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    from agents.crm.systems import SYSTEMS

    return outreach_page(
        desk,
        request,
        "crm.html",
        said=_SAID,
        status_of=crm.status(desk.app),
        letters=crm.list_letters(desk.app, limit=_SHOWN),
        states=_STATES,
        writes=_WRITES,
        kinds=_KINDS,
        directions=_DIRECTIONS,
        titles={name: one.title for name, one in SYSTEMS.items()},
        most=_SHOWN,
    )


def _to_consent(desk: Desk, request: Request, system: str) -> Response:
    """Send an admin to where consent is given. The address is made at the press: it is good for a quarter of an hour."""
    actor = actor_of(request)
    link = consent_link(desk.app, system, actor.email, user_id=actor.user_id, base=str(request.base_url))
    return RedirectResponse(link["url"], 303, headers=HEADERS)


def _fields(desk: Desk, request: Request, system: str) -> Response:
    """Show how the rules and the system's schema differ, and what would be added to it. Asks the system."""
    drift = crm.check_fields(desk.app, system)["drift"]
    return outreach_page(
        desk,
        request,
        "crm_fields.html",
        said=_SAID,
        system=system,
        title=desk.app.crm.systems.named(system).title,
        kinds=_KINDS,
        holds=_HOLDS,
        has_marker=any(one["what"] == "marker" for one in drift),
        drift=[one for one in drift if not _is_to_create(one)],
        wanted=crm.create_fields(desk.app, system, agreed=False, by=None)["fields"],
    )


def _is_to_create(drift: dict[str, Any]) -> bool:
    return drift["what"] in ("missing", "marker")


def _agreed(desk: Desk, actor: Actor, system: str, form: FormData) -> Response:
    """Add the fields that were ticked, of those that are missing."""
    chosen = {one for one in form.getlist("field") if isinstance(one, str)}
    if not chosen:
        return after_press(f"/crm/fields/{system}", "none")
    crm.create_fields(desk.app, system, agreed=True, by=actor.user_id, surface=actor.door, only=chosen)
    return after_press(f"/crm/fields/{system}", "added")


def _settled(desk: Desk, actor: Actor, form: FormData) -> Response:
    what, letter = text_of(form, "do"), text_of(form, "letter")
    if what == "drop":
        crm.drop_letter(desk.app, letter, by=actor.user_id, surface=actor.door)
        return after_press("/crm", "dropped")
    if what not in ("replay", "absent", "replay-all"):
        raise Fatal("That button is not known here.", "Load the page again.", status=422)
    crm.replay_letters(desk.app, None if what == "replay-all" else [letter], absent=what == "absent")
    return after_press("/crm", "replayed")
