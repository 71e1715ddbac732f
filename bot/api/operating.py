"""`GET /api/operating` and the decisions of the operating review for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from agents.operating.record import AreaKey, Operating
from bot import operating
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App

_MEANINGS = {403: "The person in `as` is not known, or may not.", 404: "There is none for this person.", 409: "It can't be done as things stand."}  # fmt: skip
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]


class Deciding(BaseModel):
    """A decision on one record. `to` is the new owner's id where the owner changes."""

    model_config = ConfigDict(extra="forbid")

    area: AreaKey
    choice: str = Field(min_length=1, max_length=12)
    item: str = Field(min_length=1, max_length=200)
    to: str | None = Field(None, max_length=80)


class Settling(BaseModel):
    """What becomes of a proposed change."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["adopt", "refuse"]


class Settled(BaseModel):
    """What came of it: `changed` is false where it was decided before."""

    changed: bool
    sentence: str
    proposal: str | None = None


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "operating", _MEANINGS)

    @router.get("/operating", response_model=Operating, summary="The operating review")
    async def read(
        team: Annotated[str | None, Query(max_length=80, description="Of one team.")] = None,
        mine: Annotated[bool, Query(description="Only what the person in `as` owns.")] = False,
        asker: As = None,
        as_of: AsOf = None,
    ) -> Operating:
        """Return what waits for a decision, area by area, and the one change that the figures argue for."""
        wanted = operating.Wanted(team, mine, as_of)
        return await to_thread.run_sync(lambda: operating.read_operating(app, asker, "api", wanted))

    @router.post("/operating", response_model=Settled, summary="Decide on a record")
    async def decide(body: Annotated[Deciding, Body()], asker: As = None) -> Settled:
        """Decide once; the same again changes nothing and says so."""
        told = await to_thread.run_sync(
            lambda: operating.decide(app, asker, "api", body.area, body.choice, body.item, body.to)
        )
        return Settled(changed=told.changed, sentence=told.sentence, proposal=told.proposal_id)

    @router.post("/operating/changes/{change_id}", response_model=Settled, summary="Adopt or refuse the change")
    async def settle(
        change_id: Annotated[str, Path(min_length=1, max_length=60)],
        body: Annotated[Settling, Body()],
        asker: As = None,
    ) -> Settled:
        """Adopting writes a new version of the rule file that it belongs to, or puts a task forward."""
        told = await to_thread.run_sync(
            lambda: operating.settle_change(app, asker, "api", change_id, body.decision == "adopt")
        )
        return Settled(changed=told.changed, sentence=told.sentence)

    return router
