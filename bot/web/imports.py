"""Importing files in the browser: drop them, see what each column is taken for, import, and look at what was kept aside. For admins."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile

from bot import tending
from bot.jobs import Job
from bot.web.answering import talks
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, read_form, text_of, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.underway import Running, Underway
from bot.web.uploads import Uploads, column_map
from infra.errors import Denied
from sales.fields import FIELDS
from sales.records import RecordKind

_MOST_FILES = 2_000
KINDS = tuple(kind.value for kind in RecordKind)


def import_routes(desk: Desk, underway: Underway) -> APIRouter:
    """Return the routes of the import pages."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)
    uploads = Uploads(desk.app.settings.home)

    @router.get("/import")
    async def start(request: Request) -> Response:
        visitor = admin_of(request)
        running = underway.about(visitor.mark, "import")
        return await to_thread.run_sync(_start_page, desk, request, running)

    @router.post("/import/files")
    async def upload(request: Request) -> Response:
        visitor = admin_of(request)
        form = await read_form(desk, request, max_files=_MOST_FILES)
        try:
            dropped = [
                one
                for name, one in form.multi_items()
                if name == "files" and isinstance(one, UploadFile) and one.filename
            ]
            batch = await to_thread.run_sync(uploads.keep, visitor.mark, dropped)
        finally:
            await form.close()
        return (
            JSONResponse({"url": f"/import/{batch}"}, headers=HEADERS)
            if wants_data(request)
            else RedirectResponse(f"/import/{batch}", 303, headers=HEADERS)
        )

    @router.get("/import/{batch}")
    async def look(request: Request, batch: str) -> Response:
        admin_of(request)
        return await to_thread.run_sync(_preview_page, desk, uploads, request, batch)

    @router.post("/import/{batch}")
    async def run(request: Request, batch: str) -> Response:
        visitor = admin_of(request)
        form = await read_form(desk, request)
        if not uploads.files(visitor.mark, batch):
            raise NotHere
        chosen = column_map(_chosen(form))
        if wants_data(request):
            running = underway.start(
                visitor.mark,
                lambda job: _imported(desk, uploads, visitor, batch, chosen, job),
                about="import",
                patient=True,
            )
            return JSONResponse(_places(running), 202, headers=HEADERS)
        told = await to_thread.run_sync(_imported, desk, uploads, visitor, batch, chosen, Job())
        return await to_thread.run_sync(_result_page, desk, request, told)

    @router.post("/joins")
    async def decide(request: Request) -> Response:
        visitor = admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_decided, desk, request, visitor, form)

    return router


def admin_of(request: Request) -> Visitor:
    """Return the visitor. Raises Denied where it is no admin."""
    visitor = visitor_of(request)
    if not visitor.is_admin:
        raise Denied("This page is for admins.", "Ask your Dealwright admin.")
    return visitor


def _places(running: Running) -> dict[str, str]:
    return {"id": running.id, "events": f"/asks/{running.id}/events", "stop": f"/asks/{running.id}/stop"}


def _start_page(desk: Desk, request: Request, running: Running | None) -> Response:
    visitor = visitor_of(request)
    return desk.page(
        request,
        "import.html",
        visitor,
        offers=tending.join_offers(desk.app),
        running=_places(running) if running else None,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _preview_page(desk: Desk, uploads: Uploads, request: Request, batch: str) -> Response:
    visitor = visitor_of(request)
    paths = uploads.files(visitor.mark, batch)
    if not paths:
        raise NotHere
    files = tending.preview_files(desk.app, paths, None)
    kinds = {number: request.query_params.get(f"kind|{number}", "") for number in range(1, len(files) + 1)}
    if any(kind in KINDS for kind in kinds.values()):
        # Other rows have other fields: what each column is taken for is told anew.
        told: dict[str, tuple[str, dict[str, str]]] = {
            file["file"]: (kinds[number], {}) for number, file in enumerate(files, 1) if kinds[number] in KINDS
        }
        files = tending.preview_files(desk.app, paths, column_map(told))
    fields = {kind.value: [(one.key, one.label) for one in told] for kind, told in FIELDS.items()}
    return desk.page(
        request,
        "import_preview.html",
        visitor,
        files=files,
        batch=batch,
        kinds=KINDS,
        fields=fields,
        size=sum(path.stat().st_size for path in paths),
        talks=talks(desk, visitor),
        conversation=None,
    )


def _chosen(form: FormData) -> dict[str, tuple[str, dict[str, str]]]:
    """Return the kind of each file's rows, and the columns that differ from what was recognised.

    Fields are named `column|file number|header`, beside `was|…` with what was recognised.
    """
    names = {
        key.removeprefix("file|"): value
        for key, value in form.items()
        if key.startswith("file|") and isinstance(value, str)
    }
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for key, value in form.items():
        what, _, rest = key.partition("|")
        number, _, header = rest.partition("|")
        if what == "column" and number in names and isinstance(value, str) and value != text_of(form, f"was|{rest}"):
            columns[number][header] = value
    return {name: (text_of(form, f"kind|{number}"), columns[number]) for number, name in names.items()}


def _imported(
    desk: Desk, uploads: Uploads, visitor: Visitor, batch: str, chosen: str | None, job: Job
) -> dict[str, Any]:
    paths = uploads.files(visitor.mark, batch)
    result = tending.import_files(desk.app, paths, chosen, job)
    if not result.stopped:
        uploads.forget(visitor.mark, batch)
    html = desk.fragment(
        "import_result.html",
        result=result,
        offers=tending.join_offers(desk.app),
        batch=batch,
        form_token=desk.seats.form_token(visitor.seat),
    )
    return {"html": str(html), "finished": not result.stopped}


def _result_page(desk: Desk, request: Request, told: dict[str, Any]) -> Response:
    from markupsafe import Markup

    visitor = visitor_of(request)
    # The fragment was rendered from a template, which escapes.
    body = Markup(told["html"])  # noqa: S704
    return desk.page(request, "import_done.html", visitor, body=body, talks=talks(desk, visitor), conversation=None)


def _decided(desk: Desk, request: Request, visitor: Visitor, form: FormData) -> Response:
    join = text_of(form, "decision") == "join"
    by = visitor.email or visitor.user_id
    tending.decide_join(
        desk.app, text_of(form, "kind"), text_of(form, "left"), text_of(form, "right"), join=join, by=by
    )
    if wants_data(request):
        return JSONResponse({"joined": join}, headers=HEADERS)
    return RedirectResponse("/import#joins", 303, headers=HEADERS)
