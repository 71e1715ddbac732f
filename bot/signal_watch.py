"""The watch over signals while the server runs: what time does to them, what the spine itself shows, and the sources that are asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.rounds import Rounds
from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App

_LOG = logger("signals")
_EVERY_S = 10.0
_FIRST_AFTER_S = 1.0
_RANK_ROUNDS = 60


class SignalWatch(Rounds):
    """Everything it does stands in the spine: two workers that do it both do no harm. The sources are asked as often as the settings say."""

    def __init__(self, app: App) -> None:
        super().__init__("signals", self._tend, self._fetch, every_s=_EVERY_S, first_after_s=_FIRST_AFTER_S)
        self._app = app
        self._rounds = 0
        self._asked_at: float | None = None

    def _tend(self) -> None:
        ranks = self._rounds % _RANK_ROUNDS == 0
        self._rounds += 1
        tended = self._app.signals.tend(ranks=ranks)
        if tended.expired or tended.returned or tended.judged:
            _LOG.info("tended", expired=tended.expired, returned=tended.returned, judged=tended.judged)

    def _fetch(self) -> None:
        # By the machine's own time: how often a stranger's server is asked is nothing that a test's clock decides.
        every_s = self._app.settings.signals_every_min * 60
        if self._asked_at is not None and time.monotonic() - self._asked_at < every_s:
            return
        self._asked_at = time.monotonic()
        for fetched, told in self._app.signals.fetch():
            _LOG.info(
                "fetched", source=fetched.name, new=len(told.ingested.signals), failed=fetched.trouble is not None
            )
