"""Whether the process lives, whether it can answer, and its figures: for those who run it. Nothing here names a customer."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bot.app import App
from bot.components import Component, ready_components
from infra.telemetry import CONTENT_TYPE


class Health(BaseModel):
    """The process answers."""

    status: str = "ok"


class Readiness(BaseModel):
    """Whether it can answer questions, and how each part is: ok, missing (not needed) or broken."""

    ready: bool
    parts: dict[str, str]


def routes(app: App) -> APIRouter:
    """Return `/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=Health, summary="Is the process alive?")
    async def healthz() -> Health:
        """Answer as long as the process lives."""
        return Health()

    @router.get(
        "/readyz",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "A part that is needed does not work."}},
        summary="Can it answer?",
    )
    async def readyz() -> JSONResponse:
        """Tell how the database, the index and the model are."""
        parts: list[Component] = await to_thread.run_sync(ready_components, app)
        ready = all(part.state != "broken" for part in parts)
        content = Readiness(ready=ready, parts={part.name: part.state for part in parts})
        return JSONResponse(content.model_dump(), 200 if ready else 503)

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
        summary="Figures for Prometheus",
    )
    async def metrics() -> Response:
        """Return the figures in Prometheus' text format."""
        return Response(await to_thread.run_sync(app.telemetry.exposition), media_type=CONTENT_TYPE)

    return router
