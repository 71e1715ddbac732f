"""A thread that goes round while the server runs: every so often, and at once when it is woken.

What a round finds to do stands in the spine, so a kill loses nothing, and being woken twice is being woken once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from infra.logs import logger

_LOG = logger("rounds")
_STOPS_WITHIN_S = 30

Part = Callable[[], object]
"""A part of a round. One that fails keeps neither the other parts nor later rounds from their work; `True` asks for the next round at once."""


class Rounds:
    """The thread, between `start` and `stop`. Derive from it, or hand the parts over.

    `every_s` is the longest time between two rounds, None to go only when woken; `gather_s` is waited before each round, so that what
    wakes it several times in a row is done together; `first_after_s` delays the first one.
    """

    def __init__(
        self, name: str, *parts: Part, every_s: float | None, gather_s: float = 0.0, first_after_s: float = 0.0
    ) -> None:
        self._name = name
        self._parts = parts
        self._every_s = every_s
        self._gather_s = gather_s
        self._first_after_s = first_after_s
        self._woken = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._thread is not None

    def wake(self) -> None:
        """Go round at once: something waits."""
        self._woken.set()

    def is_ending(self) -> bool:
        """Whether a round under way should end at its next safe point."""
        return self._ended.is_set()

    async def start(self) -> None:
        """Start; the first round sees to what an earlier process left. Once started, nothing happens."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    async def stop(self) -> None:
        """Stop after what is in hand; the rest is done after the next start."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            self._woken.set()
            await asyncio.to_thread(thread.join, _STOPS_WITHIN_S)

    def _run(self) -> None:
        if self._ended.wait(self._first_after_s):
            return
        self._woken.set()
        while not self._ended.is_set():
            self._woken.wait(self._every_s)
            if self._ended.wait(self._gather_s):
                return
            self._woken.clear()
            # Every part gets its turn, whatever the one before it asks for.
            if True in [self._done(part) for part in self._parts if not self._ended.is_set()]:
                self._woken.set()

    def _done(self, part: Part) -> object:
        try:
            return part()
        except Exception as error:  # noqa: BLE001 - the edge of a thread that must not end
            # The next round finds what this one left.
            _LOG.error("round failed", thread=self._name, part=getattr(part, "__name__", ""), exc_info=error)
            return False
