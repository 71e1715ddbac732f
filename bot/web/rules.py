"""Rule files in the browser: edited with every fault at its line, a preview of what would change, the log, and going back. For admins."""

from __future__ import annotations

import difflib
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from starlette.datastructures import FormData

from bot import rulefiles
from bot.web.gate import NotHere, gated_route, read_form, text_of
from bot.web.imports import admin_of
from bot.web.outreach import Actor, actor_of, after_press, outreach_page
from bot.web.pages import HEADERS, Desk
from infra.errors import Fatal

_SAID = {
    "saved": "It is in force.",
    "unchanged": "Nothing has changed.",
    "back": "That version is in force again.",
}
_LOGGED = 30
_LONGEST = 200_000


def rule_routes(desk: Desk) -> APIRouter:
    """Return the routes of rule files."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/rules")
    async def first(request: Request) -> Response:
        admin_of(request)
        return RedirectResponse(f"/rules/{rulefiles.NAMES[0]}", 303, headers=HEADERS)

    @router.get("/rules/{name}")
    async def rules(request: Request, name: str) -> Response:
        admin_of(request)
        return await to_thread.run_sync(lambda: _page(desk, request, _known(name)))

    @router.post("/rules/{name}")
    async def change(request: Request, name: str) -> Response:
        admin_of(request)
        form = await read_form(desk, request)
        return await to_thread.run_sync(_changed, desk, request, _known(name), actor_of(request), form)

    return router


def _known(name: str) -> str:
    if name not in rulefiles.NAMES:
        raise NotHere
    return name


def _page(
    desk: Desk,
    request: Request,
    name: str,
    *,
    text: str | None = None,
    note: str = "",
    checked: dict[str, Any] | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    held = rulefiles.in_force(desk.app, name)
    shown = held["text"] if text is None else text
    lines = shown.splitlines()
    faults = checked["faults"] if checked is not None else []
    on_disk = rulefiles.book_of(desk.app, name).faults() if checked is None else ()
    return outreach_page(
        desk,
        request,
        "rules.html",
        said=_SAID,
        status=status,
        name=name,
        names=rulefiles.NAMES,
        about=rulefiles.ABOUT[name],
        held=held,
        text=shown,
        note=note,
        checked=checked,
        trouble=trouble,
        faults=[(one, lines[one["line"] - 1] if 0 < one["line"] <= len(lines) else "") for one in faults],
        on_disk=on_disk,
        log=_log(desk, name),
        logged=_LOGGED,
    )


def _log(desk: Desk, name: str) -> list[dict[str, Any]]:
    """Return the newest versions, each with who made it and what it changed."""
    from infra.spine.people import User

    versions = rulefiles.log(desk.app, name)
    with desk.app.database.session() as session:
        makers = {one["by"] for one in versions if one["by"]}
        names = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(makers)))}
    told = []
    for one, before in zip(versions, [*versions[1:], None], strict=False):
        old = before["text"].splitlines() if before else []
        changes = list(difflib.unified_diff(old, one["text"].splitlines(), lineterm="", n=1))[2:]
        told.append({**one, "who": names.get(one["by"], one["by"] or "–"), "changes": changes})
    return told[:_LOGGED]


def _changed(desk: Desk, request: Request, name: str, actor: Actor, form: FormData) -> Response:
    wanted = text_of(form, "do")
    if wanted == "back":
        rulefiles.rollback(desk.app, actor.email, actor.door, name, _number(text_of(form, "version")))
        return after_press(f"/rules/{name}", "back")
    text = text_of(form, "text").replace("\r\n", "\n")
    note = text_of(form, "note").strip()[:400]
    if len(text) > _LONGEST:
        raise Fatal("That is too long for a rule file.", f"It takes {_LONGEST:,} characters.", status=422)
    checked = rulefiles.check(desk.app, name, text)
    if not checked["valid"] or wanted != "save":
        status = 200 if checked["valid"] else 422
        return _page(desk, request, name, text=text, note=note, checked=checked, status=status)
    expected = _number(text_of(form, "expected"))
    if rulefiles.in_force(desk.app, name)["version"] != expected:
        told = "It has been changed meanwhile. What is in force now stands in the log below; yours is kept here."
        return _page(desk, request, name, text=text, note=note, trouble=told, status=409)
    made = rulefiles.save(desk.app, actor.email, actor.door, name, text, note or None, expected)
    return after_press(f"/rules/{name}", "saved" if made["version"] != expected else "unchanged")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Fatal("That version can't be read.", "Load the page again.", status=422)
    return int(text)
