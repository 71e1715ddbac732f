"""The watch over signals while the server runs: what time does to them, what the spine itself shows, and the sources that are asked."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App

_LOG = logger("signals")
_EVERY_S = 10.0
_RANK_ROUNDS = 60


class SignalWatch:
    """A thread between `start` and `stop`. Everything it does stands in the spine: two workers that do it both do no harm."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._rounds = 0
        self._asked_at: float | None = None

    async def start(self) -> None:
        """Start; the sources are asked at once, and then as often as the settings say."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="signals", daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop after the round under way."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            await asyncio.to_thread(thread.join, 30)

    def _run(self) -> None:
        while not self._ended.wait(_EVERY_S if self._rounds else 1.0):
            for part in (self._tend, self._fetch):
                try:
                    part()
                except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
                    # The next round finds what this one left.
                    _LOG.error("round failed", exc_info=error)
            self._rounds += 1

    def _tend(self) -> None:
        tended = self._app.signals.tend(ranks=self._rounds % _RANK_ROUNDS == 0)
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
