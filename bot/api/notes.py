"""`GET /api/notes/{call}` for programs."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Security
from fastapi.security import HTTPBearer

from agents.notes.record import CallNotes
from bot import notes
from bot.api.guard import bearer_is, guarded_route
from bot.api.routes import token_of
from bot.api.shapes import Moment, Name, ProblemBody
from bot.app import App

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": meaning}
    for status, meaning in {
        401: "No valid token, or none is set up.",
        403: "The person in `as` is not known.",
        404: "There is no such call.",
        422: "The request is not of this shape.",
        500: "Something went wrong on our side.",
        503: "It may work later.",
    }.items()
}
CallId = Annotated[str, Path(min_length=1, max_length=200, description="Id of the call or meeting.")]
As = Annotated[Name | None, Query(alias="as", description="Mail address of a person: only what they may see.")]
AsOf = Annotated[Moment | None, Query(description="Only a call that was held by then.")]


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = APIRouter(
        prefix="/api",
        tags=["calls"],
        route_class=guarded_route(lambda request: bearer_is(request, token_of(app))),
        responses=_PROBLEMS,
        dependencies=[Security(HTTPBearer(auto_error=False, description="DEALWRIGHT_API_TOKEN"))],
    )

    @router.get("/notes/{call:path}", response_model=CallNotes, summary="The notes of a call")
    async def notes_of(call: CallId, asker: As = None, as_of: AsOf = None) -> CallNotes:
        """Return the notes of a call: summary, next steps, objections and the rest, each with the words that it rests on."""
        return await to_thread.run_sync(lambda: notes.read_notes(app, asker, "api", call, as_of))

    return router
