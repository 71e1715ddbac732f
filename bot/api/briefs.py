"""`GET /api/brief` for programs."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Security
from fastapi.security import HTTPBearer

from agents.brief.record import Brief
from bot import briefs
from bot.api.guard import bearer_is, guarded_route
from bot.api.routes import token_of
from bot.api.shapes import Moment, Name, ProblemBody
from bot.app import App

As = Annotated[Name | None, Query(alias="as", description="Mail address of a person: only what they may see.")]
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": meaning}
    for status, meaning in {
        401: "No valid token, or none is set up.",
        403: "The person in `as` is not known.",
        404: "There is no such account, or it may not be seen.",
        409: "Several accounts fit the name; they are told.",
        422: "The request is not of this shape.",
        500: "Something went wrong on our side.",
        503: "It may work later.",
    }.items()
}


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = APIRouter(
        prefix="/api",
        tags=["briefs"],
        route_class=guarded_route(lambda request: bearer_is(request, token_of(app))),
        responses=_PROBLEMS,
        dependencies=[Security(HTTPBearer(auto_error=False, description="DEALWRIGHT_API_TOKEN"))],
    )

    @router.get("/brief", response_model=Brief, summary="The brief before a call")
    async def brief(
        account: Annotated[Name, Query(description="The account: its id or its name.")],
        asker: As = None,
        deal: Annotated[Name | None, Query(description="Lead with this deal: its id.")] = None,
        meeting: Annotated[Name | None, Query(description="The meeting that says who comes: its id.")] = None,
        as_of: Annotated[Moment | None, Query(description="The moment that it speaks for.")] = None,
    ) -> Brief:
        """Return what to know, to ask and to ask for, each line with its evidence."""
        wanted = briefs.Wanted(account, deal, meeting, as_of)
        return await to_thread.run_sync(lambda: briefs.make_brief(app, wanted, asker, "api"))

    return router
