"""The webhooks of calls: `/webhooks/calls/{source}` for any program, and Zoom's and Teams' own."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field, SecretStr

from bot.api.envelope import problem_response
from bot.api.shapes import ProblemBody
from bot.app import App
from bot.inbox import Arrived
from bot.recordings.subscribing import PATH as TEAMS_PATH
from bot.recordings.subscribing import TranscriptWatch, client_state_of
from bot.recordings.taking import LANE, SURFACE, Taking
from bot.signed import OUR_WAY, signed, unsigned
from infra.errors import new_reference
from infra.logs import logger
from infra.sealing import Sealer
from integrations.files.calls import is_call
from integrations.recordings import teams, zoom
from integrations.signals.signing import GOOD_FOR_S, signature

_LOG = logger("recordings")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_MILLISECONDS = 13
_LONGEST_TOKEN = 200


class CallIn(BaseModel):
    """A call as `dealwright import` takes it; Gong's and Fireflies' shapes are understood as well."""

    id: str | None = Field(
        None, description="The source's own id: the same call again changes nothing. Without one its words tell it."
    )
    title: str | None = None
    started_at: str | None = Field(None, description="ISO instant.")
    account: str | None = Field(None, description="Name or id of the account.")
    deal: str | None = Field(None, description="Name or id of the deal.")
    participants: list[dict[str, Any]] = Field([], description="`{name, email, title}` of who was there.")
    turns: list[dict[str, Any]] = Field(description="`{speaker, text, start, end}`, times in seconds.")


class StoredOut(BaseModel):
    """A call that is stored and will be read at once."""

    accepted: int


def routes(app: App) -> APIRouter:
    """Return the routes of recorders."""
    router = APIRouter(tags=["webhooks"])
    watch = TranscriptWatch(app)
    app.inbox.register(SURFACE, Taking(app))
    app.on_start(watch.start)
    app.on_stop(watch.stop)

    @router.post(
        "/webhooks/calls/{source}",
        status_code=202,
        response_model=StoredOut,
        responses=_RESPONSES,
        summary="Hand over a call",
        openapi_extra=_DESCRIPTION,
    )
    async def take_call(source: str, request: Request) -> JSONResponse:
        """Take one call with its turns. Signed as signals are: `X-Dealwright-Timestamp` holds seconds since 1970, `X-Dealwright-Signature` is `v0=` and
        the HMAC-SHA256 in hex of `v0:timestamp:body` with DEALWRIGHT_WEBHOOK_SECRET; it is good for five minutes."""
        return await _take_call(app, source, request)

    @router.post("/webhooks/recordings/zoom", include_in_schema=False)
    async def take_zoom(request: Request) -> Response:
        return await _take_zoom(app, request)

    @router.post(TEAMS_PATH, include_in_schema=False)
    async def take_teams(request: Request, validation: str | None = Query(None, alias="validationToken")) -> Response:
        if validation is not None:
            # As plain text: what a stranger sends here must not become a page.
            return PlainTextResponse(validation[:1_000], headers={"X-Content-Type-Options": "nosniff"})
        return await _take_teams(app, watch, request)

    return router


async def _store(app: App, kind: str, key: str, payload: dict[str, Any]) -> None:
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:40]
    await app.inbox.put(Arrived(f"{SURFACE}:{kind}:{digest}", SURFACE, kind, LANE, payload))


async def _take_call(app: App, source: str, request: Request) -> JSONResponse:
    body = await request.body()
    stamp = request.headers.get("x-dealwright-timestamp", "")
    if not signed(app.settings.webhook_secret, stamp, request.headers.get("x-dealwright-signature", ""), body):
        return _unsigned(OUR_WAY)
    call = _object(body)
    if not _SOURCE.fullmatch(source) or call is None or not is_call(call):
        return _refusal("A call is an object with an id and a list of turns; see /openapi.json.")
    await _store(app, "webhook", f"{source}:{body.hex()}", {"source": source, "call": call})
    return JSONResponse({"accepted": 1}, 202)


async def _take_zoom(app: App, request: Request) -> Response:
    """Take an event of Zoom. Its check of our address is answered; other events than a transcript's are acknowledged and left."""
    body = await request.body()
    secret = app.settings.zoom_webhook_secret
    stamp = request.headers.get("x-zm-request-timestamp", "")
    if secret is None or not _zoom_signed(secret, stamp, request.headers.get("x-zm-signature", ""), body):
        return _unsigned("Set DEALWRIGHT_ZOOM_WEBHOOK_SECRET to the secret token of the Zoom app.")
    event = _object(body) or {}
    if event.get("event") == zoom.CHECK:
        payload = event.get("payload")
        plain = payload.get("plainToken") if isinstance(payload, Mapping) else None
        if not isinstance(plain, str) or not 0 < len(plain) <= _LONGEST_TOKEN:
            return _refusal("Zoom's check holds no token.")
        return JSONResponse(zoom.checked(secret.get_secret_value(), plain))
    ready = zoom.read_event(event)
    if ready is not None:
        # The download token opens the recording for a day: it is not stored in the open.
        sealed = await to_thread.run_sync(lambda: Sealer(app.settings).seal(body.decode("utf-8", "replace")))
        await _store(app, "zoom", f"{ready.meeting}:{ready.url}", {"sealed": sealed})
    return Response(status_code=204)


