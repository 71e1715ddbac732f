"""Reading mailboxes: a thread that about every ten seconds reads those that are due, one after the other, while the server runs."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from infra.errors import DealwrightError
from infra.logs import logger

if TYPE_CHECKING:
    from bot.app import App

_LOG = logger("reading")
_EVERY_S = 10.0


class MailboxWatch:
    """The thread. How far each mailbox was read stands in the spine, so that a kill repeats a page at most."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Look at once: a mailbox was connected."""
        self._woken.set()

    async def start(self) -> None:
        """Start; the first look comes at once."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="mailbox-watch", daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop after the page under way."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._woken.set()
            await asyncio.to_thread(thread.join, 30)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            try:
                self.tick()
            except (SQLAlchemyError, DealwrightError) as error:
                _LOG.error("mailboxes not looked at", exc_info=error)
            self._woken.wait(_EVERY_S)

    def tick(self) -> None:
        """Read what is due at this moment. One that can't be read says so itself and does not keep the others waiting."""
        self._app.mailboxes.warn(self._app.clock.now())
        for mailbox in self._app.mailboxes.due(self._app.clock.now()):
            if self._ended.is_set():
                return
            try:
                self._app.mailboxes.sync(mailbox, stop=self._ended.is_set)
            except DealwrightError:
                continue
