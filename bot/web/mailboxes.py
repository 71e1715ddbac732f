"""Mailboxes and calendars: what is connected, when it was read and what keeps it from being read; connecting and disconnecting one's own."""

from __future__ import annotations

import re
import threading
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from bot import mailboxes
from bot.jobs import Job
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal

KINDS = {"imap": "IMAP", "gmail": "Gmail", "graph": "Microsoft 365", "ics": "Calendar"}
_SAID = {
    "connected": "Connected. It is read now, and then every few minutes; what was read shows up with its accounts.",
    "disconnected": "Disconnected, and its secret is forgotten. What was read stays.",
    "read": "It was read.",
    "not_read": "It could not be read: what stands in the way is told beside it.",
}
_WEB = re.compile(r"(?i)(?:https?|webcal)://\S+")
_LONGEST = 2_000
_PATIENCE_S = 20.0


def mailbox_routes(desk: Desk) -> APIRouter:
    """Return the routes of mailboxes."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/mailboxes")
    async def boxes(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/mailboxes")
    async def change(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_changed, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    from agents.mailroom.boxes import boxes
    from integrations.consent import vendor_of, vendors_set_up

    visitor = visitor_of(request)
    own = None if visitor.is_admin else visitor.user_id
    with desk.app.database.session() as session:
        found = boxes(session, own)
    return outreach_page(
        desk,
        request,
        "mailboxes.html",
        said=_SAID,
        boxes=found,
        kinds=KINDS,
        own=visitor.email,
        vendors=[(name, vendor_of(desk.app.settings, name).title) for name in vendors_set_up(desk.app.settings)],
        connectable=visitor.user_id is not None and visitor.viewing_as is None and bool(visitor.email),
    )


def _changed(desk: Desk, actor: Actor, form: FormData) -> Response:
    wanted = text_of(form, "do")
    if wanted == "disconnect":
        mailboxes.disconnect(desk.app, actor.email, actor.door, text_of(form, "box")[:80])
        return after_press("/mailboxes", "disconnected")
    if wanted == "read":
        return after_press("/mailboxes", _read_now(desk, actor, text_of(form, "box")))
    if wanted not in ("imap", "ics"):
        raise Fatal("That can't be done here.", "Go back, and press one of the buttons.", status=422)
    if any(len(value) > _LONGEST for value in form.values() if isinstance(value, str)):
        raise Fatal("That is too long.", "Look at what you pasted.", status=422)
    kept = _imap(form) if wanted == "imap" else _calendar(form)
    mailboxes.connect(desk.app, actor.email, actor.door, kind=wanted, **kept)
    return after_press("/mailboxes", "connected")


def _imap(form: FormData) -> dict[str, Any]:
    host, port = text_of(form, "host").strip(), text_of(form, "port").strip()
    if not host or not text_of(form, "secret"):
        raise Fatal("A mailbox needs its server and its password.", "Go back and fill in both.", status=422)
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536 and len(port) < 6):
        raise Fatal("That is no port.", "It is a number up to 65535; leave it empty where you don't know.", status=422)
    config = {
        "host": host,
        "port": int(port) if port else None,
        "security": text_of(form, "security"),
        "user": text_of(form, "login").strip(),
    }
    return {"address": text_of(form, "address").strip() or None, "config": config, "secret": text_of(form, "secret")}


def _calendar(form: FormData) -> dict[str, Any]:
    place = text_of(form, "place").strip()
    if not _WEB.fullmatch(place):
        # A path would read a file of the server's; that is for whoever sits at it.
        raise Fatal(
            "That is no address of a calendar.", "It begins with https:// and usually ends with .ics.", status=422
        )
    return {"address": None, "config": {"place": place}, "secret": ""}


def _read_now(desk: Desk, actor: Actor, box: str) -> str:
    """Read one mailbox, for as long as somebody waits for a page, and return what is said of it. The rest is read by itself."""
    job = Job()
    patience = threading.Timer(_PATIENCE_S, job.stop.set)
    patience.start()
    try:
        told = mailboxes.sync(desk.app, actor.email, actor.door, box[:80] or "-", job)
    finally:
        patience.cancel()
    return "not_read" if any(one["trouble"] for one in told) else "read"
