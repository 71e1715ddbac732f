"""Slack: events in over HTTP or Socket Mode, answers out as Block Kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.app import App


def routes(app: App) -> APIRouter | None:
    """Return Slack's HTTP routes and have the surface start with the server; None where Slack is not set up."""
    settings = app.settings
    if not (settings.slack_bot_token or settings.slack_client_id):
        return None
    if not (settings.slack_signing_secret or settings.slack_app_token):
        return None
    from bot.slack.surface import Surface

    return Surface(app).routes()
