"""Work under way, as whoever waits for it sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


def _silent(_line: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Job:
    """Work under way: `say` tells people how it goes, `stop` is set when they have had enough. Both may be used from any thread."""

    say: Callable[[str], None] = _silent
    stop: threading.Event = field(default_factory=threading.Event)
