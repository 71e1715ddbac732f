"""Telling the CRM how deals stand, while the server runs: what differs from what was written last is planned, and carried out with all other writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.rounds import Rounds
from infra.errors import DealwrightError
from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App
    from sales.ownership import Ownership

_EVERY_S = 60.0
_SCHEMA_KEPT = timedelta(minutes=15)
"""So long the CRM is not asked anew which of the fields it has. Ours: a schema changes rarely, and `fields create` lets it be asked at once."""

_LOG = logger("crm")


class CrmHealth(Rounds):
    """Goes round once a minute between `start` and `stop`."""

    def __init__(self, app: App) -> None:
        super().__init__("crm-health", self.tell, every_s=_EVERY_S)
        self._app = app
        self._there: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def look_anew(self) -> None:
        """Ask the CRM for its fields again: some were added."""
        self._there.clear()
        self.wake()

    def tell(self) -> None:
        """Plan what the CRM is to be told of how deals stand. Without a CRM, or without the fields there, nothing is planned."""
        from agents.crm.own_fields import differ, own_names, plan_own
        from agents.crm.rules import ownership_in_force
        from agents.crm.writes import crm_of

        now = self._app.clock.now()
        with self._app.database.session() as session:
            system = crm_of(session)
            if system is None:
                return
            rules = ownership_in_force(session)
            keys = self._known(system, now)
            if not differ(session, system, own_names(rules, system) if keys is None else keys, now):
                return
        if keys is None:
            keys = self._asked(system, rules, now)
        keys = tuple(key for key in keys if key in own_names(rules, system))
        with self._app.database.transaction() as session:
            plan_own(session, system, keys, now)

    def _known(self, system: str, now: datetime) -> tuple[str, ...] | None:
        asked_at, keys = self._there.get(system, (None, ()))
        return keys if asked_at is not None and now - asked_at < _SCHEMA_KEPT else None

    def _asked(self, system: str, rules: Ownership, now: datetime) -> tuple[str, ...]:
        """Return which of the fields the CRM has; none where it can't be asked."""
        from agents.crm.own_fields import own_there

        keys: tuple[str, ...] = ()
        try:
            writer = self._app.crm.writer(system)
            try:
                keys = own_there(rules, system, writer.properties("deal"))
            finally:
                writer.close()
        except DealwrightError as error:
            # Whoever answers for the connection is told by what reads and writes it.
            _LOG.warning("fields not known", system=system, error=type(error).__name__)
        self._there[system] = now, keys
        return keys
