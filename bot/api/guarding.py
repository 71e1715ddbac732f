"""`/api/gate`, `/api/domains/…` and `/api/suppressions` for programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from bot import guarding
from bot.api.guarded import guarded_router
from bot.api.shapes import Moment, Name
from bot.app import App


class CheckOut(BaseModel):
    """One check of a gate, what was found, and what to do about it."""

    key: str
    title: str
    state: Literal["green", "red", "unknown", "not_needed"]
    sentence: str
    fix: str


class GateOut(BaseModel):
    """The gate of a sending domain. `no_go`: nothing is sent; `unknown`: nothing is red, and not all is known."""

    domain: str
    verdict: Literal["go", "no_go", "unknown"]
    checked_at: str | None
    checks: list[CheckOut]


class GatesOut(BaseModel):
    """The gates of all domains that we send from."""

    gates: list[GateOut]


class PauseBody(BaseModel):
    """Why, and who. Resuming takes a named manager or admin."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    reason: str = Field(min_length=1, max_length=500)
    asker: Name | None = Field(None, alias="as", description="Mail address of whoever does it.")


class PausedOut(BaseModel):
    """Whether a domain is paused now, why it was, and how many cards wait to leave from it."""

    domain: str
    paused: bool
    reason: str | None
    cards: int


class SuppressionOut(BaseModel):
    """One entry of the suppression list."""

    kind: Literal["person", "domain"]
    value: str
    reason: str
    note: str | None
    source: str
    at: str
    until: str | None


class SuppressionsOut(BaseModel):
    """The suppression list, the newest first."""

    entries: list[SuppressionOut]


class SuppressBody(BaseModel):
    """Addresses and domains to put on the list."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    values: list[Name] = Field(min_length=1, max_length=10_000)
    reason: Name = "by_hand"
    note: str | None = Field(None, max_length=500)
    until: Moment | None = None
    asker: Name | None = Field(None, alias="as", description="Mail address of whoever does it.")


class SuppressedOut(BaseModel):
    """How many entries are new or changed."""

    changed: int
    unchanged: int


_MEANINGS = {
    403: "The person in `as` is not known, or may not.",
    409: "The rates are not normal yet, or it is not paused.",
    413: "The body is too large.",
}


def routes(app: App) -> APIRouter:
    """Return the routes, all of them behind the token."""
    router = guarded_router(app, "guardrails", _MEANINGS)

    @router.get("/gate", response_model=GatesOut, summary="The go/no-go gate of sending domains")
    async def gate(
        domain: Annotated[Name | None, Query(description="One domain; without it, all that we send from.")] = None,
        fresh: Annotated[bool, Query(description="Ask the DNS anew.")] = False,
    ) -> GatesOut:
        """Return each check with what was found and what to do about it."""
        found = await to_thread.run_sync(lambda: guarding.gates(app, domain, at_once=fresh))
        return GatesOut.model_validate({"gates": found})

    async def set_paused(domain: str, body: PauseBody, *, paused: bool) -> PausedOut:
        def work() -> dict[str, Any]:
            who = guarding.user_of(app, body.asker, "api")
            return guarding.set_paused(app, domain, paused=paused, reason=body.reason, user_id=who, surface="api")

        return PausedOut.model_validate(await to_thread.run_sync(work))

    @router.post("/domains/{domain}/pause", response_model=PausedOut, summary="Pause a sending domain")
    async def pause(domain: Name, body: Annotated[PauseBody, Body()]) -> PausedOut:
        """Stop all sending from a domain at once."""
        return await set_paused(domain, body, paused=True)

    @router.post("/domains/{domain}/resume", response_model=PausedOut, summary="Resume a sending domain")
    async def resume(domain: Name, body: Annotated[PauseBody, Body()]) -> PausedOut:
        """Let a paused domain send again. It takes a named manager or admin, and normal rates."""
        return await set_paused(domain, body, paused=False)

    @router.get("/suppressions", response_model=SuppressionsOut, summary="The suppression list")
    async def suppressions(containing: Annotated[str, Query(max_length=320)] = "") -> SuppressionsOut:
        """Return who is not written to, and why."""
        found = await to_thread.run_sync(guarding.listed, app, containing)
        return SuppressionsOut.model_validate({"entries": found})

    @router.post("/suppressions", response_model=SuppressedOut, summary="Put people and domains on the list")
    async def suppress(body: Annotated[SuppressBody, Body()]) -> SuppressedOut:
        """Put addresses and domains on the list; their sequences stop."""

        def work() -> dict[str, Any]:
            return guarding.suppress(
                app,
                list(body.values),
                reason=body.reason,
                note=body.note,
                until=body.until,
                user_id=guarding.user_of(app, body.asker, "api"),
                surface="api",
            )

        return SuppressedOut.model_validate(await to_thread.run_sync(work))

    return router
