"""How sending stands: each domain that we send from with its gate, its rates and who paused it, and what is known of addresses. Asks nothing outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.app import App

if TYPE_CHECKING:
    from agents.guard.gatekeeper import Gate
    from sales.kill_switch import Traffic


@dataclass(frozen=True)
class Standing:
    """One sending domain. `by` and `resumed_by` are names, where the machine or a program did it its own; `cards` wait to leave from it."""

    gate: Gate
    traffic: Traffic
    paused: bool
    paused_at: datetime | None
    by: str | None
    reason: str | None
    resumed_at: datetime | None
    resumed_by: str | None
    resume_reason: str | None
    cards: int


def standings(app: App) -> list[Standing]:
    """Return every domain that we send from as the spine knows it, by name."""
    from agents.guard.gatekeeper import gate_of, sending_domains
    from agents.guard.kill_switch import cards_of, is_paused, recent
    from infra.spine.people import User
    from infra.spine.touches import SendingDomain

    now, found = app.clock.now(), []
    with app.database.session() as session:
        for domain in sending_domains(session, app.settings):
            row = session.get(SendingDomain, domain)
            traffic = recent(session, app.settings, domain, now)
            people = {one for one in (row.paused_by, row.resumed_by) if one} if row is not None else set()
            names: dict[str, str] = {
                told.id: told.name for told in session.execute(select(User.id, User.name).where(User.id.in_(people)))
            }
            found.append(
                Standing(
                    gate_of(session, app.settings, domain, now, traffic=traffic),
                    traffic,
                    is_paused(row),
                    row.paused_at if row else None,
                    names.get(row.paused_by, row.paused_by) if row and row.paused_by else None,
                    row.pause_reason if row else None,
                    row.resumed_at if row else None,
                    names.get(row.resumed_by, row.resumed_by) if row and row.resumed_by else None,
                    row.resume_reason if row else None,
                    len(cards_of(session, domain)),
                )
            )
    return found


def verified(app: App) -> dict[str, int]:
    """Return how many mail addresses are known to be good, bad, risky or unknown."""
    from infra.spine.touches import Verification

    with app.database.session() as session:
        rows = session.execute(select(Verification.status, func.count().label("held")).group_by(Verification.status))
        return {row.status: row.held for row in rows}
