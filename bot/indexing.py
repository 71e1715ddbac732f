"""Bringing the index up to date behind what Dealwright itself writes into the spine: mails that were sent, and mails that came."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from infra.errors import DealwrightError
from infra.logs import logger
from infra.spine.activity import Activity

if TYPE_CHECKING:
    from bot.selling import Selling

_LOG = logger("indexing")
_GATHER_S = 0.5


class Indexing:
    """A thread that refreshes the index when it is woken. What waits stands in the spine, so a kill loses nothing."""

    def __init__(self, app: Selling) -> None:
        self._app = app
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Something new waits to be indexed."""
        self._woken.set()

    async def start(self) -> None:
        """Start; what an earlier process left waiting comes first."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop at the next safe point."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._woken.set()
            await asyncio.to_thread(thread.join, 30)

    def _run(self) -> None:
        try:
            if self._something_waits():
                self._woken.set()
        except (SQLAlchemyError, DealwrightError) as error:
            _LOG.error("index not looked at", exc_info=error)
        while not self._ended.is_set():
            self._woken.wait()
            # Many mails that go at the same time are indexed together.
            if self._ended.wait(_GATHER_S):
                return
            self._woken.clear()
            self._refresh()

    def _something_waits(self) -> bool:
        with self._app.database.session() as session:
            waiting = select(Activity.id).where(Activity.indexed_as.is_(None), Activity.source == "dealwright")
            return session.scalar(waiting.limit(1)) is not None

    def _refresh(self) -> None:
        try:
            with self._app.writing():
                self._app.index.refresh(lambda _what, _done, _total: None, self._ended.is_set)
        except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
            # An import that is under way indexes it as well; else the next mail does.
            _LOG.error("index not refreshed", exc_info=error)
