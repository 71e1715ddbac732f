"""The page of a brief, which prints on a sheet of paper, and the same as PDF."""

from __future__ import annotations

import re

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from bot.briefs import Wanted, brief_in, message_of
from bot.compose import View
from bot.web.answering import talks
from bot.web.gate import gated_route, visitor_of
from bot.web.pages import HEADERS, Desk
from bot.web.render import Setting, render

_LONGEST = 320


def brief_routes(desk: Desk) -> APIRouter:
    """Return the route of briefs: `/briefs/<account>`, with `?format=pdf` for the file."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/briefs/{account:path}")
    async def brief(request: Request, account: str) -> Response:
        return await to_thread.run_sync(_brief, desk, request, account)

    return router


def _brief(desk: Desk, request: Request, account: str) -> Response:
    visitor, query = visitor_of(request), request.query_params
    given = {key: query[key][:_LONGEST] for key in ("deal", "meeting", "as_of") if query.get(key)}
    made = brief_in(desk.app, Wanted(account[:_LONGEST], **given), visitor.scope)
    if query.get("format") == "pdf":
        from bot.brief_pdf import pdf_of

        base = desk.app.settings.public_url or str(request.base_url)
        view = View(desk.app.settings.zone, desk.app.clock.now(), base)
        return Response(pdf_of(made, view), media_type="application/pdf", headers=HEADERS | {"Content-Disposition": f'inline; filename="{_file_name(made.account.name)}"'})  # fmt: skip
    message = message_of(desk.app, made, folded=False)
    point, _, state = made.headline.partition(" — ")
    # The headline is the page's own heading; the buttons of the message stand beside it.
    parts = tuple(part for part in message.parts[1:] if type(part).__name__ != "Buttons")
    body = render(type(message)(message.summary, parts), Setting(desk.calendar()))
    return desk.page(
        request,
        "brief.html",
        visitor,
        made=made,
        point=point,
        state=state,
        body=body,
        query=given,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _file_name(account: str) -> str:
    """Return a file's name that every system takes: a header holds no letters but plain ones."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", account).strip("-") or "account"
    return f"brief-{plain[:60]}.pdf"
