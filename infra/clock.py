"""The clock of this process: the machine's, or in tests the one that a file tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from infra.errors import Fatal
from infra.settings import Settings
from sales.clock import Clock, SystemClock


class FileClock:
    """Reads one ISO instant from a file at each use, so that a test can move time in a running process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return the instant that the file holds, in UTC. Raises Fatal where it holds none."""
        try:
            instant = datetime.fromisoformat(self._path.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            raise Fatal(
                "The clock file can't be read.", "Write one ISO instant with its offset into DEALWRIGHT_CLOCK_FILE."
            ) from error
        if instant.tzinfo is None:
            raise Fatal("The clock file's instant has no offset.", "Write it like 2026-11-23T09:00:00+01:00.")
        return instant.astimezone(UTC)


def clock_of(settings: Settings) -> Clock:
    """Return the clock to work by. A clock file is refused outside of tests. Never used for signatures or tokens."""
    if settings.clock_file is None:
        return SystemClock()
    if not settings.test:
        raise Fatal("DEALWRIGHT_CLOCK_FILE is set outside of a test.", "Unset it, or set DEALWRIGHT_TEST=1.")
    return FileClock(settings.clock_file)
