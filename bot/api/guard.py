"""The bearer token of the HTTP API, and the secret with which the command line proves itself to the server beside it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

Check = Callable[[Request], bool]


def bearer_is(request: Request, secret: str | None) -> bool:
    """Return whether the request carries `secret` as its bearer token, in a time that does not tell how much of it was right."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not secret or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), secret.encode())


def guarded_route(allowed: Check) -> type[APIRoute]:
    """Return a route class that answers 401 before anything of the body is read, unless `allowed`."""

    class GuardedRoute(APIRoute):
        """A route behind a token."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                if not allowed(request):
                    raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
                return await inner(request)

            return handle

    return GuardedRoute
