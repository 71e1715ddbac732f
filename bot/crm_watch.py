"""Keeping systems of record in step while the server runs: what is due is written, what they told of is read, and each is read anew every some minutes.

Writing is durable work of its own (`crm:<system>:<what is due>`), one at a time for each system, so that it is taken up after a kill and never runs twice at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from bot.jobs import Job
from bot.rounds import Rounds
from infra.errors import DealwrightError
from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App

PREFIX = "crm"
_EVERY_S = 2.0
_MOST = 500
_LOG = logger("crm")


class CrmWatch(Rounds):
    """Ticks between `start` and `stop`. What waits stands in the spine, so nothing is lost with the thread."""

    def __init__(self, app: App) -> None:
        super().__init__("crm-watch", self.write, self.hear, self.read, every_s=_EVERY_S)
        self._app = app
        self._handed: set[str] = set()
        app.work.register(PREFIX, self._carry)

    def write(self) -> None:
        """Plan what waited for a CRM, and hand over what is due."""
        from agents.crm.alarms import tell_of_endings
        from agents.crm.queue import release, something_waits

        now = self._app.clock.now()
        with self._app.database.session() as session:
            waits = something_waits(session)
        if waits:
            with self._app.database.transaction() as session:
                release(session, self._app.settings, now)
        due = self._due(now)
        for key in due - self._handed:
            self._app.work.hand_over(key, ":".join(key.split(":")[:2]))
        self._handed = due
        if self._something_ends(now):
            with self._app.database.transaction() as session:
                tell_of_endings(session, now)

    def _due(self, now: datetime) -> set[str]:
        """Return a key for each system with due writes; it changes with what is due, so that each is handed over once, and with the minute, so that
        what a system could not be opened for is tried again."""
        from agents.crm.taken import ABANDONED
        from infra.spine.crm import CrmWrite

        due = or_(
            (CrmWrite.state == "planned") & (CrmWrite.due_at <= now),
            (CrmWrite.state == "sending") & (CrmWrite.due_at <= now) & CrmWrite.holder.is_(None),
            (CrmWrite.state == "sending") & (CrmWrite.attempted_at <= now - ABANDONED),
        )
        query = (
            select(
                CrmWrite.system, func.min(CrmWrite.key), func.sum(CrmWrite.attempts), func.max(CrmWrite.attempted_at)
            )
            .where(CrmWrite.system.is_not(None), due)
            .group_by(CrmWrite.system)
        )
        with self._app.database.session() as session:
            rows = session.execute(query).all()
        minute = now.strftime("%Y%m%d%H%M")
        return {f"{PREFIX}:{row[0]}:{hashlib.sha256(repr((*row, minute)).encode()).hexdigest()[:24]}" for row in rows}

    def _carry(self, key: str) -> None:
        _, system, _ = key.split(":", 2)
        try:
            self._app.crm.carry(system, _MOST)
        except DealwrightError as error:
            # Who answers for it was told; what was taken is put off.
            _LOG.warning("writes put off", system=system, error=type(error).__name__)
        self.wake()

    def hear(self) -> None:
        """Read what systems told of by themselves."""
        from agents.crm.changes import waiting

        with self._app.database.session() as session:
            systems = waiting(session)
        for name in systems:
            if not self.is_ending():
                self._quietly(name, self._app.crm.told)

    def read(self) -> None:
        """Read the systems whose turn it is."""
        now = self._app.clock.now()
        for name in self._app.crm.systems.connected():
            if not self.is_ending() and self._is_due(name, now):
                self._quietly(name, lambda each: self._app.crm.read(each, Job(stop=self._ended)))

    def _is_due(self, name: str, now: datetime) -> bool:
        from infra.spine.crm import SyncState

        every = timedelta(minutes=self._app.settings.sync_every_min)
        with self._app.database.session() as session:
            last = session.execute(
                select(func.max(SyncState.finished_at), func.max(SyncState.started_at)).where(SyncState.system == name)
            ).one()
        latest = max((at for at in last if at is not None), default=None)
        return latest is None or latest <= now - every

    def _something_ends(self, now: datetime) -> bool:
        from agents.crm.alarms import SOON
        from infra.spine.crm import Connection

        with self._app.database.session() as session:
            return (
                session.scalar(select(Connection.system).where(Connection.ends_at <= now + SOON).limit(1)) is not None
            )

    def _quietly(self, name: str, work: Callable[[str], object]) -> None:
        try:
            work(name)
        except DealwrightError as error:
            _LOG.warning("not in step", system=name, error=type(error).__name__)
