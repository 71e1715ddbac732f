"""`POST /webhooks/signals/{source}`: signed signals from outside, kept and judged before they are acknowledged."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import OrderedDict
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from bot.api.envelope import problem_response
from bot.api.shapes import ProblemBody
from bot.app import App
from bot.signed import OUR_WAY, signed, unsigned
from infra.errors import new_reference
from infra.logs import logger
from integrations.signals.body import read_object
from integrations.signals.signing import GOOD_FOR_S
from sales.signals import Telling, Unread

MOST_SIGNALS = 10_000
_LOG = logger("webhooks")
_SOURCE = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_REMEMBERED = 500
_SHOWN_REASONS = 20


class RefusedOut(BaseModel):
    """A signal that could not be taken: its id, or its place in the list (`entry 3`), and why."""

    id: str
    reason: str


class TakenOut(BaseModel):
    """What became of the signals of one request."""

    accepted: int = Field(description="Signals that were taken in.")
    duplicates: int = Field(description="Signals whose id this source had told before: nothing was done again.")
    refused: list[RefusedOut] = Field(description="Signals that could not be taken, each with its reason.")


class SignalIn(BaseModel):
    """A signal, or several of them in a list. Other keys are read where they are understood (email, employees, industry, ends_at, …)."""

    id: str = Field(description="The source's own id: the same id again is the same signal.")
    kind: str = Field(
        description="What happened, e.g. job_change, funding, hiring, demo_request.", examples=["funding"]
    )
    account: str | None = Field(None, description="Name or id of the company; or `domain`.")
    domain: str | None = Field(None, description="The company's domain; or `account`.")
    person: str | None = Field(None, description="Who it is about: a name, an address, or both.")
    title: str | None = Field(None, description="Their title; the title of the job; or a headline.")
    occurred_at: str = Field(description="When it happened: an ISO instant, a date, or seconds since 1970.")
    url: str | None = Field(None, description="Where it can be read.")
    text: str | None = Field(None, description="What was said.")


class _Answered:
    """Answers to requests of the last minutes: a platform that sends one again gets the same answer. What is lost with the process costs nothing, as ids are known in the spine."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> tuple[Any, int] | None:
        with self._lock:
            found = self._kept.get(key)
        return (found[1], found[2]) if found and time.monotonic() - found[0] <= 2 * GOOD_FOR_S else None

    def put(self, key: str, content: Any, status: int) -> None:
        with self._lock:
            self._kept[key] = (time.monotonic(), content, status)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)


def routes(app: App) -> APIRouter:
    """Return the route of signal webhooks."""
    router = APIRouter(tags=["webhooks"])
    answered = _Answered()

    @router.post(
        "/webhooks/signals/{source}",
        status_code=202,
        response_model=TakenOut,
        responses=_RESPONSES,
        summary="Tell of signals",
        openapi_extra=_DESCRIPTION,
    )
    async def take_signals(source: str, request: Request) -> JSONResponse:
        """Take one signal or a list of them. The body is signed: `X-Dealwright-Timestamp` holds seconds since 1970, `X-Dealwright-Signature` is
        `v0=` and the HMAC-SHA256 in hex of `v0:timestamp:body` with DEALWRIGHT_WEBHOOK_SECRET; it is good for five minutes.

        202 when at least one signal was taken or known from before; 422 when none could be taken, with the reasons."""
        body = await request.body()
        given = request.headers.get("x-dealwright-signature", "")
        if not signed(app.settings.webhook_secret, request.headers.get("x-dealwright-timestamp", ""), given, body):
            _LOG.warning("unsigned")
            return unsigned(OUR_WAY)
        if not _SOURCE.fullmatch(source):
            return _refusal(["source: small letters, digits, dots and hyphens, at most 40"])
        remembered = answered.get(f"{source}:{given}")
        if remembered is not None:
            return JSONResponse(remembered[0], remembered[1])
        try:
            entries = _entries(body)
        except ValueError as error:
            return _refusal([str(error)])
        content, signals = await to_thread.run_sync(_take, app, source, entries)
        if content["refused"] and not content["accepted"] and not content["duplicates"]:
            return _refusal([f"{one['id']}: {one['reason']}" for one in content["refused"]])
        answered.put(f"{source}:{given}", content, 202)
        return JSONResponse(content, 202, background=BackgroundTask(app.signals.hand_on, signals))

    return router


def _entries(body: bytes) -> list[Any]:
    """Return the objects of a body: one, or those of a list. Raises ValueError with a sentence that holds nothing of the body."""
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError("the body is not JSON in UTF-8") from error
    entries = value if isinstance(value, list) else [value]
    if not entries or not all(isinstance(one, dict) for one in entries):
        raise ValueError("the body must be one object, or a list of objects")
    if len(entries) > MOST_SIGNALS:
        raise ValueError(f"at most {MOST_SIGNALS:,} signals at once")
    return entries


def _take(app: App, source: str, entries: list[Any]) -> tuple[dict[str, Any], list[str]]:
    now = app.clock.now()
    read = [read_object(one, f"webhook:{source}", now, f"entry {place}") for place, one in enumerate(entries, 1)]
    told = app.signals.take([one for one in read if isinstance(one, Telling)], hand_on=False)
    refused = [one for one in read if isinstance(one, Unread)] + told.ingested.refused
    _LOG.info(
        "signals",
        source=source,
        accepted=told.ingested.accepted,
        duplicates=told.ingested.duplicates,
        refused=len(refused),
    )
    content = {
        "accepted": told.ingested.accepted,
        "duplicates": told.ingested.duplicates,
        "refused": [{"id": one.id, "reason": one.reason} for one in refused],
    }
    return content, told.ids


def _refusal(fields: list[str]) -> JSONResponse:
    return problem_response(
        new_reference(),
        422,
        "No signal could be taken from that.",
        "See /openapi.json for its shape.",
        fields[:_SHOWN_REASONS],
    )


_RESPONSES: dict[int | str, dict[str, Any]] = {
    401: {"model": ProblemBody, "description": "Not signed, signed wrongly or too long ago; or no secret is set up."},
    413: {"model": ProblemBody, "description": "The body is too large."},
    422: {"model": ProblemBody, "description": "No signal could be taken; the fields say why."},
    500: {"model": ProblemBody, "description": "Something went wrong on our side."},
    503: {"model": ProblemBody, "description": "It may work later."},
}
_SHAPE = SignalIn.model_json_schema()
_DESCRIPTION = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [_SHAPE, {"type": "array", "minItems": 1, "maxItems": MOST_SIGNALS, "items": _SHAPE}]
                }
            }
        },
    },
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("X-Dealwright-Timestamp", "X-Dealwright-Signature")
    ],
}
