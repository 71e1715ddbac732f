"""`GET /api/pipeline` and `GET /api/likelihood` for programs."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query
from pydantic import BaseModel

from agents.likelihood.record import LikelihoodReport
from agents.pipeline.record import Conversion, Forecast, Movement, Pattern
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App
from bot.pipeline import Wanted, read_likelihoods, read_pipeline

_MEANINGS = {
    403: "The person in `as` is not known.",
    404: "There is no team of that name whose deals the person in `as` may all see.",
}
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]
Week = Annotated[str | None, Query(pattern=r"^\d{4}-?[Ww]\d{1,2}$", description="An ISO week: 2026-W47.")]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day, inside the window.")]
Team = Annotated[str | None, Query(max_length=120, description="One team's deals alone.")]
Mine = Annotated[bool, Query(description="The deals of the person in `as` alone.")]


class PipelineTold(BaseModel):
    """The pipeline over a window, as of a moment."""

    as_of: str
    about: str | None
    movement: Movement
    forecast: Forecast
    conversion: Conversion
    patterns: tuple[Pattern, ...]


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "pipeline", _MEANINGS)

    @router.get("/pipeline", response_model=PipelineTold, summary="What moved, the forecast, conversion and patterns")
    async def pipeline(
        week: Week = None,
        since: Day = None,
        until: Day = None,
        team: Team = None,
        mine: Mine = False,
        asker: As = None,
        as_of: AsOf = None,
    ) -> PipelineTold:
        """Return the pipeline of a week, of the days from `since` to `until`, or of the seven days up to `as_of`."""
        wanted = Wanted(week, since, until, team, mine, as_of)
        told = await to_thread.run_sync(lambda: read_pipeline(app, asker, "api", wanted))
        return PipelineTold.model_validate(told)

    @router.get("/likelihood", response_model=LikelihoodReport, summary="What likelihoods rest on")
    async def likelihood(asker: As = None, as_of: AsOf = None) -> LikelihoodReport:
        """Return the method in force, its sample, how it did on past quarters against the plain win rate, and its calibration."""
        told = await to_thread.run_sync(lambda: read_likelihoods(app, asker, "api", as_of))
        return LikelihoodReport.model_validate(told)

    return router
