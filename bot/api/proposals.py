"""`/api/proposals` for programs: list, show, decide."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from agents.proposals.record import ProposalOut
from agents.proposals.request import Result
from bot import proposals
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment, Name, ProblemBody
from bot.app import App
from bot.moments import read_moment
from sales.proposal import Action, State

_STATUS = {"stale": 409, "denied": 403, "not_found": 404}


class ProposalsOut(BaseModel):
    """Proposals, the newest first."""

    proposals: list[ProposalOut]


class DecisionBody(BaseModel):
    """A decision on one version. Without `as` it is an admin's."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    action: Action = Field(
        description="`undo` takes an approval back before its effect; `sent` and `resend` settle an unknown outcome."
    )
    version: int = Field(ge=1, le=1_000_000, description="The version that was seen: a decision binds to it.")
    hash: str | None = Field(None, max_length=64, description="The hash of that version, to be safe.")
    asker: Name | None = Field(None, alias="as", description="Mail address of whoever decides.")
    edit: dict[str, Any] | None = Field(
        None,
        description='For an edit: the fields that change (subject, body, to, to_name; of a task title, due, note). For an approval: {"send": "now"}; of a call\'s card also {"ticked": [ids of lines]}, without which those ticked beforehand count.',
    )
    until: Moment | None = Field(None, description="When a snooze ends, or when an approved mail goes.")
    reason: str | None = Field(None, max_length=2_000, description="Why, for a rejection.")


class Decided(BaseModel):
    """What came of a decision; `version` and `hash` are those that stand now."""

    outcome: Result
    state: str = Field(description="State of the proposal; empty where nothing may be told.")
    effect_id: str | None
    version: int
    hash: str
    sentence: str = Field(description="For a person.")


_MEANINGS = {
    403: "The person in `as` is not known.",
    422: "The request is not of this shape, or can't be right.",
}
_GONE: dict[int | str, dict[str, Any]] = {404: {"model": ProblemBody, "description": "There is no such proposal."}}
_DECIDED: dict[int | str, dict[str, Any]] = {
    403: {"model": Decided | ProblemBody, "description": "The person in `as` may not decide on it, or is not known."},
    404: {"model": Decided, "description": "There is no such proposal."},
    409: {"model": Decided, "description": "It was decided on another version than the present one, which is told."},
    413: {"model": ProblemBody, "description": "The body is too large."},
}


def routes(app: App) -> APIRouter:
    """Return the routes, all of them behind the token."""
    router = guarded_router(app, "proposals", _MEANINGS, prefix="/api/proposals")

    @router.get("", response_model=ProposalsOut, summary="List proposals")
    async def list_proposals(
        asker: As = None,
        state: Annotated[list[State] | None, Query(description="Only in these states.")] = None,
        owner: Annotated[Name | None, Query(description="Only of this owner: a mail address.")] = None,
        account: Annotated[Name | None, Query(description="Only of this account: its id.")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> ProposalsOut:
        """Return proposals, the newest first."""
        found = await to_thread.run_sync(
            lambda: proposals.list_proposals(
                app, asker, "api", states=state or (), owner=owner, account=account, limit=limit
            )
        )
        return ProposalsOut(proposals=found)

    @router.get("/{proposal}", response_model=ProposalOut, responses=_GONE, summary="Show a proposal")
    async def show(proposal: Name, asker: As = None) -> ProposalOut:
        """Return one proposal as it stands now."""
        return await to_thread.run_sync(lambda: proposals.show_proposal(app, asker, "api", proposal))

    @router.post("/{proposal}/decide", response_model=Decided, responses=_DECIDED, summary="Decide on a proposal")
    async def decide(proposal: Name, body: Annotated[DecisionBody, Body()]) -> JSONResponse:
        """Approve, edit, snooze, reject, undo, or settle an unknown outcome. The same again has no second effect."""
        until = read_moment(body.until, app.settings.zone) if body.until else None
        wish = proposals.Wish(body.action, body.version, body.hash, body.edit, until, body.reason)
        outcome = await to_thread.run_sync(lambda: proposals.decide_proposal(app, body.asker, "api", proposal, wish))
        return JSONResponse(asdict(outcome), _STATUS.get(outcome.outcome, 200))

    return router
