"""Signing in and out, and viewing the console as somebody else."""

from __future__ import annotations

import hmac

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from agents.listing import colleagues
from bot.web.addresses import is_inside
from bot.web.answering import talks
from bot.web.attempts import Attempts
from bot.web.doorway import door_of
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.pages import HEADERS, Desk
from bot.web.sessions import COOKIE, Seat
from infra.errors import Denied
from infra.spine.desk import AuditEntry
from infra.spine.people import User
from infra.spine.scope import find_user

_WRONG = "That mail address and password don't match."
_NOT_THAT = "That is not the API token: it is the value of DEALWRIGHT_API_TOKEN."


def public_routes(desk: Desk) -> APIRouter:
    """Return the routes for whoever is not signed in."""
    router = APIRouter(route_class=gated_route(desk, public=True), include_in_schema=False)
    by_account = Attempts(free=5)
    # An address may be a proxy's, behind which a whole company signs in.
    by_address = Attempts(free=40)

    @router.get("/sign-in")
    async def sign_in_page(request: Request, next: str = "/") -> Response:
        seat = desk.seats.read(request.cookies.get(COOKIE)) or Seat()
        return _page(desk, request, seat, next)

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        form = await read_form(desk, request)
        seat = desk.seats.read(request.cookies.get(COOKIE)) or Seat()
        email, secret, after = text_of(form, "email").strip(), text_of(form, "password"), text_of(form, "next")
        client = request.client.host if request.client else "?"
        account = f"{text_of(form, 'by')} {email.lower()[:320]}"
        wait = max(by_account.wait_s(account), by_address.wait_s(client))
        if wait > 0:
            return _page(
                desk, request, seat, after, 429, f"Too many tries. Wait {int(wait) + 1} seconds, then try again.", email
            )
        found = await to_thread.run_sync(_check, desk, text_of(form, "by"), email, secret)
        if found is None:
            by_account.wrong(account)
            by_address.wrong(client)
            return _page(
                desk,
                request,
                seat,
                after,
                401,
                _NOT_THAT if text_of(form, "by") == "token" else _WRONG,
                email,
            )
        by_account.right(account)
        response = RedirectResponse(after if is_inside(after) else "/", 303, headers=HEADERS)
        desk.set_cookie(request, response, found)
        return response

    return router


def _page(
    desk: Desk, request: Request, seat: Seat, after: str, status: int = 200, wrong: str = "", email: str = ""
) -> Response:
    response = desk.page(
        request,
        "sign_in.html",
        None,
        status=status,
        door=door_of(desk.app),
        takes_token=desk.app.settings.api_token is not None,
        wrong=wrong,
        email=email,
        next=after if is_inside(after) else "/",
        sign_in_token=desk.seats.form_token(seat),
    )
    desk.set_cookie(request, response, seat)
    return response


def _check(desk: Desk, by: str, email: str, secret: str) -> Seat | None:
    """Return a new seat where the secret fits, else None. Takes as long for a mail address that nobody has."""
    settings = desk.app.settings
    wanted = settings.api_token if by == "token" else settings.console_password
    fits = wanted is not None and hmac.compare_digest(
        secret.encode("utf-8", "surrogatepass"), wanted.get_secret_value().encode()
    )
    user: User | None = None
    if by != "token" and wanted is not None:
        with desk.app.database.session() as session:
            user = find_user(session, email)
    seat = None
    if fits and by == "token":
        seat = Seat().signed_in("token", None, desk.seats.now())
    elif fits and user is not None and door_of(desk.app) == "password":
        seat = Seat().signed_in("password", user.id, desk.seats.now())
    _note(
        desk, "signed in" if seat else "sign-in refused", user.id if user and seat else "token" if seat else "unknown"
    )
    return seat


def _note(desk: Desk, action: str, actor: str, subject: str | None = None) -> None:
    with desk.app.database.transaction() as session:
        session.add(AuditEntry(at=desk.app.clock.now(), actor=actor, surface="console", action=action, subject=subject))


def member_routes(desk: Desk) -> APIRouter:
    """Return the routes for whoever is signed in: leaving, and viewing as somebody else."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        await read_form(desk, request)
        response = RedirectResponse("/sign-in", 303, headers=HEADERS)
        response.delete_cookie(COOKIE, path="/")
        return response

    @router.get("/view-as")
    async def choose(request: Request) -> Response:
        visitor = visitor_of(request)
        if not visitor.may_view_as:
            raise Denied("Only an admin can view the console as somebody else.", "Ask your Dealwright admin.")
        return await to_thread.run_sync(_people_page, desk, request)

    @router.post("/view-as")
    async def view_as(request: Request) -> Response:
        form = await read_form(desk, request)
        visitor = visitor_of(request)
        if not visitor.may_view_as:
            raise Denied("Only an admin can view the console as somebody else.", "Ask your Dealwright admin.")
        chosen = text_of(form, "user") or None
        await to_thread.run_sync(_note, desk, "views as", visitor.principal, chosen)
        response = RedirectResponse("/", 303, headers=HEADERS)
        desk.set_cookie(request, response, visitor.seat.viewing(chosen))
        return response

    return router


def _people_page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    with desk.app.database.session() as session:
        people = [(id, name, role, team or "") for id, name, role, team in colleagues(session)]
    return desk.page(request, "view_as.html", visitor, people=people, talks=talks(desk, visitor), conversation=None)
