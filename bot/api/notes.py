"""`GET /api/notes/{call}` for programs."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query

from agents.notes.record import CallNotes
from bot import notes
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App

_MEANINGS = {
    403: "The person in `as` is not known.",
    404: "There is no such call.",
}
CallId = Annotated[str, Path(min_length=1, max_length=200, description="Id of the call or meeting.")]
AsOf = Annotated[Moment | None, Query(description="Only a call that was held by then.")]


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = guarded_router(app, "calls", _MEANINGS)

    @router.get("/notes/{call:path}", response_model=CallNotes, summary="The notes of a call")
    async def notes_of(call: CallId, asker: As = None, as_of: AsOf = None) -> CallNotes:
        """Return the notes of a call: summary, next steps, objections and the rest, each with the words that it rests on."""
        return await to_thread.run_sync(lambda: notes.read_notes(app, asker, "api", call, as_of))

    return router
