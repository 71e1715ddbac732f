"""The page of the operating review: each area with its question, its records and the decisions, and the one change at the end."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from bot import operating
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.spine.people import User

_SAID = {
    "decided": "Decided.",
    "already": "It was decided already.",
    "adopted": "Adopted.",
    "refused": "Not now. It is not proposed again for three months.",
}


def operating_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page: `/operating` and the presses on it."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/operating")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/operating")
    async def press(request: Request) -> Response:
        form = await read_form(desk, request)
        given = {name: text_of(form, name)[:200] for name in ("area", "choice", "item", "to", "change")}
        return await to_thread.run_sync(_pressed, desk, actor_of(request), given)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    own = visitor.user_id if visitor.role == "rep" else None
    found = desk.app.operating.read(visitor.scope, owner_id=own)
    with desk.app.database.session() as session:
        people = session.execute(
            select(User.id, User.name).where(User.active, visitor.scope.users()).order_by(User.name).limit(100)
        ).all()
    may_change = visitor.viewing_as is None and visitor.role in ("manager", "admin")
    return outreach_page(desk, request, "operating.html", said=_SAID, found=found, people=people, may_change=may_change)


def _pressed(desk: Desk, actor: Actor, given: dict[str, str]) -> Response:
    app = desk.app
    if given["change"]:
        adopt = given["choice"] == "adopt"
        told = operating.settle_change(app, actor.email, actor.door, given["change"], adopt)
        return after_press("/operating", ("adopted" if adopt else "refused") if told.changed else "already")
    told = operating.decide(
        app, actor.email, actor.door, given["area"], given["choice"], given["item"], given["to"] or None
    )
    return after_press("/operating", "decided" if told.changed else "already")
