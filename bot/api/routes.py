"""`/api` for programs: ask, search, import."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from agents.answer import Answer
from bot import operations, tending
from bot.api.guarded import guarded_router
from bot.api.shapes import AskBody, ImportResult, Passages, ProblemBody, SearchBody
from bot.app import App
from bot.jobs import Job
from infra.errors import Fatal

_MOST_FILES = 2_000
_CHUNK = 1_048_576
_MEANINGS = {
    413: "The body is too large.",
    422: "The body is not of this shape.",
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    403: {"model": ProblemBody, "description": "The person in `as` is not known."}
}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}},
                    },
                }
            }
        },
    }
}


def routes(app: App) -> APIRouter:
    """Return the routes of the API, all of them behind the token."""
    router = guarded_router(app, "api", _MEANINGS)

    @router.post("/ask", response_model=Answer, summary="Ask a question")
    async def ask(body: Annotated[AskBody, Body()]) -> Response:
        """Answer a question with evidence. Somebody unknown in `as` gets an answer of the kind `refused`."""
        answer = await to_thread.run_sync(operations.ask, app, body, "api", Job())
        return Response(answer.written(), media_type="application/json")

    @router.post("/search", response_model=Passages, responses=_REFUSED, summary="Find passages")
    async def search(body: Annotated[SearchBody, Body()]) -> Passages:
        """Return the passages that fit best, with their exact place in the source."""
        return await to_thread.run_sync(operations.search, app, body, "api")

    @router.post("/import", response_model=ImportResult, openapi_extra=_UPLOAD, summary="Import files")
    async def import_files(request: Request) -> ImportResult:
        """Import files of any kind that `dealwright import` takes. What can't be read is kept aside; the rest goes in.

        A form field `map` may hold a column map in TOML, as for `dealwright import --map`; one that can't be used is answered with 422.
        """
        form = await request.form(max_files=_MOST_FILES, max_fields=20, max_part_size=_CHUNK)
        try:
            with tempfile.TemporaryDirectory(prefix="dealwright-upload-") as folder:
                paths = await to_thread.run_sync(_store, form, Path(folder))
                column_map = await _column_map(form)
                return await to_thread.run_sync(tending.import_files, app, paths, column_map, Job())
        finally:
            await form.close()

    return router


async def _column_map(form: FormData) -> str | None:
    given = form.get("map")
    if isinstance(given, UploadFile):
        try:
            return (await given.read(_CHUNK)).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Fatal(
                "The column map is not text in UTF-8.", "Save it as UTF-8 and send it again.", status=422
            ) from error
    return given or None


def _store(form: FormData, folder: Path) -> list[Path]:
    """Write the uploads below `folder`, each under the name that it was given, and return their paths."""
    paths = []
    uploads = [value for name, value in form.multi_items() if isinstance(value, UploadFile) and name != "map"]
    for number, upload in enumerate(uploads):
        # A folder for each file: two may have the same name, and a report calls a file by its own name.
        path = folder / str(number) / _safe_name(upload.filename)
        path.parent.mkdir()
        with path.open("wb") as target:
            while chunk := upload.file.read(_CHUNK):
                target.write(chunk)
        paths.append(path)
    if not paths:
        raise HTTPException(422)
    return paths


def _safe_name(given: str | None) -> str:
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable()).strip().lstrip(".")
    encoded = name.encode("utf-8", "ignore")
    while len(encoded) > 200:
        name = name[1:]
        encoded = name.encode("utf-8", "ignore")
    return encoded.decode() or "upload"
