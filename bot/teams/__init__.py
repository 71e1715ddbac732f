"""Microsoft Teams: activities in at `/api/messages`, answers out as Adaptive Cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.app import App


def routes(app: App) -> APIRouter:
    """Return the route of the Bot Framework and have the surface start with the server. Without an app id it answers this machine only."""
    from bot.teams.surface import Surface

    return Surface(app).routes()
