"""A rep's feed: what is most worth their time now and why, what became of each signal, and settling what a signal asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from starlette.datastructures import FormData

from bot import signals
from bot.deciding import until_of
from bot.web.doorway import Visitor
from bot.web.gate import gated_route, read_form, text_of, visitor_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import Desk
from infra.errors import Fatal

if TYPE_CHECKING:
    from datetime import datetime

    from agents.signals.feed import FeedItem

HEAPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "now": ("Now", ()),
    "review": ("Asks you", ("review",)),
    "later": ("Put off", ("nurtured",)),
    "all": ("All", ()),
}
STATES = {
    "new": "not judged yet",
    "judged": "a draft is being written",
    "drafted": "a draft was written",
    "handed_over": "told to the owner of the open deal",
    "nurtured": "put off",
    "skipped": "let go",
    "review": "asks a person",
    "expired": "too old to write about",
}
_CARDS = {
    "draft": "Card is not ready yet",
    "pending": "Card waits for a decision",
    "snoozed": "Card is snoozed",
    "approved": "Approved, not sent yet",
    "executing": "Being sent",
    "done": "Done",
    "rejected": "Card was turned down",
    "expired": "Card expired",
    "unknown": "Nobody can tell whether it was sent",
}
_SAID = {
    "pursue": "It is pursued: a draft follows.",
    "nurture": "It is put off until that day.",
    "skip": "It is let go.",
}
_SHOWN = 100


@dataclass(frozen=True)
class Card:
    """A proposal that a signal led to."""

    id: str
    told: str


def feed_routes(desk: Desk) -> APIRouter:
    """Return the routes of the feed."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/feed")
    async def feed(request: Request) -> Response:
        return await to_thread.run_sync(_page, desk, request)

    @router.post("/feed")
    async def settle(request: Request) -> Response:
        form = await read_form(desk, request)
        return await to_thread.run_sync(_settled, desk, actor_of(request), form)

    return router


def _page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    asked = request.query_params.get("show", "now")
    heap = asked if asked in HEAPS else "now"
    found: Sequence[FeedItem]
    theirs = False
    if heap == "now":
        found = desk.app.signals.feed(visitor.user_id, visitor.scope)
        if not found and visitor.role in ("manager", "admin"):
            # Whoever leads others and has no accounts of their own sees what is worth the others' time.
            found, theirs = desk.app.signals.feed(None, visitor.scope), True
    else:
        found = desk.app.signals.listed(visitor.scope, states=HEAPS[heap][1], limit=_SHOWN)
    return outreach_page(
        desk,
        request,
        "feed.html",
        said=_SAID,
        items=found,
        cards=_cards(desk, visitor, [one.id for one in found]),
        heap=heap,
        theirs=theirs,
        heap_names=[(name, label) for name, (label, _) in HEAPS.items()],
        states=STATES,
        tomorrow=(desk.calendar().today + timedelta(days=1)).isoformat(),
        most=_SHOWN,
    )


def _cards(desk: Desk, visitor: Visitor, ids: Sequence[str]) -> dict[str, Card]:
    """Return the newest card of each signal that led to one and that the visitor may see."""
    from agents.proposals.book import visible
    from infra.spine.proposals import Proposal

    chosen = (
        select(Proposal.signal_id, Proposal.id, Proposal.state)
        .where(Proposal.signal_id.in_(ids), visible(visitor.scope, desk.app.clock.now()))
        .order_by(Proposal.created_at, Proposal.id)
    )
    with desk.app.database.session() as session:
        return {row.signal_id: Card(row.id, _CARDS.get(row.state, row.state)) for row in session.execute(chosen)}


def _settled(desk: Desk, actor: Actor, form: FormData) -> Response:
    decision, until = text_of(form, "decision"), None
    if decision not in _SAID:
        raise Fatal("That can't be decided.", "Go back, and press one of the buttons.", status=422)
    if decision == "nurture":
        until = _day(desk, form)
    reason = text_of(form, "reason").strip()[:400] or None
    chosen = cast(Literal["pursue", "nurture", "skip"], decision)
    signals.decide_signal(desk.app, actor.email, actor.door, text_of(form, "signal")[:80], chosen, until, reason)
    show = text_of(form, "show")
    return after_press("/feed", decision, show=show if show in HEAPS and show != "now" else "")


def _day(desk: Desk, form: FormData) -> datetime:
    return until_of({"until": text_of(form, "until")}, desk.app.settings.zone)
