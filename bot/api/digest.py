"""`GET /api/digest` for programs."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query

from agents.digest.record import Digest
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment, Name
from bot.app import App
from bot.digest import read_digest
from bot.digest_wanted import Wanted

_MEANINGS = {
    403: "The person in `as` is not known, or may not see all that was asked for.",
    404: "There is no such review for this person.",
}


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = guarded_router(app, "reviews", _MEANINGS)

    @router.get("/digest", response_model=Digest, summary="The weekly deal review")
    async def digest(
        week: Annotated[str | None, Query(max_length=12, description="The week: 2026-W47.")] = None,
        team: Annotated[Name | None, Query(description="A team's review, by its name.")] = None,
        asker: As = None,
        as_of: Annotated[Moment | None, Query(description="The moment that it speaks for.")] = None,
    ) -> Digest:
        """Return the review of a week: without `as` and `team` the whole company's, with `as` that person's own, their people's or the company's."""
        wanted = Wanted(week, team, as_of=as_of)
        return await to_thread.run_sync(lambda: read_digest(app, asker, "api", wanted))

    return router
