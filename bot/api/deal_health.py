"""`GET /api/deals/health` for programs: how deals stand."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query

from agents.health.record import Health
from bot import health
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment, Name
from bot.app import App

_MEANINGS = {
    403: "The person in `as` is not known.",
    404: "There is no such deal, or it may not be seen.",
    409: "Several names fit, or the deal is not open.",
}
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "deals", _MEANINGS)

    @router.get("/deals/health", response_model=list[Health], summary="How deals stand")
    async def of_deals(
        asker: As = None,
        deal: Annotated[
            Name | None, Query(description="One deal, by id or name; an account's open deals by its name.")
        ] = None,
        band: Annotated[
            Literal["healthy", "watch", "at_risk", "unknown"] | None, Query(description="Only this band.")
        ] = None,
        as_of: AsOf = None,
    ) -> list[Health]:
        """Return score, band, reasons with their evidence, trend and the one thing to do: of one deal, or of all open ones, the worst first."""
        if deal is None:
            return await to_thread.run_sync(lambda: health.list_healths(app, asker, "api", band, as_of))
        found = await to_thread.run_sync(lambda: health.read_healths(app, asker, "api", deal, as_of))
        return [one for one in found if band in (None, one.band)]

    return router
