"""`/holds/<token>`: the hold of an hour that was agreed on a call, as a file for any calendar. Open to whoever has the link."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Response

from bot.app import App

_HEADERS = {
    "Content-Disposition": 'attachment; filename="hold.ics"',
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def routes(app: App) -> APIRouter:
    """Return the route."""
    from agents.closing.holds import PATH

    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "{token}")
    async def hold(token: str) -> Response:
        """Return the file, or 404 alike for what is none of ours and what is gone."""
        found = await to_thread.run_sync(_read, app, token)
        if found is None:
            return Response(
                "There is no such hold.\n", 404, media_type="text/plain", headers={"Cache-Control": "no-store"}
            )
        return Response(found, media_type="text/calendar; charset=utf-8", headers=_HEADERS)

    return router


def _read(app: App, token: str) -> bytes | None:
    from agents.closing.holds import read_hold

    with app.database.session() as session:
        return read_hold(session, app.settings, token)
