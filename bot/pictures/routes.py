"""`/pictures/<token>.png`: a picture of a message that stands in a chat, for the chat's own servers. Open to whoever has the link."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter, Response

from bot.app import App
from bot.pictures.keeping import PATH, Pictures

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # The same link shows the same picture for as long as it lives.
    "Cache-Control": "private, max-age=86400",
}


def routes(app: App) -> APIRouter:
    """Return the route."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "{token}.png")
    async def picture(token: str) -> Response:
        """Return the picture, or 404 alike for what is none of ours and what has ended."""
        found = await to_thread.run_sync(lambda: Pictures(app.settings, app.database, app.clock).read(token))
        if found is None:
            return Response(
                "There is no such picture.\n", 404, media_type="text/plain", headers={"Cache-Control": "no-store"}
            )
        return Response(found, media_type="image/png", headers=_HEADERS)

    return router
