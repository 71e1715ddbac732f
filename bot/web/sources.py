"""The page of one source: a call's transcript, a mail, a note, opened at the quote that an answer rests on."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from agents.verbatim import Verbatim, read_verbatim
from bot.coaching import shown_to
from bot.compose import view_at
from bot.notes import sections_of
from bot.web.addresses import SOURCE_FOLDERS
from bot.web.answering import find_cited, talks
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, visitor_of
from bot.web.highlight import spread
from bot.web.pages import Desk
from bot.web.render import Setting, render

WORDS = {"call": "Call", "meeting": "Meeting", "mail": "Mail", "note": "Note", "task": "Task"}


def source_routes(desk: Desk) -> APIRouter:
    """Return the routes of calls, mails, notes, meetings and tasks."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    async def source(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_source_page, desk, request, id)

    for folder in SOURCE_FOLDERS:
        router.add_api_route(f"/{folder}/{{id:path}}", source, methods=["GET"])
    return router


_NO_NOTES: dict[str, Any] = {"notes": None, "sections": [], "scorecards": []}


def _source_page(desk: Desk, request: Request, id: str) -> Response:
    visitor, query = visitor_of(request), request.query_params
    with desk.app.database.session() as session:
        found = read_verbatim(session, visitor.scope, id)
    if found is None:
        raise NotHere
    cited = find_cited(desk, visitor, query.get("answer", ""), query.get("evidence", ""))
    quote = cited.quote if cited is not None and cited.id == id else None
    marks = (
        spread(quote, [(turn.turn_id, turn.speaker, turn.text) for turn in found.turns], cited.turns if cited else ())
        if quote
        else {}
    )
    part = request.headers.get("x-part")
    return desk.page(
        request,
        "source.html",
        visitor,
        source=found,
        marks=marks,
        quote=quote if not marks else None,
        word=WORDS.get(found.kind, "Record"),
        back=cited.conversation if cited else None,
        part=part if part in ("panel", "turns") else None,
        talks=talks(desk, visitor) if not part else [],
        conversation=None,
        **(_NO_NOTES if part else _notes(desk, visitor, found)),
    )


def _notes(desk: Desk, visitor: Visitor, found: Verbatim) -> dict[str, Any]:
    """Return what the page shows of a held call's notes beside its transcript: the record and its sections, or nothing."""
    if found.kind not in ("call", "meeting") or not found.turns or found.status != "done":
        return _NO_NOTES
    notes = desk.app.notes.of(found.id, scope=visitor.scope)
    # A scorecard is for the person themselves: whoever views the console as somebody else is not that person.
    own = visitor.user_id if visitor.viewing_as is None else None
    cards = shown_to(desk.app, own, found.id, view_at(desk.app.settings, desk.app.clock.now()))
    setting = Setting(desk.calendar())
    return {
        "notes": notes,
        "sections": sections_of(notes, desk.calendar()),
        "scorecards": [render(card, setting) for card in cards],
    }
