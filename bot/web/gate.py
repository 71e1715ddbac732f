"""What every request of the console passes: who is there, whether a form is ours, and every error told as a page in fixed words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from anyio import to_thread
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from agents.history import Talk
from bot.web.addresses import with_query
from bot.web.answering import talks
from bot.web.doorway import SignIn, Visitor, check_origin, find_visitor
from bot.web.pages import HEADERS, Desk
from infra.errors import DealwrightError, Denied, new_reference, trouble
from infra.logs import logger

_LOG = logger("console")
_SENTENCES = {
    404: (
        "There is nothing here that you can see.",
        "It may have been moved or joined with another; search for it by name.",
    ),
    405: ("This page can't be used that way.", "Go back and try again."),
    413: ("That is too large.", "Send it in smaller parts."),
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NotHere(Denied):
    """No such record, or none that may be seen: the two are told in the same words."""

    status = 404

    def __init__(self) -> None:
        super().__init__(*_SENTENCES[404])


def visitor_of(request: Request) -> Visitor:
    """Return who is there; behind the gate it is known."""
    visitor: Visitor = request.state.visitor
    return visitor


def wants_data(request: Request) -> bool:
    """Return whether a script of ours asks, which takes JSON rather than a page."""
    return request.headers.get("accept", "").startswith("application/json")


def gated_route(desk: Desk, *, public: bool = False) -> type[APIRoute]:
    """Return a route class for pages. A `public` one is for whoever may reach the server at all."""

    class PageRoute(APIRoute):
        """A page of the console."""

        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                visitor: Visitor | None = None
                try:
                    if not public:
                        visitor = await to_thread.run_sync(find_visitor, desk.app, desk.seats, request)
                        request.state.visitor = visitor
                    return await inner(request)
                except ClientDisconnect:
                    raise
                except Exception as error:  # noqa: BLE001 - the edge: whatever failed is told as a page
                    return await to_thread.run_sync(_told, desk, request, visitor, error)

            return handle

    return PageRoute


async def read_form(desk: Desk, request: Request, *, max_files: int = 0) -> FormData:
    """Return a POST's form. Raises Denied where it does not come from a page of ours."""
    form = await request.form(max_files=max_files, max_fields=400, max_part_size=1_048_576)
    check_origin(desk.app, desk.seats, request, getattr(request.state, "visitor", None), text_of(form, "token"))
    return form


def text_of(form: FormData, name: str) -> str:
    """Return a field of a form, "" where it is absent."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _told(desk: Desk, request: Request, visitor: Visitor | None, error: Exception) -> Response:
    if isinstance(error, SignIn):
        return _to_sign_in(request)
    if isinstance(error, StarletteHTTPException):
        sentence, step = _SENTENCES.get(
            error.status_code, ("That request can't be understood.", "Go back and try again.")
        )
        return _problem(desk, request, visitor, error.status_code, sentence, step, "")
    if isinstance(error, RequestValidationError):
        return _told(desk, request, visitor, HTTPException(404))
    if isinstance(error, DealwrightError) and error.status < 500:
        return _problem(desk, request, visitor, error.status, error.sentence, error.next_step, "")
    reference = new_reference()
    desk.app.telemetry.errors.labels(type(error).__name__ if isinstance(error, DealwrightError) else "Unexpected").inc()
    _LOG.error("failed", reference=reference, exc_info=error)
    told = trouble(error, reference)
    return _problem(
        desk,
        request,
        visitor,
        error.status if isinstance(error, DealwrightError) else 500,
        told.sentence,
        told.next_step,
        reference,
    )


def _to_sign_in(request: Request) -> Response:
    if wants_data(request) or request.headers.get("accept") == "text/event-stream":
        return JSONResponse(
            {"sentence": "You are signed out.", "next_step": "Sign in again.", "sign_in": True}, 401, headers=HEADERS
        )
    after = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = with_query("/sign-in", next=after if request.method == "GET" and after != "/" else None)
    return RedirectResponse(target, 303, headers=HEADERS)


def _problem(
    desk: Desk, request: Request, visitor: Visitor | None, status: int, sentence: str, next_step: str, reference: str
) -> Response:
    if wants_data(request):
        return JSONResponse(
            {"sentence": sentence, "next_step": next_step, "reference": reference}, status, headers=HEADERS
        )
    return desk.page(
        request,
        "problem.html",
        visitor,
        status=status,
        sentence=sentence,
        next_step=next_step,
        reference=reference,
        talks=_talks(desk, visitor),
        conversation=None,
    )


def _talks(desk: Desk, visitor: Visitor | None) -> list[Talk]:
    try:
        return talks(desk, visitor) if visitor is not None else []
    except SQLAlchemyError:
        # The database may be what failed: the page that says so must come all the same.
        return []
