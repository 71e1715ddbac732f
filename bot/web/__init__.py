"""The web console: server-rendered pages, server-sent events, and a little script of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.app import App


def routes(app: App) -> APIRouter:
    """Return every route of the console. Include it last: it also answers addresses that nobody else has, to browsers only."""
    from bot.web.console import console_routes

    return console_routes(app)
