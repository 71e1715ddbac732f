"""Killing this process at a named point, so that tests can prove that nothing is lost or done twice. Never outside of a test."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from infra.errors import Fatal
from infra.settings import Settings


def crash_points(settings: Settings) -> Callable[[str], None]:
    """Return what is called with the name of each point that is passed. Raises Fatal where a crash is asked for outside of a test.

    `DEALWRIGHT_CRASH_AT=stop:<point>` stalls the process there once instead, until it gets SIGCONT.
    """
    wanted = settings.crash_at
    stalled: list[str] = []
    if wanted is None:
        return lambda _point: None
    if not settings.test:
        raise Fatal("DEALWRIGHT_CRASH_AT is set outside of a test.", "Unset it, or set DEALWRIGHT_TEST=1.")

    def passed(point: str) -> None:
        if point == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        elif f"stop:{point}" == wanted and not stalled:
            stalled.append(point)
            os.kill(os.getpid(), signal.SIGSTOP)

    return passed
