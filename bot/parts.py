"""What every part of a process stands on: settings, clock, the spine, search, durable work, and how parts are made and closed."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from bot.jobs import Job
from infra.clock import clock_of
from infra.errors import Retriable
from infra.settings import Settings
from sales.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.announcing import Announcements
    from infra.spine.database import Database
    from infra.telemetry import Telemetry
    from retrieval.index import Index
    from retrieval.search import Search

Hook = Callable[[], Awaitable[None]]
T = TypeVar("T")


class Parts:
    """All parts of one process. A surface is a function `routes(app) -> APIRouter` that takes what it needs from here.

    Parts are made at first use, once, from whatever thread asks first. `writing` is held by whoever changes the spine as a whole
    (an import, forgetting, a new index); answers go on meanwhile.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or clock_of(settings)
        self._parts: dict[str, Any] = {}
        self._making = threading.RLock()
        self._writing = threading.Lock()
        self.jobs: set[Job] = set()
        self.owner_token: str | None = None
        self.serving = False
        """Whether this process serves, and so reads what comes in by itself."""
        self.start_hooks: list[Hook] = []
        self.ready_hooks: list[Hook] = []
        self.stop_hooks: list[Hook] = []

    @property
    def database(self) -> Database:
        """The spine, open and migrated."""

        def make() -> Database:
            from infra.spine.database import open_database

            return open_database(self.settings)

        return self._part("database", make)

    @property
    def index(self) -> Index:
        """The index of passages and their vectors."""

        def make() -> Index:
            from retrieval.index import Index

            return Index(self.database, self.settings)

        return self._part("index", make)

    @property
    def search(self) -> Search:
        """The hybrid search."""

        def make() -> Search:
            from retrieval.search import Search

            return Search(self.database, self.index, self.clock)

        return self._part("search", make)

    @property
    def announcer(self) -> Announcements:
        """Who tells people of proposals: each surface adds itself."""
        from bot.announcing import Announcements
        from infra.crashing import crash_points

        return self._part("announcer", lambda: Announcements(crash_points(self.settings)))

    @property
    def telemetry(self) -> Telemetry:
        """The metrics of this process."""

        def make() -> Telemetry:
            from bot.gauges import watch
            from infra.telemetry import Telemetry

            telemetry = Telemetry()
            watch(telemetry, lambda: self.database)
            return telemetry

        return self._part("telemetry", make)

    def _part(self, name: str, make: Callable[[], T]) -> T:
        part = self._parts.get(name)
        if part is None:
            with self._making:
                part = self._parts.get(name)
                if part is None:
                    part = self._parts[name] = make()
        return part

    @contextmanager
    def writing(self, wait_s: float = 60.0) -> Iterator[None]:
        """Hold the right to change the spine as a whole. Raises Retriable where somebody else has it for longer than `wait_s`."""
        if not self._writing.acquire(timeout=wait_s):
            raise Retriable("Another import is running.", "Try again when it is done.")
        try:
            yield
        finally:
            self._writing.release()

    def on_start(self, hook: Hook) -> None:
        """Run `hook` on the event loop when the server starts, after the parts are open."""
        self.start_hooks.append(hook)

    def on_ready(self, hook: Hook) -> None:
        """Run `hook` on the event loop after every start hook: it takes up work that others must have registered for."""
        self.ready_hooks.append(hook)

    def on_stop(self, hook: Hook) -> None:
        """Run `hook` on the event loop when the server stops, in reverse order, before the parts are closed."""
        self.stop_hooks.append(hook)

    def close(self) -> None:
        """Close what was opened, the last first."""
        for name in reversed(list(self._parts)):
            close = getattr(self._parts.pop(name), "close", None)
            if close is not None:
                close()
