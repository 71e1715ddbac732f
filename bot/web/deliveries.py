"""What became of the reviews, for admins: how many reached their place, which failed and why, and sending those again."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from starlette.datastructures import FormData

from bot.web.gate import gated_route, read_form, text_of
from bot.web.imports import admin_of
from bot.web.outreach import actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal
from infra.spine.people import User
from infra.spine.watch import Delivery, Review

PATH = "/deliveries"
_MOST = 200
_STATES = {
    "failed": "Failed",
    "unreached": "Not reached",
    "waiting": "Waiting",
    "sending": "Under way",
    "sent": "Delivered",
}
_SURFACES = {"slack": "Slack", "teams": "Teams", "mail": "Mail"}
_OPENLY = {"slack": "A channel in Slack", "teams": "A channel in Teams", "mail": "A list"}
_WHOSE = {"company": "the company", "manager": "their people", "rep": "their own deals"}
_SAID = {"again": "It is sent again.", "none": "Nothing of that had failed."}


def delivery_routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get(PATH)
    async def deliveries(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post(PATH)
    async def again(request: Request) -> Response:
        admin_of(request)
        actor_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_sent_again, desk, form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    admin_of(request)
    wanted = request.query_params.get("state", "failed")
    state = wanted if wanted in _STATES else "failed"
    with desk.app.database.session() as session:
        found = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
        counts = {one.state: one[1] for one in found}
        rows = session.execute(
            select(Delivery, User.name, Review.week, Review.audience, Review.about)
            .join(Review, Review.id == Delivery.review_id)
            .outerjoin(User, User.id == Delivery.user_id)
            .where(Delivery.state == state)
            .order_by(Delivery.due_at.desc(), Delivery.key)
            .limit(_MOST)
        ).all()
    shown = [_row(row[0], row.name, row.week, _WHOSE.get(row.audience, row.about)) for row in rows]
    return outreach_page(
        desk, request, "deliveries.html", said=_SAID, rows=shown, counts=counts, states=_STATES, state=state, most=_MOST
    )


def _row(one: Delivery, name: str | None, week: str, whose: str | None) -> dict[str, Any]:
    place = str(one.place.get("channel") or one.place.get("conversation") or one.place.get("address") or "")
    return {
        "key": one.key,
        "to": name or (_OPENLY.get(one.surface, "A channel") if place else "Somebody who is gone"),
        "place": "" if name else place,
        "surface": _SURFACES.get(one.surface, one.surface),
        "week": week,
        "whose": whose,
        "trouble": one.trouble,
        "at": one.sent_at or one.due_at,
    }


def _sent_again(desk: Desk, form: FormData) -> Response:
    key = text_of(form, "key")[:200]
    if not key and text_of(form, "do") != "all":
        raise Fatal("That can't be done here.", "Go back, and press one of the buttons.", status=422)
    count = desk.app.delivering.send_again([key] if key else None)
    desk.app.schedule.wake()
    return after_press(PATH, "again" if count else "none")
