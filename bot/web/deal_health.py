"""How a deal stands, for its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.health.next_step import with_next_steps

if TYPE_CHECKING:
    from agents.health.record import Health
    from bot.web.doorway import Visitor
    from bot.web.pages import Desk


def health_of(desk: Desk, visitor: Visitor, deal_id: str) -> Health | None:
    """Return how a deal stands now, None where it is not open or may not be seen."""
    with desk.app.database.session() as session:
        found = desk.app.health_of_deals.of(session, deal_id, visitor.scope)
        return with_next_steps(desk.app.workflow, session, [found])[0] if found is not None else None
