"""Timing that can be believed on a shared machine: many runs, the percentile, and a baseline measured in turn with it."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timed:
    """Milliseconds of each run, sorted."""

    runs: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """Return the nearest-rank percentile in milliseconds, `share` being 0 to 1."""
        return self.runs[min(len(self.runs) - 1, max(0, math.ceil(share * len(self.runs)) - 1))]

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return self.percentile(0.5)

    @property
    def p95(self) -> float:
        """The 95th percentile in milliseconds."""
        return self.percentile(0.95)


def in_turn(works: Sequence[Callable[[int], object]], runs: int, *, warm_up: int = 3) -> list[Timed]:
    """Run each of `works` with the run's number, one after the other, `runs` times over; so that all see the same machine."""
    for number in range(warm_up):
        for work in works:
            work(number)
    times: list[list[float]] = [[] for _ in works]
    # As the server does when it has started: what stands by then is not looked through again at each collection.
    gc.collect()
    gc.freeze()
    for number in range(runs):
        for work, kept in zip(works, times, strict=True):
            start = time.perf_counter()
            work(number)
            kept.append((time.perf_counter() - start) * 1_000)
    gc.unfreeze()
    return [Timed(tuple(sorted(kept))) for kept in times]


def resident_mb() -> float:
    """Return this process's resident memory in MB (Linux)."""
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1_024
    raise OSError("VmRSS is not told by this system")


@dataclass(frozen=True)
class Line:
    """One line of the report: a figure, what it is compared with, and its bar."""

    what: str
    figure: str
    baseline: str
    bar: str
    met: bool | None

    def text(self) -> str:
        """Return the line in columns."""
        sign = {True: "met", False: "NOT MET", None: ""}[self.met]
        return f"{self.what:<58} {self.figure:>24}   {self.baseline:<44} {self.bar:<26} {sign}"
