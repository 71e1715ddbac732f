"""What the routes for programs stand behind: the API's token, and what each of them may answer besides what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Security
from fastapi.security import HTTPBearer

from bot.api.guard import bearer_is, guarded_route
from bot.api.shapes import Name, ProblemBody
from bot.app import App

As = Annotated[Name | None, Query(alias="as", description="Mail address of a person: only what they may see.")]
"""Who asks, in the address."""

_ALWAYS = {
    400: "The body can't be read.",
    401: "No valid token, or none is set up.",
    422: "The request is not of this shape.",
    500: "Something went wrong on our side.",
    503: "It may work later.",
}


def token_of(app: App) -> str | None:
    """Return the API token that is set up."""
    return app.settings.api_token.get_secret_value() if app.settings.api_token else None


def problems(meanings: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return how problems are described, by their status."""
    return {status: {"model": ProblemBody, "description": meanings[status]} for status in sorted(meanings)}


def guarded_router(app: App, tag: str, meanings: Mapping[int, str], *, prefix: str = "/api") -> APIRouter:
    """Return a router whose routes are all behind the token. `meanings` say what a status means there, besides what it always does."""
    return APIRouter(
        prefix=prefix,
        tags=[tag],
        route_class=guarded_route(lambda request: bearer_is(request, token_of(app))),
        responses=problems({**_ALWAYS, **meanings}),
        dependencies=[Security(HTTPBearer(auto_error=False, description="DEALWRIGHT_API_TOKEN"))],
    )
