"""The pages of the weekly reviews: this week's as its reader has it, those that are kept, and where each was delivered."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy import select

from agents.digest.service import Wish
from bot.compose import View
from bot.digest import judge_section
from bot.digest_message import digest_message, message_key, read_key
from bot.moments import read_moment
from bot.web.answering import talks
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.render import Setting, render
from infra.errors import Denied
from infra.spine.people import User
from infra.spine.watch import Delivery

_LONGEST = 120
_NOT_YOURS = ("A person's own review is for their eyes.", "Look at their team's: name it above.")
_MOST = 60


def review_routes(desk: Desk) -> APIRouter:
    """Return the routes: `/reviews` (with `week`, `team`, `company`, `as_of`, `format`) and `/reviews/<id>` of a kept one."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/reviews")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_asked, desk, request)

    @router.get("/reviews/{review_id:path}")
    async def kept(request: Request, review_id: str) -> Response:
        return await to_thread.run_sync(_kept, desk, request, review_id)

    return router


def judged(desk: Desk, request: Request, key: str, *, useful: bool) -> Response:
    """Keep what a visitor thinks of a section, and return to where they were. Raises Denied where it is nobody in person."""
    user, read = _person(desk, visitor_of(request)), read_key(key)
    if user is None or read is None or visitor_of(request).viewing_as is not None:
        raise NotHere
    judge_section(desk.app, key, user, useful=useful)
    if wants_data(request):
        return JSONResponse({"useful": useful}, headers=HEADERS)
    return RedirectResponse(f"/reviews/{read[0]}", 303, headers=HEADERS)


def _asked(desk: Desk, request: Request) -> Response:
    visitor, query = visitor_of(request), request.query_params
    given = {name: query[name][:_LONGEST].strip() for name in ("week", "team", "as_of") if query.get(name)}
    app = desk.app
    as_of = read_moment(given["as_of"], app.settings.zone) if "as_of" in given else None
    wish = Wish(given.get("week"), given.get("team"), query.get("company") == "1", as_of)
    user = _person(desk, visitor)
    digest = app.reviews.read(user.id if user is not None else None, visitor.scope, wish)
    if digest.personal and visitor.viewing_as is not None:
        raise Denied(*_NOT_YOURS)
    return _shown(desk, request, visitor, digest, None, given)


def _kept(desk: Desk, request: Request, review_id: str) -> Response:
    visitor = visitor_of(request)
    user = _person(desk, visitor)
    digest = desk.app.reviews.kept(review_id[:_LONGEST], user.id if user is not None else None)
    hidden = visitor.viewing_as is not None and digest is not None and digest.personal
    if digest is None or user is None or hidden or not desk.app.reviews.may_read(digest, user):
        raise NotHere
    return _shown(desk, request, visitor, digest, message_key(digest.id, user.id), {})


def _shown(
    desk: Desk, request: Request, visitor: Visitor, digest: Any, key: str | None, given: dict[str, str]
) -> Response:
    base = desk.app.settings.public_url or str(request.base_url)
    if request.query_params.get("format") == "pdf":
        from bot.digest_pdf import pdf_of

        view = View(desk.app.settings.zone, desk.app.clock.now(), base)
        name = f'inline; filename="review-{digest.week}.pdf"'
        return Response(pdf_of(digest, view), media_type="application/pdf", headers=HEADERS | {"Content-Disposition": name})  # fmt: skip
    user = _person(desk, visitor)
    reader = user.id if user is not None else None
    message = digest_message(digest, View(desk.app.settings.zone, desk.app.clock.now()), reader=reader, kept=key is not None)  # fmt: skip
    setting = Setting(desk.calendar(), desk.seats.form_token(visitor.seat))
    listed = desk.app.reviews.listed(user, _MOST) if user is not None else []
    return desk.page(
        request,
        "reviews.html",
        visitor,
        digest=digest,
        body=render(message, setting),
        listed=listed,
        deliveries=_deliveries(desk, digest.id) if visitor.is_admin else [],
        given=given,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _person(desk: Desk, visitor: Visitor) -> User | None:
    if visitor.user_id is None:
        return None
    with desk.app.database.session() as session:
        return session.get(User, visitor.user_id)


def _deliveries(desk: Desk, review_id: str) -> list[Any]:
    with desk.app.database.session() as session:
        rows = session.execute(
            select(Delivery.surface, Delivery.state, Delivery.sent_at, Delivery.trouble, User.name, Delivery.place)
            .outerjoin(User, User.id == Delivery.user_id)
            .where(Delivery.review_id == review_id)
            .order_by(Delivery.state, Delivery.surface, Delivery.key)
            .limit(_MOST)
        ).all()
    return list(rows)
