"""`/api/signals` and `/api/feed` for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from bot import signals
from bot.api.guarded import As, guarded_router
from bot.api.shapes import Moment, Name, ProblemBody
from bot.app import App
from bot.moments import read_moment

State = Literal["new", "judged", "drafted", "handed_over", "nurtured", "skipped", "review", "expired"]


class SignalOut(BaseModel):
    """A signal as it stands now. `rank` is strength × freshness × fit, each from 0 to 1; `fit` is null where it is unknown."""

    id: str
    kind: str
    state: State
    headline: str
    company: str | None
    account: str | None = Field(description="Id of the account.")
    person: str | None
    person_email: str | None
    contact: str | None = Field(description="Id of the contact.")
    title: str | None
    url: str | None
    owner: str | None = Field(description="Mail address of whoever it is for.")
    rank: float
    strength: float
    freshness: float
    fit: float | None
    late: bool
    reasons: list[str]
    risks: list[str]
    missing: list[str]
    occurred_at: datetime
    received_at: datetime
    expires_at: datetime | None
    revisit_at: datetime | None
    proposal: str | None = Field(description="Id of the draft that waits for a decision.")


class SignalsOut(BaseModel):
    """Signals, in their order."""

    signals: list[SignalOut]


class SignalDecision(BaseModel):
    """What a person decides about a signal that asks them."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    decision: Literal["pursue", "nurture", "skip"]
    asker: Name | None = Field(None, alias="as", description="Mail address of whoever decides.")
    until: Moment | None = Field(None, description="When to come back to it; needed for nurture.")
    reason: str | None = Field(None, max_length=400)


_MEANINGS = {
    400: "That can't be done.",
    403: "The person in `as` is not known.",
}
_GONE: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemBody, "description": "There is no such signal."},
    409: {"model": ProblemBody, "description": "It is decided already, or nobody may be written to."},
    413: {"model": ProblemBody, "description": "The body is too large."},
}


def routes(app: App) -> APIRouter:
    """Return the routes, all of them behind the token."""
    router = guarded_router(app, "signals", _MEANINGS)

    @router.get("/signals", response_model=SignalsOut, summary="List signals")
    async def list_signals(
        asker: As = None,
        state: Annotated[list[State] | None, Query(description="Only in these states.")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> SignalsOut:
        """Return signals, the newest first."""
        found = await to_thread.run_sync(
            lambda: signals.list_signals(app, asker, "api", states=state or (), limit=limit)
        )
        return SignalsOut(signals=[SignalOut.model_validate(one.public()) for one in found])

    @router.get("/feed", response_model=SignalsOut, summary="The feed of a rep")
    async def feed(asker: As = None, k: Annotated[int, Query(ge=1, le=50)] = 20) -> SignalsOut:
        """Return what is most worth a rep's time now, best first; without `as`, of everybody."""
        found = await to_thread.run_sync(lambda: signals.feed(app, asker, "api", k))
        return SignalsOut(signals=[SignalOut.model_validate(one.public()) for one in found])

    @router.post(
        "/signals/{signal}/decide", response_model=SignalOut, responses=_GONE, summary="Settle what a signal asks"
    )
    async def decide(signal: Name, body: Annotated[SignalDecision, Body()]) -> SignalOut:
        """Pursue it (a draft follows), put it off until a day, or let it go."""
        until = read_moment(body.until, app.settings.zone) if body.until else None
        item = await to_thread.run_sync(
            lambda: signals.decide_signal(app, body.asker, "api", signal, body.decision, until, body.reason)
        )
        return SignalOut.model_validate(item.public())

    return router
