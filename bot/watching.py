"""Watching the guardrails: a thread that about every minute verifies addresses, asks about domains and judges rates, so that no click waits for the DNS."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App

_LOG = logger("watching")
_EVERY_S = 60.0


class GuardWatch:
    """The thread. What it finds stands in the spine, so that a kill loses nothing."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Start; the first look comes at once."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="guard-watch", daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop at the next safe point."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            await asyncio.to_thread(thread.join, 30)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                for card in self._app.guard_tending.tick():
                    self._app.announcer.changed(card)
            except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
                _LOG.error("watch failed", exc_info=error)
            self._ended.wait(_EVERY_S)
