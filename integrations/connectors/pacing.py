"""Keeping to a service's rate: so many requests in so many seconds, over all threads, and silence where it asks for silence."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_AT_ONCE = 10
"""So many requests may go at once before they are spread."""


class Timer(Protocol):
    """Time that passes: seconds since whenever, and waiting. Tests hand in one that does not wait."""

    def now(self) -> float:
        """Return seconds that only ever grow."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class RealTimer:
    """The machine's own."""

    def now(self) -> float:
        """Return the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


@dataclass(frozen=True)
class Pace:
    """At most `requests` within any `seconds`. With a `lane` it holds for the requests of that lane only, besides those that hold for all."""

    requests: int
    seconds: float
    lane: str | None = None


class Limiter:
    """Lets requests go at the pace of a service. Safe to use from any thread; whoever asks first goes first."""

    def __init__(self, paces: Sequence[Pace], timer: Timer) -> None:
        self._timer = timer
        self._paces = [(pace, deque[float](maxlen=pace.requests)) for pace in paces]
        self._quiet_until = 0.0
        self._turn = threading.Lock()
        self._pausing = threading.Lock()
        self.requests = 0

    def acquire(self, lane: str | None = None) -> None:
        """Wait until one more request may go."""
        # Held while waiting on purpose: the next one in line could not go sooner.
        with self._turn:
            while (wait := self._wait(lane)) > 0:
                self._timer.sleep(wait)
            now = self._timer.now()
            for pace, gone in self._paces:
                if pace.lane is None or pace.lane == lane:
                    gone.append(now)
            self.requests += 1

    def pause(self, seconds: float) -> None:
        """Let nothing go for a while: the service asked for it."""
        with self._pausing:
            self._quiet_until = max(self._quiet_until, self._timer.now() + seconds)

    def _wait(self, lane: str | None) -> float:
        now = self._timer.now()
        waits = [self._quiet_until - now]
        for pace, gone in self._paces:
            if pace.lane is not None and pace.lane != lane:
                continue
            if len(gone) == pace.requests:
                waits.append(gone[0] + pace.seconds - now)
            if len(gone) >= _AT_ONCE:
                # Spread out: of a burst, the network may bring the last closer to the first than they went.
                waits.append(gone[-1] + pace.seconds / pace.requests / 2 - now)
        return max(waits)
