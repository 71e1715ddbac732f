"""What surrounds every request: its id, its log line, its figures, a limit on its size, and errors in fixed words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import App
from infra.errors import DealwrightError, new_reference, trouble
from infra.logs import logger

BODY_LIMIT = 1_000_000
"""Bytes of a request's body, where no other limit is named."""

BODY_LIMITS = {"/api/import": 512_000_000, "/import/files": 512_000_000}
"""Bytes of a request's body by path."""

_WEBHOOKS = "/webhooks/"
WEBHOOK_LIMIT = 8_000_000
"""Bytes of a webhook's body, which may bring thousands of signals at once."""

_DRAINED = 16_000_000
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LOG = logger("http")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SENTENCES = {
    401: ("That needs a valid token.", "Send `Authorization: Bearer …` with the value of DEALWRIGHT_API_TOKEN."),
    404: ("There is nothing at this address.", ""),
    405: ("This address can't be used that way.", "The Allow header says which methods it takes."),
    413: ("That is too large.", "Send it in smaller parts."),
}


class Envelope:
    """ASGI middleware around the whole application. Binds the request id for every log line written on its behalf."""

    def __init__(self, inner: ASGIApp, app: App) -> None:
        self._inner = inner
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            limit = _body_limit(scope["path"])
            if _announced(scope) > limit:
                await _drain(receive)
                await problem_response(request_id, 413)(scope, receive, sending)
            else:
                await self._inner(scope, _limited(receive, limit), sending)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        telemetry = self._app.telemetry
        telemetry.requests.labels(_method(scope["method"]), route, str(status)).inc()
        telemetry.request_seconds.labels(route).observe(seconds)
        _LOG.info("request", method=_method(scope["method"]), route=route, status=status, ms=round(seconds * 1000, 1))


def _body_limit(path: str) -> int:
    return WEBHOOK_LIMIT if path.startswith(_WEBHOOKS) else BODY_LIMITS.get(path, BODY_LIMIT)


def _method(text: str) -> str:
    # A label must come from a closed set: anybody can send any method.
    return text if text in _METHODS else "other"


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            return text if _REQUEST_ID.fullmatch(text) else token_hex(8)
    return token_hex(8)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _drain(receive: Receive) -> None:
    """Read what is still coming, within bounds: whoever is cut off while sending never sees the answer."""
    taken = 0
    while taken < _DRAINED:
        message = await receive()
        taken += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                if message.get("more_body"):
                    await _drain(receive)
                raise HTTPException(413)
        return message

    return receiving


def problem_response(
    reference: str,
    status: int,
    sentence: str = "",
    next_step: str = "",
    fields: list[str] | None = None,
    headers: Any = None,
) -> JSONResponse:
    """Return an error as every surface for programs gives it."""
    fixed, step = _SENTENCES.get(status, ("That request can't be understood.", "See /openapi.json for what is taken."))
    content = {
        "error": {
            "sentence": sentence or fixed,
            "next_step": next_step or ("" if sentence else step),
            "reference": reference,
            "fields": fields or [],
        }
    }
    return JSONResponse(content, status, headers=headers)


def request_id(request: Request) -> str:
    """Return the id of the request, as it stands in the log and in `X-Request-ID`."""
    identity: str = request.state.request_id
    return identity


def handle_errors(api: FastAPI, app: App, may_look: Callable[[Request], bool]) -> None:
    """Answer every error of `api` in fixed words. `may_look` tells whether a request under /api may learn what exists there."""

    async def known(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, DealwrightError)
        reference = new_reference()
        app.telemetry.errors.labels(type(error).__name__).inc()
        _LOG.warning("refused", reference=reference, error=type(error).__name__, sentence=error.sentence)
        told = trouble(error, reference)
        return problem_response(reference, error.status, told.sentence, told.next_step)

    async def unknown(request: Request, error: Exception) -> JSONResponse:
        reference = new_reference()
        app.telemetry.errors.labels("Unexpected").inc()
        _LOG.error("failed", reference=reference, exc_info=error)
        told = trouble(error, reference)
        return problem_response(reference, 500, told.sentence, told.next_step)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        # The message of a validation holds the rule, never what was sent.
        fields = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()[:20]]
        return problem_response(
            request_id(request),
            422,
            "That request is not what this address takes.",
            "See /openapi.json for its shape.",
            fields,
        )

    async def by_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StarletteHTTPException)
        status, headers = error.status_code, error.headers
        if status in (404, 405) and request.url.path.startswith("/api/") and not may_look(request):
            status, headers = 401, {"WWW-Authenticate": "Bearer"}
        elif status == 405:
            headers = {"Allow": ", ".join(_methods_at(request))}
        return problem_response(request_id(request), status, headers=headers)

    api.add_exception_handler(DealwrightError, known)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(StarletteHTTPException, by_http)
    api.add_exception_handler(Exception, unknown)


def _methods_at(request: Request) -> list[str]:
    """Return every method that an address takes: it may have a route for each (RFC 9110, 10.2.1)."""

    def taken(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)

    return [method for method in _METHODS if taken(method)]
