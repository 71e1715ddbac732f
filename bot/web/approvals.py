"""Cards to decide on, and what came of them: the console's side of proposals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from markupsafe import Markup
from sqlalchemy import func, select
from starlette.datastructures import FormData

from bot.compose import View
from bot.deciding import NOW, read_value, request_of
from bot.web.answering import SURFACE, talks
from bot.web.choosing import decides_for
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, read_form, text_of, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.render import Setting, render
from infra.errors import Denied, Fatal
from sales.proposal import WAITING, Action

if TYPE_CHECKING:
    from agents.proposals.record import ProposalOut

Heap = Literal["waiting", "going", "done", "closed"]
HEAPS: dict[Heap, tuple[str, tuple[str, ...]]] = {
    "waiting": ("To decide", (*sorted(WAITING), "unknown")),
    "going": ("Going out", ("approved", "executing")),
    "done": ("Done", ("done",)),
    "closed": ("Turned down or expired", ("rejected", "expired")),
}
_SHOWN = 50
_LONGEST = 20_000


def approval_routes(desk: Desk) -> APIRouter:
    """Return the routes of proposals. Include them before the chat's, which takes every other button."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/approvals")
    async def approvals(request: Request) -> Response:
        return await to_thread.run_sync(_heap_page, desk, request)

    @router.get("/approvals/{id}")
    async def approval(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_card_page, desk, request, id)

    for action in (*get_args(Action), NOW):
        router.add_api_route(f"/press/{action}", _decider(desk, action), methods=["POST"])
    return router


def _decider(desk: Desk, action: str) -> Any:
    async def press(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_decided, desk, request, action, form)

    return press


def _heap_page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    asked = request.query_params.get("show", "")
    heap: Heap = next((one for one in HEAPS if one == asked), "waiting")
    found = desk.app.proposals.listed(visitor.scope, states=HEAPS[heap][1], limit=_SHOWN)
    if heap == "waiting":
        # What is worth least tomorrow comes first.
        found.sort(key=lambda one: (one.state == "snoozed", one.expires_at or datetime.max.replace(tzinfo=UTC), one.id))
    return desk.page(
        request,
        "approvals.html",
        visitor,
        cards=_cards(desk, visitor, found),
        heap=heap,
        heaps=[(name, label) for name, (label, _) in HEAPS.items()],
        counts=_counts(desk, visitor),
        most=_SHOWN,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _card_page(desk: Desk, request: Request, id: str) -> Response:
    return _told(desk, request, id, _SAID.get(request.query_params.get("said", ""), ""))


def _told(desk: Desk, request: Request, id: str, said: str, *, status: int = 200) -> Response:
    """Return a card by itself with a sentence above it; a status of 409 says that what was pressed changed nothing."""
    visitor = visitor_of(request)
    found = desk.app.proposals.get(id, visitor.scope)
    if found is None:
        raise NotHere
    return desk.page(
        request,
        "approval.html",
        visitor,
        status=status,
        card=_cards(desk, visitor, [found])[0],
        said=said,
        unchanged=status != 200,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _counts(desk: Desk, visitor: Visitor) -> dict[str, int]:
    from agents.proposals.book import visible
    from infra.spine.proposals import Proposal

    with desk.app.database.session() as session:
        rows = session.execute(
            select(Proposal.state, func.count().label("held"))
            .where(visible(visitor.scope, desk.app.clock.now()))
            .group_by(Proposal.state)
        ).all()
    by_state = {row.state: row.held for row in rows}
    return {heap: sum(by_state.get(state, 0) for state in states) for heap, (_, states) in HEAPS.items()}


def _cards(desk: Desk, visitor: Visitor, found: Sequence[ProposalOut]) -> list[dict[str, Any]]:
    from bot.cards import card

    app = desk.app
    view = View(app.settings.zone, app.clock.now())
    token = desk.seats.form_token(visitor.seat)
    mine = _decidable(desk, visitor, [one.id for one in found])
    shown = []
    for one in found:
        message = card(one, view, may_decide=one.id in mine, forms=True)
        body: Markup = render(message, Setting(view.calendar, token, answer=one.id))
        shown.append({"id": one.id, "body": body, "state": one.state, "owner": one.owner, "created_at": one.created_at})
    return shown


def _decidable(desk: Desk, visitor: Visitor, ids: Sequence[str]) -> set[str]:
    """Return those of the proposals that the visitor may decide on now. Nobody decides while they view the console as somebody else."""
    from infra.spine.proposals import Proposal

    with desk.app.database.session() as session:
        rows = session.execute(select(Proposal.id, Proposal.owner_id).where(Proposal.id.in_(ids))).all()
    owners = decides_for(desk, visitor, {row.owner_id for row in rows})
    return {row.id for row in rows if row.owner_id in owners}


def _decided(desk: Desk, request: Request, action: str, form: FormData) -> Response:
    visitor = visitor_of(request)
    if visitor.viewing_as is not None:
        raise Denied("You see the console as somebody else, so you can't decide here.", "Go back to yourself first.")
    id, version = read_value(text_of(form, "value"))
    request_made = request_of(
        action,
        (id, version),
        _fields(form),
        zone=desk.app.settings.zone,
        # Whoever holds the API token is an admin without a name, as at the API itself.
        surface=SURFACE if visitor.user_id is not None else "api",
        user_id=visitor.user_id,
    )
    outcome = desk.app.proposals.decide(request_made)
    if outcome.outcome == "not_found":
        raise NotHere
    if outcome.outcome == "denied":
        raise Denied(outcome.sentence, "Nothing was changed.")
    if wants_data(request):
        return JSONResponse({"outcome": outcome.outcome, "sentence": outcome.sentence}, headers=HEADERS)
    if not outcome.acted:
        return _told(desk, request, id, outcome.sentence, status=409)
    return RedirectResponse(f"/approvals/{id}?said={outcome.outcome}", 303, headers=HEADERS)


_SAID = {
    "approved": "Approved.",
    "edited": "Changed. Nothing goes out before it is approved.",
    "snoozed": "Snoozed.",
    "rejected": "Turned down; nothing goes out.",
    "undone": "Taken back; it waits for a decision again.",
    "sent": "Noted: it was sent.",
    "resent": "It goes again.",
    "expired": "It has expired.",
}
"""What is told after a press, by outcome: fixed sentences, so that no link can put words into our mouth."""


def _fields(form: FormData) -> dict[str, str]:
    given = {name.removeprefix("input-"): text_of(form, name) for name in form if name.startswith("input-")}
    if any(len(value) > _LONGEST for value in given.values()):
        raise Fatal("That is too long for one mail.", f"It takes {_LONGEST:,} characters.", status=422)
    return given
