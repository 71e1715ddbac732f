"""`POST /webhooks/hubspot`: what HubSpot tells of its records, checked by signature v3 and stored before it is acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot.api.envelope import problem_response
from bot.api.shapes import ProblemBody
from bot.app import App
from infra.errors import new_reference
from infra.logs import logger
from integrations.connectors.stream import Told
from integrations.hubspot.webhooks import SIGNATURE, TIMESTAMP, changes, is_signed

_LOG = logger("webhooks")
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The changes are kept.", "content": {"application/json": {"schema": {"type": "object"}}}},
    401: {"model": ProblemBody, "description": "Not signed, signed wrongly or too long ago; or no secret is set up."},
    413: {"model": ProblemBody, "description": "The body is too large."},
    422: {"model": ProblemBody, "description": "There are no events in that."},
    500: {"model": ProblemBody, "description": "Something went wrong on our side."},
    503: {"model": ProblemBody, "description": "It may work later."},
}


def routes(app: App) -> APIRouter:
    """Return the route of HubSpot's webhooks."""
    router = APIRouter(tags=["webhooks"])

    @router.post("/webhooks/hubspot", summary="HubSpot tells of changes", responses=_RESPONSES)
    async def take(request: Request) -> Response:
        """Take HubSpot's events: signed with the app's client secret (`X-HubSpot-Signature-v3`), good for five minutes. The records that they name are read at once."""
        body = await request.body()
        secret = app.settings.hubspot_client_secret
        headers = request.headers
        # The machine's own clock: a clock file is for tests of what time does to deals, never for signatures.
        if secret is None or not is_signed(
            secret.get_secret_value(),
            request.method,
            _addresses(app, request),
            body,
            headers.get(TIMESTAMP, ""),
            headers.get(SIGNATURE, ""),
            datetime.now(UTC),
        ):
            _LOG.warning("unsigned")
            return problem_response(
                new_reference(),
                401,
                "This request is not signed as HubSpot signs.",
                "Set DEALWRIGHT_HUBSPOT_CLIENT_SECRET, and DEALWRIGHT_PUBLIC_URL to the address that HubSpot calls.",
            )
        try:
            told = changes(body)
        except (ValueError, RecursionError):
            return problem_response(
                new_reference(), 422, "There are no events in that.", "See docs/connectors.md for what is taken."
            )
        fresh = await to_thread.run_sync(_store, app, told)
        return JSONResponse({"accepted": fresh, "duplicates": len(told) - fresh})

    return router


def _addresses(app: App, request: Request) -> list[str]:
    """Return the addresses that HubSpot may have called: the public one, and the one that came through."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    public = (app.settings.public_url or "").rstrip("/")
    return list(dict.fromkeys([*([f"{public}{path}"] if public else []), str(request.url)]))


def _store(app: App, told: list[Told]) -> int:
    from agents.crm.changes import store

    with app.database.transaction() as session:
        fresh = store(session, "hubspot", told, app.clock.now())
    if app.crm_watch.running:
        app.crm_watch.wake()
    return fresh
