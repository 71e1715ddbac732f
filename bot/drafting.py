"""The desk where mails are drafted: a thread that takes up judged signals and due touches, so that neither a webhook nor an import waits for a draft.

What waits stands in the spine, by state and `due_at`: a kill loses nothing, and being woken twice is being woken once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from infra.logs import logger

if TYPE_CHECKING:
    from bot.selling import Selling

_LOG = logger("drafting")
_EVERY_S = 3.0
_BATCH = 10
_ALONE = 100
"""So many signals are drafted at once where no server runs; the others wait for it."""
_TIDY_ROUNDS = 600


class DraftingDesk:
    """The thread. Without it (a command with no server) signals are taken up by whoever hands them on."""

    def __init__(self, app: Selling) -> None:
        self._app = app
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._rounds = 0

    def on_judged(self, signal_ids: Sequence[str]) -> None:
        """Take up signals that have just been judged: here and now where no server runs, else by the thread."""
        if self._thread is None:
            self._app.outreach.work(signal_ids[:_ALONE])
        else:
            self._woken.set()

    async def start(self) -> None:
        """Start; what an earlier process left is taken up at once."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="drafting", daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop after the signals in hand."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._woken.set()
            await asyncio.to_thread(thread.join, 30)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._woken.clear()
            busy = False
            try:
                busy = self.round()
            except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
                _LOG.error("drafting failed", exc_info=error)
            if not busy:
                self._woken.wait(_EVERY_S)

    def round(self) -> bool:
        """Take up a few signals and touches; return whether there may be more."""
        self._rounds += 1
        drafted = self._app.outreach.draft_waiting(_BATCH)
        due = self._app.sequences.due(_BATCH)
        taken = sum(self._take_up(touch) for touch in due)
        if self._rounds % _TIDY_ROUNDS == 1:
            self._app.sequences.tidy()
        return len(drafted) == _BATCH or taken == _BATCH

    def _take_up(self, touch: str) -> bool:
        try:
            self._app.sequences.take_up(touch)
            return True
        except Exception as error:  # noqa: BLE001 - what one touch holds must not keep the others waiting
            _LOG.error("touch not taken up", touch=touch, exc_info=error)
            return False
