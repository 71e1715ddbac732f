"""The figures that are read from the spine at each scrape: the size of the index, and how much waits."""

from __future__ import annotations

import math
from collections.abc import Callable

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from infra.spine.database import Database
from infra.spine.desk import InboxEvent
from infra.spine.models import Passage
from infra.telemetry import Telemetry

_GAUGES: tuple[tuple[str, str, Select[int]], ...] = (
    ("index_passages", "Passages in the spine.", select(func.count()).select_from(Passage)),
    (
        "index_waiting",
        "Passages that wait to be embedded.",
        select(func.count()).select_from(Passage).where(Passage.embedded_as.is_(None)),
    ),
    (
        "inbox_waiting",
        "Chat events that are stored and not yet answered.",
        select(func.count()).select_from(InboxEvent).where(InboxEvent.state == "waiting"),
    ),
)


def watch(telemetry: Telemetry, database: Callable[[], Database]) -> None:
    """Show these figures of `database`; what can't be read is shown as NaN, so that a scrape never fails."""
    for name, meaning, query in _GAUGES:
        telemetry.watch(name, meaning, _reading(database, query))


def _reading(database: Callable[[], Database], query: Select[int]) -> Callable[[], float]:
    def read() -> float:
        try:
            with database().session() as session:
                return float(session.scalar(query) or 0)
        except SQLAlchemyError:
            return math.nan

    return read
