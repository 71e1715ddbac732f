"""`GET /api/workflow`, `GET /api/deals/{id}/next` and `POST /api/workflow/{id}` for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict

from agents.workflow.record import NextStep, Workflow
from bot import workflow
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment
from bot.app import App

_MEANINGS = {403: "The person in `as` is not known, or may not.", 404: "There is none for this person."}
AsOf = Annotated[Moment | None, Query(description="The moment that it speaks for.")]
RecordId = Annotated[str, Path(min_length=1, max_length=80)]


class Doing(BaseModel):
    """What is said of an asked-for action."""

    model_config = ConfigDict(extra="forbid")

    doing: Literal["done", "drop", "pause", "resume"]


class Did(BaseModel):
    """What came of it: `changed` is false where it stood so already."""

    id: str
    state: str
    changed: bool
    sentence: str


def routes(app: App) -> APIRouter:
    """Return the routes, behind the token."""
    router = guarded_router(app, "workflow", _MEANINGS)

    @router.get("/workflow", response_model=Workflow, summary="What is asked for on open deals")
    async def read(
        overdue: Annotated[bool, Query(description="Only what is late.")] = False,
        mine: Annotated[bool, Query(description="Only what the person in `as` owns.")] = False,
        asker: As = None,
        as_of: AsOf = None,
    ) -> Workflow:
        """Return what the rules of workflow.toml ask for, late or due, each with what started it."""
        wanted = workflow.Wanted(overdue, mine, as_of)
        found = await to_thread.run_sync(lambda: workflow.read_workflow(app, asker, "api", wanted))
        return found.model_copy(update={"due": ()}) if overdue else found

    @router.get("/deals/{deal_id}/next", response_model=NextStep, summary="The next step on a deal")
    async def next_step(deal_id: RecordId, asker: As = None, as_of: AsOf = None) -> NextStep:
        """Return the most useful next thing on an open deal. Every open deal has one."""
        return await to_thread.run_sync(lambda: workflow.next_of(app, asker, "api", deal_id, as_of))

    @router.post("/workflow/{due_id}", response_model=Did, summary="Say that an action is done, dropped or paused")
    async def act(due_id: RecordId, body: Annotated[Doing, Body()], asker: As = None) -> Did:
        """Do it once; the same again changes nothing and says how it stands."""
        done = await to_thread.run_sync(lambda: workflow.act(app, asker, "api", due_id, body.doing))
        return Did(id=due_id, state=done.state, changed=done.changed, sentence=done.sentence)

    return router
