"""Slowing down whoever guesses passwords: a few tries are free, then each wrong one doubles the wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

_LONGEST_S = 900.0
_REMEMBERED = 10_000


class Attempts:
    """Counts wrong tries by whatever name they go under: an address, an account. Kept in memory, the oldest forgotten first."""

    def __init__(self, free: int = 5, now: Callable[[], float] = time.monotonic) -> None:
        self._free = free
        self._now = now
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, *names: str) -> float:
        """Return how many seconds the next try has to wait, 0 for none."""
        return max(0.0, *(self._until(name) - self._now() for name in names))

    def wrong(self, *names: str) -> None:
        """Count a wrong try."""
        for name in names:
            count, _ = self._wrong.pop(name, (0, 0.0))
            count += 1
            wait = min(_LONGEST_S, 2.0 ** min(count - self._free, 10)) if count >= self._free else 0.0
            self._wrong[name] = (count, self._now() + wait)
        while len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)

    def right(self, *names: str) -> None:
        """Forget the wrong tries of these."""
        for name in names:
            self._wrong.pop(name, None)

    def _until(self, name: str) -> float:
        count, until = self._wrong.get(name, (0, 0.0))
        if count and self._now() - until > _LONGEST_S:
            del self._wrong[name]
            return 0.0
        return until
