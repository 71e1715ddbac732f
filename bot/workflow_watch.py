"""Keeps the workflow while the server runs: looks at what came in, and puts a card forward for a stage that was entered without what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.errors import Retriable
from infra.logs import logger

if TYPE_CHECKING:
    from bot.watched import Watched

_LOG = logger("workflow")
_EVERY_TICKS = 60


class WorkflowWatch:
    """`tick` is the schedule's."""

    def __init__(self, app: Watched) -> None:
        self._app = app
        self._ticks = 0

    def tick(self) -> None:
        """Look, once a minute."""
        self._ticks += 1
        if self._ticks % _EVERY_TICKS != 1:
            return
        try:
            told = self._app.workflow.refresh()
            offered = self._app.workflow.offer_cards() if told.opened or told.done or self._ticks == 1 else []
        except Retriable as error:
            # The next look reads what this one could not.
            _LOG.warning("workflow waits", sentence=error.sentence)
            return
        for one in offered:
            self._app.announcer.offer(one)
