"""Work that a page waits for: its events are kept, so that a stream that broke is taken up where it was, and it is stopped when nobody waits any more."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.app import App
from bot.jobs import Job
from bot.web.pages import HEADERS
from infra.errors import DealwrightError, Retriable, new_reference, trouble
from infra.logs import logger

_LOG = logger("console")
PATIENCE_S = 20.0
"""Seconds that an answer is still made when nobody listens: as long as a connection may take to come back."""

_KEPT_S = 120.0
_MOST_OF_ONE = 4

Work = Callable[[Job], dict[str, Any]]
"""Does the work in a thread and returns what the page is told at the end."""


class Stopped(Exception):
    """Whoever waited has had enough. Not one of ours that somebody would answer for: it goes through to where the work began."""


@dataclass(eq=False)
class Running:
    """One piece of work: `events` are (name, data); `waiting` counts the streams that listen. A `patient` one goes on when nobody waits, and ends by itself when stopped."""

    id: str
    owner: str
    job: Job
    about: str = "answer"
    patient: bool = False
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False
    waiting: int = 0
    task: asyncio.Task[None] | None = None

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Add an event and wake whoever listens; nothing follows the last one, also what a thread had said before it. On the event loop only."""
        if self.over:
            return
        self.events.append((name, data))
        self.over = self.over or name in ("done", "problem", "stopped")
        self.changed.set()
        self.changed = asyncio.Event()


class Underway:
    """All work of this process that pages wait for. Used on the event loop."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._running: dict[str, Running] = {}

    def start(self, owner: str, work: Work, *, about: str = "answer", patient: bool = False) -> Running:
        """Begin `work` in a thread. Raises Retriable where this owner has enough of it under way."""
        if sum(1 for one in self._running.values() if one.owner == owner and not one.over) >= _MOST_OF_ONE:
            raise Retriable(
                "Your earlier questions are still being answered.", "Wait for one of them, or stop it.", status=429
            )
        loop = asyncio.get_running_loop()
        running = Running(secrets.token_urlsafe(12), owner, Job(), about, patient)

        def say(line: str) -> None:
            if running.job.stop.is_set() and not patient:
                raise Stopped
            if not loop.is_closed():
                loop.call_soon_threadsafe(running.tell, "progress", {"line": line})

        running.job = Job(say, running.job.stop)
        self._running[running.id] = running
        self._app.jobs.add(running.job)
        running.task = asyncio.create_task(self._run(running, work))
        self._leave_later(running)
        return running

    def find(self, owner: str, id: str) -> Running | None:
        """Return a piece of work of this owner's."""
        running = self._running.get(id)
        return running if running is not None and running.owner == owner else None

    def about(self, owner: str, about: str) -> Running | None:
        """Return what this owner has under way of this kind."""
        return next(
            (one for one in self._running.values() if one.owner == owner and one.about == about and not one.over), None
        )

    def stop(self, running: Running) -> None:
        """End the work at its next safe point; whoever waits is told at once."""
        if not running.over:
            running.job.stop.set()
            if not running.patient:
                running.tell("stopped", {})

    def stream(self, running: Running, after: int) -> EventSourceResponse:
        """Return the events from number `after` on, until the last one."""
        headers = {name: value for name, value in HEADERS.items() if name != "Cache-Control"}
        return EventSourceResponse(
            self._events(running, after),
            ping=15,
            headers=headers | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _events(self, running: Running, after: int) -> AsyncIterator[ServerSentEvent]:
        running.waiting += 1
        at = max(0, after)
        try:
            while True:
                changed = running.changed
                while at < len(running.events):
                    name, data = running.events[at]
                    at += 1
                    yield ServerSentEvent(data=json.dumps(data), event=name, id=str(at), retry=1500)
                if running.over:
                    return
                await changed.wait()
        finally:
            running.waiting -= 1
            self._leave_later(running)

    def _leave_later(self, running: Running) -> None:
        if not (running.waiting or running.over or running.patient):
            asyncio.get_running_loop().call_later(PATIENCE_S, self._leave, running)

    def _leave(self, running: Running) -> None:
        if not running.waiting:
            self.stop(running)

    async def _run(self, running: Running, work: Work) -> None:
        try:
            name, data = await to_thread.run_sync(self._outcome, running.job, work)
            if not running.over:
                running.tell(name, data)
        finally:
            self._app.jobs.discard(running.job)
            asyncio.get_running_loop().call_later(_KEPT_S, self._running.pop, running.id, None)

    def _outcome(self, job: Job, work: Work) -> tuple[str, dict[str, Any]]:
        # The edge of a thread: whatever failed must reach the person who waits, as a fixed sentence.
        try:
            return "done", work(job)
        except Stopped:
            return "stopped", {}
        except Exception as error:  # noqa: BLE001
            reference = new_reference()
            self._app.telemetry.errors.labels(
                type(error).__name__ if isinstance(error, DealwrightError) else "Unexpected"
            ).inc()
            _LOG.error("failed", reference=reference, exc_info=error)
            told = trouble(error, reference)
            return "problem", {"sentence": told.sentence, "next_step": told.next_step, "reference": told.reference}
