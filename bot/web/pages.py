"""Making pages: templates with escaping, the headers that keep a page to itself, and errors as pages in fixed words."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.addresses import activity_address, brief_address, record_address
from bot.app import App
from bot.figures import Calendar, counted, money, number
from bot.web.addresses import with_query
from bot.web.doorway import Visitor
from bot.web.highlight import fact, marked
from bot.web.sessions import COOKIE, Seat, Seats, seats_of

FOLDER = Path(__file__).resolve().parent
STATIC = FOLDER / "static"
THEME_COOKIE = "dealwright_theme"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

_FIELDS = {
    "stage": "Stage",
    "close_date": "Close date",
    "amount": "Amount",
    "forecast_category": "Forecast category",
    "owner": "Owner",
    "next_step": "Next step",
    "next_step_date": "Date of the next step",
    "probability": "Probability",
    "status": "Status",
}


@lru_cache(maxsize=64)
def static_address(name: str) -> str:
    """Return the address of a static file, which changes with its content so that it can be kept for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        money=money,
        number=number,
        counted=counted,
        marked=marked,
        fact=fact,
        field_name=_field_name,
        clock=_clock,
        shortened=_shortened,
        commands=_commands,
    )
    made.globals.update(
        static=static_address,
        record=record_address,
        brief=brief_address,
        activity=activity_address,
        with_query=with_query,
        changed_value=changed_value,
        initials=_initials,
    )
    return made


def _field_name(field: str) -> str:
    return _FIELDS.get(field, field.replace("_", " ").capitalize())


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def _shortened(text: str) -> str:
    """Return the beginning of a text on one line, for a list."""
    line = " ".join(text.split())
    return line if len(line) <= 260 else line[:240].rsplit(" ", 1)[0] + "…"


def _commands(text: str) -> Markup:
    """Return a text in which what stands between backticks is set as a command."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def changed_value(field: str, value: str | None, currency: str, calendar: Calendar) -> str:
    """Return one side of a change as people read it."""
    if value is None or value == "":
        return "none"
    try:
        if field == "amount":
            return money(Decimal(value), currency)
        if field.endswith("date"):
            return calendar.day(date.fromisoformat(value[:10]))
    except (ValueError, ArithmeticError):
        return value
    return value


class Desk:
    """What every page needs: the parts of the process and the seats, whose key is read at the first request."""

    def __init__(self, app: App) -> None:
        self.app = app

    @cached_property
    def seats(self) -> Seats:
        """The seats of this installation."""
        return seats_of(self.app.settings)

    def calendar(self) -> Calendar:
        """Return the calendar as of now."""
        return Calendar(self.app.settings.zone, self.app.clock.now())

    def local(self, moment: datetime) -> datetime:
        """Return a moment in the company's zone."""
        return moment.astimezone(self.app.settings.zone)

    def fragment(self, template: str, **values: Any) -> Markup:
        """Return a rendered template that is not a whole page."""
        # Templates escape whatever comes from outside.
        text = _environment().get_template(template).render(calendar=self.calendar(), local=self.local, **values)
        return Markup(text)  # noqa: S704

    def page(
        self, request: Request, template: str, visitor: Visitor | None, *, status: int = 200, **values: Any
    ) -> Response:
        """Return a page. To a visitor whose seat is new or was renewed, the cookie goes with it."""
        theme = request.cookies.get(THEME_COOKIE)
        text = self.fragment(
            template,
            visitor=visitor,
            theme=theme if theme in ("light", "dark") else None,
            path=request.url.path,
            form_token=self.seats.form_token(visitor.seat) if visitor else "",
            **values,
        )
        response = HTMLResponse(text, status, headers=HEADERS)
        if visitor is not None and not visitor.by_bearer:
            self.keep_seat(request, response, visitor)
        return response

    def keep_seat(self, request: Request, response: Response, visitor: Visitor) -> None:
        """Write the cookie where the browser has none of ours, or where it is to be renewed."""
        renewed = self.seats.renewed(visitor.seat)
        if renewed is not None or self.seats.read(request.cookies.get(COOKIE)) is None:
            self.set_cookie(request, response, renewed or visitor.seat)

    def set_cookie(self, request: Request, response: Response, seat: Seat) -> None:
        """Write a seat's cookie."""
        secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        response.set_cookie(COOKIE, self.seats.write(seat), httponly=True, samesite="lax", secure=secure, path="/")
