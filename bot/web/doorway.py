"""Who stands at the console's door, and what they may see.

Three doors, chosen by the settings: a trusted proxy names the person in a header; or people sign in with their mail address and the
console's password; or, where neither is set, whoever sits at this very machine is DEALWRIGHT_USER. The API token opens each of them as an admin.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request

from bot.api.guard import bearer_is
from bot.app import App
from bot.web.sessions import COOKIE, Seat, Seats
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.scope import EVERYTHING, Scope, find_user, scope_of

Door = Literal["header", "password", "token", "here"]
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class SignIn(Denied):
    """Nobody is signed in, and signing in is possible: the page to do so is shown."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Please sign in.", "")


@dataclass(frozen=True)
class Visitor:
    """Somebody in the console. `user_id` is None for the API token. While an admin views it as somebody else, `viewing_as` is that person's name."""

    user_id: str | None
    name: str
    email: str | None
    role: str
    scope: Scope
    seat: Seat
    door: Door
    principal: str
    may_view_as: bool = False
    viewing_as: str | None = None
    by_bearer: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether the pages of an admin open."""
        return self.role == "admin"

    @property
    def mark(self) -> str:
        """Return a short text that is this person's alone (for an admin who views as somebody: that pair's), for what they own here."""
        return hashlib.sha256(f"{self.principal}\n{self.user_id}".encode()).hexdigest()[:16]


def door_of(app: App) -> Door:
    """Return how people come in."""
    settings = app.settings
    if settings.console_identity_header:
        return "header"
    if settings.console_password:
        return "password"
    return "here"


def is_here(client: str | None, host: str | None, headers: Mapping[str, str]) -> bool:
    """Return whether a request was made on this very machine, to a name of this machine, by nobody in between.

    The name matters: a page from elsewhere whose own name resolves to 127.0.0.1 reaches us, but under its own name.
    """
    if any(name in headers for name in _FORWARDED):
        return False
    return _is_loopback(client) and _is_loopback(urlsplit(f"//{host or ''}").hostname)


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def find_visitor(app: App, seats: Seats, request: Request) -> Visitor:
    """Return who is there. Raises SignIn where they have to sign in first, Denied where nobody can. Blocks."""
    seat = seats.read(request.cookies.get(COOKIE)) or Seat()
    door = door_of(app)
    token = app.settings.api_token.get_secret_value() if app.settings.api_token else None
    if bearer_is(request, token):
        return _admin_by_token(app, seat, by_bearer=True)
    if door == "here" and seat.how != "token":
        client = request.client.host if request.client else None
        if is_here(client, request.headers.get("host"), request.headers):
            return _person(app, app.settings.user, seat, door)
        if token is None:
            raise Denied(
                "This console answers only on the machine that it runs on.",
                "Open it there under http://127.0.0.1, or set DEALWRIGHT_CONSOLE_PASSWORD so that people can sign in.",
            )
    if door == "header":
        named = request.headers.get(app.settings.console_identity_header or "")
        if named:
            return _person(app, named, seat, door)
        if token is None:
            raise Denied(
                "The proxy in front of this console named nobody.",
                "Sign in there, or ask your Dealwright admin to check DEALWRIGHT_CONSOLE_IDENTITY_HEADER.",
            )
    if seat.how == "token" and token is not None:
        return _admin_by_token(app, seat)
    if seat.how == "password" and door == "password":
        return _by_id(app, seat)
    raise SignIn


def _person(app: App, email: str | None, seat: Seat, door: Door) -> Visitor:
    if not email:
        raise Denied(
            "I don't know who uses this console.", "Set DEALWRIGHT_USER to your mail address and start it again."
        )
    with app.database.session() as session:
        user = find_user(session, email)
    if user is None:
        raise Denied(
            "I don't know you yet, so I can't show you any deal.",
            "Import a CSV of users with this mail address in it, or ask your Dealwright admin to.",
        )
    return _seated(app, user, seat, door)


def _by_id(app: App, seat: Seat) -> Visitor:
    with app.database.session() as session:
        user = session.get(User, seat.user_id or "")
    if user is None or not user.active:
        raise SignIn
    return _seated(app, user, seat, "password")


def _seated(app: App, user: User, seat: Seat, door: Door) -> Visitor:
    may = user.role == "admin"
    with app.database.session() as session:
        viewed = session.get(User, seat.view_as) if may and seat.view_as and seat.view_as != user.id else None
        shown = viewed if viewed is not None and viewed.active else user
        scope = scope_of(session, shown, app.settings.visibility)
    return Visitor(
        shown.id,
        shown.name,
        shown.email,
        shown.role,
        scope,
        seat,
        door,
        f"user {user.id}",
        may,
        shown.name if shown is not user else None,
    )


def _admin_by_token(app: App, seat: Seat, *, by_bearer: bool = False) -> Visitor:
    with app.database.session() as session:
        viewed = session.get(User, seat.view_as) if seat.view_as and not by_bearer else None
        if viewed is not None and viewed.active:
            scope = scope_of(session, viewed, app.settings.visibility)
            return Visitor(
                viewed.id, viewed.name, viewed.email, viewed.role, scope, seat, "token", "token", True, viewed.name
            )
    return Visitor(None, "API token", None, "admin", EVERYTHING, seat, "token", "token", not by_bearer, None, by_bearer)


def check_origin(app: App, seats: Seats, request: Request, visitor: Visitor | None, given: str) -> None:
    """Raise Denied unless a POST comes from a page of ours: its origin fits where the browser tells it, and the form's token always does."""
    if visitor is not None and visitor.by_bearer:
        return
    origin, fetched = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    ours = {request.headers.get("host", "").lower()}
    if app.settings.public_url:
        ours.add(urlsplit(app.settings.public_url).netloc.lower())
    foreign = (origin is not None and urlsplit(origin).netloc.lower() not in ours) or (
        fetched is not None and fetched not in ("same-origin", "none")
    )
    seat = visitor.seat if visitor is not None else seats.read(request.cookies.get(COOKIE)) or Seat()
    if foreign or not seats.is_form_token(seat, given):
        raise Denied("That form is too old, or came from another page.", "Go back, load the page again and repeat it.")
