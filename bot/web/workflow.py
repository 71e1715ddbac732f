"""The page of the workflow: what is late, what is due, the way to do it, and what is next on each open deal."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.workflow.acting import DOINGS
from agents.workflow.record import NextStep
from bot import workflow
from bot.web.doorway import Visitor
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal

_SAID = {
    "done": "Done.",
    "drop": "Dropped: it is not asked for again.",
    "pause": "Paused.",
    "resume": "It is asked for again.",
}
_SHOWN = 100


def workflow_routes(desk: Desk) -> APIRouter:
    """Return the routes of the page: `/workflow`, with `mine`, and the presses on it."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/workflow")
    async def page(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/workflow")
    async def press(request: Request) -> Response:
        form = await read_form(desk, request)
        due_id, doing = text_of(form, "due")[:80], text_of(form, "doing")
        return await to_thread.run_sync(_pressed, desk, actor_of(request), due_id, doing)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    mine = request.query_params.get("mine") == "1" and visitor.user_id is not None
    app = desk.app
    app.workflow.refresh()
    with app.database.session() as session:
        found = app.workflow.read(session, visitor.scope, owner_id=visitor.user_id if mine else None)
    return outreach_page(
        desk,
        request,
        "workflow.html",
        said=_SAID,
        found=found,
        mine=mine,
        heaps=(("Overdue", found.overdue[:_SHOWN], len(found.overdue)), ("Due", found.due[:_SHOWN], len(found.due))),
        rules=app.workflow.rules,
    )


def _pressed(desk: Desk, actor: Actor, due_id: str, doing: str) -> Response:
    if doing not in DOINGS:
        raise Fatal("That can't be done with it.", "Go back, and press one of the buttons.", status=422)
    workflow.act(desk.app, actor.email, actor.door, due_id, doing)
    return after_press("/workflow", doing)


def next_on(desk: Desk, visitor: Visitor, deal_id: str) -> NextStep | None:
    """Return the next step on a deal for its page; None where it is not open."""
    with desk.app.database.session() as session:
        return desk.app.workflow.next_actions(session, [deal_id], scope=visitor.scope).get(deal_id)
