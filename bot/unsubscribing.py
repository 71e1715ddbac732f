"""`/unsubscribe/<token>`: one click ends our mails, without signing in. For mail programs by POST (RFC 8058), for people by a page with a button.

The page asks before it does anything, as scanners follow every link in a mail. It tells nothing: neither whose link it is, nor whether it
was one of ours.
"""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from agents.guard.unsubscribing import PATH, read_token, unsubscribe
from bot.app import App
from infra.sealing import Sealer

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_FIELD, _VALUE = "List-Unsubscribe", "One-Click"
_ASK = (
    "Stop our mails?",
    f'<form method="post"><input type="hidden" name="{_FIELD}" value="{_VALUE}"><button type="submit">Yes, stop them</button></form>',
)
_DONE = ("Done.", "<p>If this was our link, you will get no more mails from us. There is nothing else to do.</p>")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;color:#1c1c1c;background:#fff}}
button{{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1a4fa3;color:#fff;cursor:pointer}}
@media (prefers-color-scheme:dark){{body{{color:#eee;background:#181818}}}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


def routes(app: App) -> APIRouter:
    """Return the page and its POST, open to whoever has a link."""
    router = APIRouter(tags=["unsubscribe"], include_in_schema=False)

    @router.get(PATH + "{token}")
    async def ask(token: str) -> HTMLResponse:
        """Show the button; nothing is changed by looking."""
        return _page(*_ASK)

    @router.post(PATH + "{token}")
    async def stop(token: str, request: Request) -> HTMLResponse:
        """End our mails to whoever the link was for. Doing it again changes nothing; a link that is none of ours is answered alike."""
        if not await _is_one_click(request):
            return _page(*_ASK)
        await to_thread.run_sync(_stop, app, token)
        return _page(*_DONE)

    return router


async def _is_one_click(request: Request) -> bool:
    form: FormData = await request.form(max_files=0, max_fields=20, max_part_size=4_096)
    try:
        return form.get(_FIELD) == _VALUE
    finally:
        await form.close()


def _stop(app: App, token: str) -> None:
    way_out = read_token(Sealer(app.settings), token)
    if way_out is None:
        return
    with app.database.transaction() as session:
        unsubscribe(session, way_out, app.clock.now())
    if way_out.proposal_id is not None:
        app.announcer.changed(way_out.proposal_id)


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(title=title, body=body), headers=_HEADERS)
