"""`/reviews/stop/<token>`: one click ends the reviews by mail for whoever got one (RFC 8058), or brings them back. Chats go on as before."""

from __future__ import annotations

import json

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from agents.guard.unsubscribing import base_url
from bot.app import App
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.delivering import ReviewOptOut
from infra.spine.people import User

PATH = "/reviews/stop/"
_KIND = "review"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_FIELD, _VALUE, _AGAIN = "List-Unsubscribe", "One-Click", "Again"
_BUTTON = '<form method="post"><input type="hidden" name="{}" value="{}"><button type="submit">{}</button></form>'
_ASK = ("Stop the reviews by mail?", _BUTTON.format(_FIELD, _VALUE, "Yes, stop them"))
_DONE = ("Done.", "<p>No more reviews by mail.</p>" + _BUTTON.format(_FIELD, _AGAIN, "Send them again"))
_BACK = ("Done.", "<p>The next review comes by mail again.</p>")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;color:#1c1c1c;background:#fff}}
button{{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#0b5b50;color:#fff;cursor:pointer}}
@media (prefers-color-scheme:dark){{body{{color:#eee;background:#181818}}}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def way_out(settings: Settings, sealer: Sealer, user_id: str) -> str:
    """Return the link by which a person ends their reviews by mail. No address stands in it."""
    return f"{base_url(settings)}{PATH}{sealer.seal(json.dumps([_KIND, user_id]))}"


def routes(app: App) -> APIRouter:
    """Return the page and its POST, open to whoever has a link. It tells nothing of whose link it is."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "{token}")
    async def ask(token: str) -> HTMLResponse:
        """Show the button; nothing is changed by looking, as scanners follow every link in a mail."""
        return _page(*_ASK)

    @router.post(PATH + "{token}")
    async def stop(token: str, request: Request) -> HTMLResponse:
        """End the reviews by mail, or bring them back; a link that is none of ours is answered alike."""
        wish = await _wish(request)
        if wish not in (_VALUE, _AGAIN):
            return _page(*_ASK)
        await to_thread.run_sync(_change, app, token, wish == _VALUE)
        return _page(*(_DONE if wish == _VALUE else _BACK))

    return router


async def _wish(request: Request) -> str:
    form: FormData = await request.form(max_files=0, max_fields=20, max_part_size=4_096)
    try:
        return str(form.get(_FIELD) or "")
    finally:
        await form.close()


def _change(app: App, token: str, stop: bool) -> None:
    user_id = _read(Sealer(app.settings), token)
    if user_id is None:
        return
    with app.database.transaction() as session:
        if session.get(User, user_id) is None:
            return
        known = session.get(ReviewOptOut, user_id)
        if stop and known is None:
            session.add(ReviewOptOut(user_id=user_id, at=app.clock.now()))
        elif not stop and known is not None:
            session.delete(known)


def _read(sealer: Sealer, token: str) -> str | None:
    if not token.isascii() or len(token) > 2_000:
        return None
    try:
        told = json.loads(sealer.open(token))
    except (Fatal, ValueError):
        return None
    ours = isinstance(told, list) and len(told) == 2 and told[0] == _KIND and isinstance(told[1], str)
    return told[1] if ours else None


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, body=body), headers=_HEADERS)
