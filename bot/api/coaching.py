"""`GET /api/objections` and `GET /api/scorecards/{call}` for programs."""

from __future__ import annotations

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from agents.coaching.record import Scorecard
from agents.objections.record import Library
from bot import coaching, objections
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App

_MEANINGS = {
    403: "The person in `as` is not known, or nobody is named where somebody has to be.",
    404: "There is none for this person.",
}
CallId = Annotated[str, Path(min_length=1, max_length=200, description="Id of the call or meeting.")]
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day, inside the window.")]
Topic = Annotated[str | None, Query(max_length=120, description='A topic\'s key, or what buyers say: "too expensive".')]


class Scorecards(BaseModel):
    """The scorecards of one call that a person may see."""

    scorecards: tuple[Scorecard, ...]


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "calls", _MEANINGS)

    @router.get("/objections", response_model=Library, summary="The objection library")
    async def library(
        since: Day = None, until: Day = None, topic: Topic = None, asker: As = None, as_of: AsOf = None
    ) -> Library:
        """Return the objections of a window by topic with what came of them, quotes, and for one topic the answers that were given."""
        wanted = objections.Wanted(since, until, topic, as_of)
        return await to_thread.run_sync(lambda: objections.read_library(app, asker, "api", wanted))

    @router.get("/scorecards/{call:path}", response_model=Scorecards, summary="How a call was led")
    async def scorecards_of(call: CallId, asker: As = None) -> Scorecards:
        """Return the scorecards of a call that the person in `as` may see: their own, and those of people who report to them. Without `as` it is refused."""
        found = await to_thread.run_sync(lambda: coaching.scorecards_of(app, asker, "api", call))
        return Scorecards(scorecards=found)

    return router
