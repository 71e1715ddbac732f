"""`GET /api/brief` for programs."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query

from agents.brief.record import Brief
from bot import briefs
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment, Name
from bot.app import App

_MEANINGS = {
    403: "The person in `as` is not known.",
    404: "There is no such account, or it may not be seen.",
    409: "Several accounts fit the name; they are told.",
}


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = guarded_router(app, "briefs", _MEANINGS)

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
