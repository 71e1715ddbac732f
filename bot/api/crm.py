"""`/api/sync`, `/api/letters` and `/api/fields` for programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from bot import crm
from bot.api.guarded import guarded_router
from bot.api.shapes import Name
from bot.app import App
from bot.jobs import Job


class StreamOut(BaseModel):
    """How far one stream of a system was read. The counts are of its last run."""

    stream: str
    state: Literal["never", "running", "done", "stopped", "failed"]
    started_at: str | None
    finished_at: str | None
    read: int
    applied: int
    set_aside: int
    requests: int
    trouble: str | None


class SystemOut(BaseModel):
    """A system, its connection and its streams."""

    system: str
    title: str
    state: Literal["connected", "broken", "not_connected"]
    trouble: str | None
    ends_at: str | None
    next_step: str | None
    writes_to: bool = Field(description="Whether it is a system of record, which is written to.")
    can_consent: bool = Field(description="Whether it can be connected by a person's consent.")
    dead_letters: int
    writes: dict[str, int] = Field(description="Writes by their state.")
    streams: list[StreamOut]


class StatusOut(BaseModel):
    """All systems."""

    systems: list[SystemOut]
    writes_waiting_for_a_crm: int


class ReadOut(BaseModel):
    """What one reading did."""

    system: str
    requests: int
    stopped: bool
    streams: list[dict[str, Any]]


class LetterOut(BaseModel):
    """A dead letter: what could not be read or written, with its reason."""

    id: str
    system: str
    direction: Literal["read", "write"]
    kind: str
    key: str
    code: str
    reason: str
    attempts: int
    state: Literal["waiting", "replayed", "dropped"]
    at: str
    last_at: str
    record: dict[str, Any]


class LettersOut(BaseModel):
    """Dead letters, the newest first."""

    letters: list[LetterOut]


class ReplayBody(BaseModel):
    """Which letters to try again; all that wait where none is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: list[Name] | None = Field(None, max_length=1_000)
    absent: StrictBool = Field(False, description="Somebody has looked: what is of unknown outcome is not there.")


class ReplayOut(BaseModel):
    """What became of them."""

    read: int
    planned: int
    still_dead: int


class DriftOut(BaseModel):
    """How the field rules and a system's schema differ."""

    system: str
    drift: list[dict[str, Any]]


_MEANINGS = {
    400: "That can't be done.",
    404: "There is no such system or letter.",
    409: "The system is not connected.",
    413: "The body is too large.",
    502: "The system does not let us in.",
}


def routes(app: App) -> APIRouter:
    """Return the routes, all of them behind the token."""
    router = guarded_router(app, "crm", _MEANINGS)

    @router.get("/sync", response_model=StatusOut, summary="How far each system is")
    async def status() -> StatusOut:
        """Return connections, streams, writes and dead letters."""
        return StatusOut.model_validate(await to_thread.run_sync(crm.status, app))

    @router.post("/sync/{system}", response_model=ReadOut, summary="Read a system now")
    async def read(system: Name) -> ReadOut:
        """Read what is new of a system, to its end."""
        return ReadOut.model_validate(await to_thread.run_sync(app.crm.read, system, Job()))

    @router.get("/letters", response_model=LettersOut, summary="List dead letters")
    async def letters(
        state: Literal["waiting", "replayed", "dropped"] = "waiting",
        system: Name | None = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
    ) -> LettersOut:
        """Return dead letters, the newest first."""
        found = await to_thread.run_sync(lambda: crm.list_letters(app, state=state, system=system, limit=limit))
        return LettersOut(letters=[LetterOut.model_validate(one) for one in found])

    @router.post("/letters/replay", response_model=ReplayOut, summary="Try dead letters again")
    async def replay(body: Annotated[ReplayBody, Body()]) -> ReplayOut:
        """Read or write again what could not be: what is done already is found, not done twice."""
        told = await to_thread.run_sync(lambda: crm.replay_letters(app, body.ids, absent=body.absent))
        return ReplayOut.model_validate(told)

    @router.post("/letters/{letter}/drop", response_model=LetterOut, summary="Let a dead letter go")
    async def drop(letter: Name) -> LetterOut:
        """Let a letter go: what it held stays undone."""
        found = await to_thread.run_sync(lambda: crm.drop_letter(app, letter, by=None, surface="api"))
        return LetterOut.model_validate(found)

    @router.get("/fields/check", response_model=DriftOut, summary="Compare the field rules with the CRM")
    async def check(system: Name | None = None) -> DriftOut:
        """Return what of `fields.toml` the CRM's schema does not bear out."""
        return DriftOut.model_validate(await to_thread.run_sync(crm.check_fields, app, system))

    return router
