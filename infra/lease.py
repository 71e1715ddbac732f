"""Which worker processes live, where several share one PostgreSQL: a lease each, renewed by the living, on the server's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from infra.spine.database import Database

LEASE_S = 30
"""How long a lease holds without being renewed."""

_PREFIX = "worker:"
_SOLE_LOCK = 7_281_341


class Leases:
    """The leases of all workers; `executor` is this one's."""

    def __init__(self, database: Database, executor: str) -> None:
        self._database = database
        self._key = (_PREFIX + executor)[:80]

    def renew(self) -> None:
        """Hold the lease for another 30 seconds."""
        with self._database.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO facts (key, value) VALUES (:key, json_build_object('until', extract(epoch FROM clock_timestamp()) + :span))"
                    " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
                ),
                {"key": self._key, "span": LEASE_S},
            )

    def holds(self) -> bool:
        """Tell whether the lease holds, and for long enough that nobody takes over while one effect is done."""
        with self._database.engine.connect() as connection:
            until = connection.execute(
                text(
                    "SELECT (value->>'until')::float - extract(epoch FROM clock_timestamp()) FROM facts WHERE key = :key"
                ),
                {"key": self._key},
            ).scalar()
            return until is not None and float(until) > LEASE_S / 6

    def living(self) -> set[str]:
        """Return the executors whose lease holds; leases that ran out long ago are cleared away."""
        with self._database.engine.begin() as connection:
            connection.execute(
                text(
                    "DELETE FROM facts WHERE key LIKE 'worker:%'"
                    " AND (value->>'until')::float < extract(epoch FROM clock_timestamp()) - 86400"
                )
            )
            rows = connection.execute(
                text(
                    "SELECT key FROM facts WHERE key LIKE 'worker:%'"
                    " AND (value->>'until')::float > extract(epoch FROM clock_timestamp())"
                )
            ).scalars()
            return {key.removeprefix(_PREFIX) for key in rows}

    @contextmanager
    def sole(self) -> Iterator[bool]:
        """Give whether this process alone may take over now: two who did it at once would run the same work twice."""
        with self._database.engine.begin() as connection:
            yield bool(
                connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _SOLE_LOCK}).scalar()
            )

    def give_back(self) -> None:
        """End the lease, so that others take over at once what was left."""
        with self._database.engine.begin() as connection:
            connection.execute(text("DELETE FROM facts WHERE key = :key"), {"key": self._key})
