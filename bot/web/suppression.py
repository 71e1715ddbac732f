"""The suppression list in the browser: searching it, putting people and domains on it and taking them off, and CSV both ways. For admins."""

from __future__ import annotations

from typing import Any, get_args

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from bot import guarding
from bot.web.gate import gated_route, read_form, text_of
from bot.web.imports import admin_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import HEADERS, Desk
from infra.errors import Fatal
from sales.suppression import Reason

WORDS = {
    "opt_out": "asked not to be written to",
    "complaint": "reported us as spam",
    "legal_hold": "legal hold",
    "do_not_contact": "do not contact",
    "bounce": "can’t be reached",
    "customer": "customer",
    "by_hand": "put on by hand",
}
_SAID = {
    "added": "They are on the list; their sequences have stopped.",
    "unchanged": "They were on the list already.",
    "removed": "Taken off the list.",
    "stays": "That reason is taken off. Another one keeps them on the list.",
}
_SHOWN = 200
_LARGEST = 20_000_000
_REFUSED_SHOWN = 200


def suppression_routes(desk: Desk) -> APIRouter:
    """Return the routes of the suppression list."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/sending/suppression")
    async def entries(request: Request) -> Response:
        admin_of(request)
        return await to_thread.run_sync(_page, desk, request)

    @router.get("/sending/suppression.csv")
    async def export(request: Request) -> Response:
        admin_of(request)
        text = await to_thread.run_sync(guarding.export_list, desk.app)
        disposition = {"Content-Disposition": 'attachment; filename="suppression.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=HEADERS | disposition)

    @router.post("/sending/suppression")
    async def change(request: Request) -> Response:
        admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_changed, desk, actor_of(request), form)

    @router.post("/sending/suppression/import")
    async def take(request: Request) -> Response:
        admin_of(request)
        form = await read_form(desk, request, max_files=1)
        try:
            actor, reason, raw = actor_of(request), text_of(form, "reason"), await _uploaded(form)
        finally:
            await form.close()
        return await to_thread.run_sync(_imported, desk, request, actor, raw, reason)

    return router


async def _uploaded(form: FormData) -> bytes:
    given = form.get("file")
    if not isinstance(given, UploadFile) or not given.filename:
        raise Fatal("There is no file in that.", "Choose a CSV file with a column email or domain.", status=422)
    raw = await given.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise Fatal("That list is too large.", "Split it into files of at most 20 MB.", status=413)
    return raw


def _page(desk: Desk, request: Request, told: dict[str, Any] | None = None) -> Response:
    words = request.query_params.get("q", "")[:320]
    found = guarding.listed(desk.app, words)
    return outreach_page(
        desk,
        request,
        "suppression.html",
        said=_SAID,
        entries=found[:_SHOWN],
        total=len(found),
        most=_SHOWN,
        words=words,
        reasons=[(one, WORDS[one]) for one in get_args(Reason)],
        reason_words=WORDS,
        imported=told,
        refused_shown=_REFUSED_SHOWN,
    )


def _changed(desk: Desk, actor: Actor, form: FormData) -> Response:
    if text_of(form, "do") == "remove":
        reason, value = text_of(form, "reason")[:500], text_of(form, "value")
        if not reason.strip():
            raise Fatal("A reason is needed to take somebody off the list.", "Go back and say why.", status=422)
        told = guarding.unsuppress(desk.app, value, reason=reason, user_id=actor.user_id, surface=actor.door)
        return after_press("/sending/suppression", "stays" if told["stays"] else "removed", q=text_of(form, "q")[:320])
    values = text_of(form, "values").replace(",", " ").replace(";", " ").split()
    if not values:
        raise Fatal("There is no address in that.", "Write mail addresses or domains, one a line.", status=422)
    told = guarding.suppress(
        desk.app,
        values,
        reason=text_of(form, "reason"),
        note=text_of(form, "note").strip()[:500] or None,
        until=text_of(form, "until") or None,
        user_id=actor.user_id,
        surface=actor.door,
    )
    return after_press("/sending/suppression", "added" if told["changed"] else "unchanged")


def _imported(desk: Desk, request: Request, actor: Actor, raw: bytes, reason: str) -> Response:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fatal("The list can't be read.", "It must be a CSV file in UTF-8.", status=422) from error
    told = guarding.import_list(desk.app, text, reason=reason, user_id=actor.user_id, surface=actor.door)
    return _page(desk, request, told)
