"""Time for services and the connectors that ask them: it passes only when somebody waits."""

from __future__ import annotations

from tests.conftest import NOW


class Time:
    """Time that passes only when somebody waits, for a service and for the connector that asks it."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds

    def epoch(self) -> float:
        """Return the same as the service's clock reads it."""
        return NOW.timestamp() + self.passed
