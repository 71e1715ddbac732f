"""Asking and reading answers: with a stream of what is being done where a script runs, as a plain form where none does."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from agents.history import Exchange, rate, read_answer
from agents.starters import first_questions
from bot.digest_message import KEY
from bot.jobs import Job
from bot.stepping import STEP
from bot.web.answering import (
    ask,
    body_of,
    clean_question,
    new_conversation,
    own_conversation,
    prefix_of,
    rater_of,
    talk,
    talks,
)
from bot.web.commanded import turned
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, read_form, text_of, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.reviews import judged
from bot.web.underway import Underway
from infra.errors import Fatal

_NEIGHBOUR = "Another card"
"""What stands for the question where a list was turned to its next card, or back."""


def chat_routes(desk: Desk, underway: Underway) -> APIRouter:
    """Return the routes of the chat."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/")
    async def start(request: Request) -> Response:
        return await to_thread.run_sync(_chat_page, desk, request, None)

    @router.get("/chat/{conversation}")
    async def read(request: Request, conversation: str) -> Response:
        return await to_thread.run_sync(_chat_page, desk, request, conversation)

    @router.get("/history")
    async def history(request: Request) -> Response:
        return await to_thread.run_sync(_history_page, desk, request)

    @router.post("/ask")
    async def ask_question(request: Request) -> Response:
        form = await read_form(desk, request)
        return await _asked(desk, underway, request, text_of(form, "question"), text_of(form, "conversation"))

    @router.get("/asks/{id}/events")
    async def events(request: Request, id: str) -> Response:
        running = underway.find(visitor_of(request).mark, id)
        if running is None:
            # 204 tells an EventSource not to come back; the page then looks whether the answer was kept.
            return Response(status_code=204, headers=HEADERS)
        last = request.headers.get("last-event-id", "0")
        return underway.stream(running, int(last) if last.isascii() and last.isdigit() else 0)

    @router.post("/asks/{id}/stop")
    async def stop(request: Request, id: str) -> Response:
        await read_form(desk, request)
        running = underway.find(visitor_of(request).mark, id)
        if running is not None:
            underway.stop(running)
        return Response(status_code=204, headers=HEADERS)

    @router.post("/press/{action}")
    async def press(request: Request, action: str) -> Response:
        return await _pressed(desk, underway, request, action)

    return router


async def _pressed(desk: Desk, underway: Underway, request: Request, action: str) -> Response:
    form = await read_form(desk, request)
    if action == "ask":
        return await _asked(desk, underway, request, text_of(form, "value"), text_of(form, "conversation"))
    if action == STEP:
        return await to_thread.run_sync(_turned, desk, request, form)
    if action in ("useful", "not_useful"):
        return await to_thread.run_sync(_rated, desk, request, form, action == "useful")
    raise Fatal("That button is from another version of Dealwright.", "Load the page again.", status=404)


def _chat_page(desk: Desk, request: Request, conversation: str | None) -> Response:
    visitor = visitor_of(request)
    said: list[Exchange] = []
    if conversation is not None:
        said = talk(desk, visitor, own_conversation(visitor, conversation))
        if not said:
            raise NotHere
    with desk.app.database.session() as session:
        suggestions = [] if said else first_questions(session, visitor.scope, desk.app.clock.now())
    return desk.page(
        request,
        "chat.html",
        visitor,
        said=[_shown(desk, visitor, conversation or "", exchange) for exchange in said],
        conversation=conversation,
        new_conversation=new_conversation(visitor),
        suggestions=suggestions,
        talks=talks(desk, visitor),
    )


def _history_page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    return desk.page(request, "history.html", visitor, talks=talks(desk, visitor, 100), conversation=None)


def _shown(desk: Desk, visitor: Visitor, conversation: str, exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.answer.id or "",
        "kind": exchange.answer.kind,
        "question": exchange.question,
        "at": exchange.at,
        "summary": exchange.answer.headline,
        "took_ms": exchange.answer.took_ms,
        "body": body_of(desk, visitor, conversation, exchange),
    }


async def _asked(desk: Desk, underway: Underway, request: Request, words: str, given: str) -> Response:
    visitor = visitor_of(request)
    question, conversation = clean_question(words), own_conversation(visitor, given)
    if wants_data(request):
        running = underway.start(visitor.mark, lambda job: _answered(desk, visitor, question, conversation, job))
        where = {"events": f"/asks/{running.id}/events", "stop": f"/asks/{running.id}/stop"}
        return JSONResponse({"id": running.id, "conversation": conversation, **where}, 202, headers=HEADERS)
    exchange = await to_thread.run_sync(ask, desk, visitor, question, conversation, Job().say)
    if exchange.answer.id is None:
        return await to_thread.run_sync(_unkept, desk, request, conversation, exchange)
    return RedirectResponse(f"/chat/{conversation}#answer-{exchange.answer.id}", 303, headers=HEADERS)


def _answered(desk: Desk, visitor: Visitor, question: str, conversation: str, job: Job) -> dict[str, Any]:
    exchange = ask(desk, visitor, question, conversation, job.say)
    shown = _shown(desk, visitor, conversation, exchange)
    html = desk.fragment("answer.html", one=shown)
    return {
        "html": str(html),
        "summary": shown["summary"],
        "id": shown["id"],
        "conversation": conversation,
        "title": question,
    }


def _turned(desk: Desk, request: Request, form: FormData) -> Response:
    visitor = visitor_of(request)
    conversation = own_conversation(visitor, text_of(form, "conversation"))
    exchange = turned(desk, visitor, text_of(form, "value")[:80], _NEIGHBOUR, conversation)
    return RedirectResponse(f"/chat/{conversation}#answer-{exchange.answer.id}", 303, headers=HEADERS)


def _unkept(desk: Desk, request: Request, conversation: str, exchange: Exchange) -> Response:
    visitor = visitor_of(request)
    shown = [_shown(desk, visitor, conversation, exchange)]
    return desk.page(
        request,
        "chat.html",
        visitor,
        said=shown,
        conversation=conversation,
        new_conversation=conversation,
        suggestions=[],
        talks=talks(desk, visitor),
    )


def _rated(desk: Desk, request: Request, form: FormData, useful: bool) -> Response:
    visitor, answer_id = visitor_of(request), text_of(form, "value")
    if answer_id.startswith(KEY):
        return judged(desk, request, answer_id, useful=useful)
    with desk.app.database.session() as session:
        found = read_answer(session, answer_id)
    if found is None or not (found[0].conversation_id or "").startswith(prefix_of(visitor)):
        raise NotHere
    with desk.app.database.transaction() as session:
        rate(session, answer_id, rater_of(visitor), useful=useful, at=desk.app.clock.now())
    if wants_data(request):
        return JSONResponse({"useful": useful}, headers=HEADERS)
    return RedirectResponse(f"/chat/{found[0].conversation_id}#answer-{answer_id}", 303, headers=HEADERS)
