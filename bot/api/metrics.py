"""`GET /api/metrics` for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Query

from agents.metrics.record import Report
from agents.metrics.service import Wanted
from agents.metrics.spans import Asked
from bot import metrics
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App

_MEANINGS = {
    403: "The person in `as` is not known, or one person's figures are asked for by somebody who does not lead them.",
    404: "There is no such team for this person.",
}
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]
Week = Annotated[str | None, Query(pattern=r"^\d{4}-?W\d{2}$", description="An ISO week: 2026-W47.")]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day, inside the window.")]
Days = Annotated[int | None, Query(ge=1, le=3660, description="The last so many days.")]
Team = Annotated[str | None, Query(max_length=120, description="Only the people of this team.")]
Rep = Annotated[str | None, Query(max_length=320, description="Only this person, by mail address.")]
By = Annotated[Literal["team", "rep"] | None, Query(description="Tell each team or person besides.")]
Key = Annotated[list[str] | None, Query(description="Only these metrics, by their keys.")]


def routes(app: App) -> APIRouter:
    """Return the route, behind the token."""
    router = guarded_router(app, "metrics", _MEANINGS)

    @router.get("/metrics", response_model=Report, summary="The metrics of selling")
    async def read(
        week: Week = None,
        first: Annotated[Day, Query(alias="from")] = None,
        last: Annotated[Day, Query(alias="to")] = None,
        days: Days = None,
        team: Team = None,
        rep: Rep = None,
        by: By = None,
        key: Key = None,
        asker: As = None,
        as_of: AsOf = None,
    ) -> Report:
        """Return every metric of the last complete week and the quarter to date, or of the window that is asked for, with twelve weeks' trend.

        One person's figures are told only to them and to whoever leads them, named in `as`; docs/metrics.md defines each metric.
        """
        wanted = Wanted(Asked(week, first, last, days), team, None, by, tuple(key) if key else None)
        return await to_thread.run_sync(lambda: metrics.report(app, asker, "api", wanted, as_of=as_of, rep=rep))

    return router