async def _take_teams(app: App, watch: TranscriptWatch, request: Request) -> Response:
    """Take change notifications of Microsoft Graph: transcripts that are ready, and what concerns the subscription."""
    expected = await to_thread.run_sync(client_state_of, app)
    told = teams.read_notifications(_object(await request.body()) or {})
    if expected is None or not all(hmac.compare_digest(one.client_state.encode(), expected.encode()) for one in told):
        return _unsigned("Only Microsoft Graph writes here.")
    for one in told:
        if one.resource is not None:
            await _store(app, "teams", one.resource, {"resource": one.resource})
        lifecycle = _LIFECYCLES.get(one.lifecycle or "")
        if lifecycle is not None:
            await to_thread.run_sync(lifecycle, watch)
    return Response(status_code=202)


_LIFECYCLES: dict[str, Callable[[TranscriptWatch], None]] = {
    "reauthorizationRequired": TranscriptWatch.renew_soon,
    "subscriptionRemoved": TranscriptWatch.forget,
}


def _zoom_signed(secret: SecretStr, stamp: str, given: str, body: bytes) -> bool:
    """Return whether Zoom signed this. Its stamp counts milliseconds in some places; the signature covers it as it was sent."""
    if len(stamp) != _MILLISECONDS:
        return signed(secret, stamp, given, body)
    fresh = stamp.isascii() and stamp.isdigit() and abs(time.time() - int(stamp) / 1_000) <= GOOD_FOR_S
    return fresh and hmac.compare_digest(
        signature(secret.get_secret_value(), stamp, body).encode(), given.strip().encode("utf-8", "replace")
    )


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _unsigned(mend: str) -> JSONResponse:
    _LOG.warning("unsigned")
    return unsigned(mend)


def _refusal(mend: str) -> JSONResponse:
    return problem_response(new_reference(), 422, "No call could be taken from that.", mend)


_RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"model": ProblemBody, "description": "Not signed, signed wrongly or too long ago; or no secret is set up."},
    413: {"model": ProblemBody, "description": "The body is too large."},
    422: {"model": ProblemBody, "description": "That is no call."},
    500: {"model": ProblemBody, "description": "Something went wrong on our side."},
    503: {"model": ProblemBody, "description": "It may work later."},
}
_OTHERS = {
    "type": "object",
    "title": "CallOfAnotherShape",
    "description": "A call as Gong or Fireflies tell it, or with `turns` under another usual name.",
}
_DESCRIPTION = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [CallIn.model_json_schema(), _OTHERS]}}},
    },
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("X-Dealwright-Timestamp", "X-Dealwright-Signature")
    ],
}
