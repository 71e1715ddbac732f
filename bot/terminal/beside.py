"""The server's end of `bot.terminal.link`: does the command line's operations, telling progress as lines of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, Request
from fastapi.responses import StreamingResponse

from bot.api.guard import bearer_is, guarded_route
from bot.app import App
from bot.jobs import Job
from bot.terminal.operations import perform
from infra.errors import DealwrightError, new_reference, trouble
from infra.logs import logger

_LOG = logger("terminal")
_HEARTBEAT_S = 1.0
_Event = dict[str, Any] | None


def routes(app: App) -> APIRouter:
    """Return `POST /owner/{operation}`, for whoever can read the owner's secret file: the person whose home it is."""
    router = APIRouter(
        prefix="/owner",
        include_in_schema=False,
        route_class=guarded_route(lambda request: bearer_is(request, app.owner_token)),
    )

    @router.post("/{operation}")
    async def operate(request: Request, operation: str, body: Annotated[dict[str, Any], Body()]) -> StreamingResponse:
        return StreamingResponse(_stream(app, operation, body), media_type="application/x-ndjson")

    return router


async def _stream(app: App, operation: str, body: dict[str, Any]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[_Event] = asyncio.Queue()
    job = Job(say=lambda line: _tell(loop, events, {"say": line}))

    def work() -> None:
        _tell(loop, events, _outcome(app, operation, body, job))
        _tell(loop, events, None)

    app.jobs.add(job)
    working = asyncio.ensure_future(to_thread.run_sync(work))
    try:
        while True:
            try:
                event = await asyncio.wait_for(events.get(), _HEARTBEAT_S)
            except TimeoutError:
                # A blank line keeps the other end waiting, and finds out whether it still does.
                yield b"\n"
                continue
            if event is None:
                break
            yield json.dumps(event).encode() + b"\n"
        await working
    finally:
        job.stop.set()
        app.jobs.discard(job)


def _tell(loop: asyncio.AbstractEventLoop, events: asyncio.Queue[_Event], event: _Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(events.put_nowait, event)


def _outcome(app: App, operation: str, body: dict[str, Any], job: Job) -> dict[str, Any]:
    # The edge of a thread: whatever failed must reach the person who waits, as a fixed sentence.
    try:
        return {"result": perform(app, operation, body, job)}
    except Exception as error:  # noqa: BLE001
        reference = new_reference()
        app.telemetry.errors.labels(type(error).__name__ if isinstance(error, DealwrightError) else "Unexpected").inc()
        _LOG.error("failed", operation=operation, reference=reference, exc_info=error)
        told = trouble(error, reference)
        status = error.status if isinstance(error, DealwrightError) else 500
        return {
            "error": {"sentence": told.sentence, "next_step": told.next_step, "reference": reference, "status": status}
        }
