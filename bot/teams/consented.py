"""Whether Microsoft Graph tells us what stands in conversations, for `dealwright doctor`."""

from __future__ import annotations

from bot.app import App
from bot.components import Component
from bot.teams.graph import OF_PERSONS, TENANT_WIDE, Graph
from infra.errors import DealwrightError


def doubles(app: App) -> list[Component]:
    """Return whether Microsoft Graph tells what a killed post left in Teams; nothing where Teams is not connected."""
    settings = app.settings
    if not (settings.teams_app_id and settings.teams_app_secret):
        return []
    graph = Graph(settings)
    if not graph.usable:
        detail = "What a kill left twice in Teams can't be found: the bot's tenant is not known."
        return [Component("doubles", "missing", detail, "Set DEALWRIGHT_TEAMS_TENANT_ID.")]
    try:
        roles = graph.roles()
    except DealwrightError as error:
        return [Component("doubles", "missing", error.sentence, error.next_step)]
    if roles & TENANT_WIDE and roles & OF_PERSONS:
        detail = "What a kill left twice is found in personal chats; in teams and group chats where they consented."
        return [Component("doubles", "ok", detail)]
    detail = "What a kill left twice in a personal chat of Teams is found only when somebody presses a button on it."
    return [Component("doubles", "missing", detail, "Have an admin consent, or live with it: docs/teams.md tells how.")]
