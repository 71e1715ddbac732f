"""The durable work of this process: one engine (`infra.workflows`), and who does which keys.

A key begins with the name of whoever does it, up to the first colon (`slack:Ev1`, `effect:e12:1`). Register everybody before `start`:
what an earlier process had begun goes on at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.workflows import Workflows

T = TypeVar("T")


class Work:
    """Hands work over, and routes it to whoever registered for its prefix."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._doers: dict[str, Callable[[str], None]] = {}
        self._workflows = Workflows(settings, database, self._do)
        self._turn = threading.Lock()
        self._running = False

    def register(self, prefix: str, run: Callable[[str], None]) -> None:
        """Let `run` do the keys that begin with `prefix` and a colon. Before `start`."""
        self._doers[prefix] = run

    async def start(self) -> None:
        """Start the engine. Once started, nothing happens."""
        await asyncio.to_thread(self.launch)

    async def stop(self) -> None:
        """Give what is under way ten seconds; the rest goes on at the next start."""
        await asyncio.to_thread(self.close)

    def launch(self) -> None:
        """Start the engine from a thread without an event loop."""
        with self._turn:
            if not self._running:
                self._workflows.launch()
                self._running = True

    def close(self) -> None:
        """Stop the engine, from a thread."""
        with self._turn:
            if self._running:
                self._running = False
                self._workflows.close()

    def hand_over(self, key: str, lane: str) -> None:
        """Have the work with this key done, once. See `infra.workflows.Workflows.hand_over`."""
        self._workflows.hand_over(key, lane)

    def given_up(self, keys: list[str]) -> list[str]:
        """Return those of `keys` whose work ended without success."""
        return self._workflows.given_up(keys)

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do a step of the work under way in this thread. See `infra.workflows.Workflows.step`."""
        return self._workflows.step(name, function, attempts=attempts)

    def still_ours(self) -> bool:
        """Tell whether the work under way in this thread was not taken over by another worker."""
        return self._workflows.still_ours()

    def _do(self, key: str) -> None:
        doer = self._doers.get(key.partition(":")[0])
        if doer is None:
            # It counts as given up, so that whoever left it learns of that once it is there again.
            raise Fatal("Nobody does this kind of work here.", "Switch the surface on again that it came from.")
        doer(key)
