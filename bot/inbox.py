"""The inbox of chat events: stored before they are acknowledged, then drained one by one, each done once.

`put` returns when the event is on disk; many that arrive together share one transaction. What is stored is handed over as durable
work (`infra.workflows`): events of one lane (a channel) in order, lanes side by side. A surface registers a `Drain`.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError

from bot.work import Work
from infra.errors import DealwrightError, Retriable, Trouble, new_reference, trouble
from infra.logs import logger
from infra.spine.database import Database
from infra.spine.desk import InboxEvent
from sales.clock import Clock

_LOG = logger("inbox")
_BATCH = 200
_SWEEP_S = 15.0
_SWEEP_AGE = timedelta(seconds=30)
_GIVEN_UP = (
    "I could not finish that, although I tried several times.",
    "Ask again; if it stays so, give your admin the reference.",
)
T = TypeVar("T")


@dataclass(frozen=True)
class Arrived:
    """An event as it came in. `id` is the platform's own, with the surface in front (`slack:Ev1`): the same event twice is the same work."""

    id: str
    surface: str
    kind: str
    lane: str
    payload: dict[str, Any]


class Steps(Protocol):
    """How a drain does what must not be done twice."""

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do `function` once, through restarts; its result must be plain JSON. See `infra.workflows.Workflows.step`."""
        ...


class Drain(Protocol):
    """A surface's side of the inbox. Both run in a thread, and do everything with an effect or a changing result in steps."""

    def drain(self, event: Arrived, steps: Steps) -> dict[str, Any]:
        """Answer the event; returns what came of it, ids only."""
        ...

    def apologise(self, event: Arrived, told: Trouble, steps: Steps) -> None:
        """Tell the person that it failed, in the fixed words of `told`."""
        ...


class Inbox:
    """The inbox of this process. `put` from the event loop; everything else happens in threads of its own."""

    def __init__(self, database: Database, clock: Clock, work: Work) -> None:
        self._database = database
        self._clock = clock
        insert = sqlite_insert if database.is_sqlite else postgres_insert
        self._insert = insert(InboxEvent).on_conflict_do_nothing(index_elements=["id"])
        self._drains: dict[str, Drain] = {}
        self._work = work
        self._arriving: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._stored: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def register(self, surface: str, drain: Drain) -> None:
        """Let `drain` answer the events of `surface`. Before `start`."""
        self._drains[surface] = drain
        self._work.register(surface, self._answer)

    async def start(self) -> None:
        """Start taking and draining events; those that an earlier process left come first. Once started, nothing happens."""
        if self._threads:
            return
        await self._work.start()
        for target, name in ((self._store_all, "inbox-store"), (self._hand_over_all, "inbox-hand-over")):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    async def stop(self) -> None:
        """Store what has arrived, and stop. What is not answered yet is, as long as the durable work goes on, or after the next start."""
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._arriving.put(None)
        for thread in self._threads:
            thread.join(30)
        self._threads.clear()

    async def put(self, event: Arrived) -> None:
        """Return when `event` is on disk. One that is there already changes nothing. Raises Retriable where it can't be stored."""
        waiting = _Waiting(event, self._clock.now(), asyncio.get_running_loop())
        self._arriving.put(waiting)
        await waiting.stored

    def _store_all(self) -> None:
        while True:
            first = self._arriving.get()
            batch: list[_Waiting] = []
            item = first
            while item is not None:
                batch.append(item)
                if len(batch) == _BATCH:
                    break
                try:
                    item = self._arriving.get_nowait()
                except queue.Empty:
                    break
            if batch:
                self._store(batch)
            if first is None or item is None:
                self._stored.put(None)
                return

    def _store(self, batch: Sequence[_Waiting]) -> None:
        rows = {waiting.event.id: waiting.row() for waiting in batch}
        error: Retriable | None = None
        try:
            with self._database.turn_to_write(), self._database.engine.connect() as connection:
                if self._database.is_sqlite:
                    # What is acknowledged must outlast even a power cut; one sync a batch is cheap.
                    connection.execute(text("PRAGMA synchronous=FULL"))
                try:
                    if self._database.is_sqlite:
                        connection.execute(text("BEGIN IMMEDIATE"))
                    connection.execute(self._insert, list(rows.values()))
                    connection.commit()
                finally:
                    if self._database.is_sqlite:
                        connection.rollback()
                        connection.execute(text("PRAGMA synchronous=NORMAL"))
        except SQLAlchemyError as cause:
            _LOG.error("events not stored", count=len(batch), exc_info=cause)
            error = Retriable("The event could not be stored.", "It will be sent again.")
        if error is None:
            for row in rows.values():
                self._stored.put((row["id"], row["lane"]))
        for waiting in batch:
            waiting.settle(error)

    def _hand_over_all(self) -> None:
        self._sweep(timedelta(0))
        while True:
            try:
                item = self._stored.get(timeout=_SWEEP_S)
            except queue.Empty:
                # Where several processes share the inbox, one may have died between storing and handing over.
                self._sweep(_SWEEP_AGE)
                continue
            if item is None:
                return
            self._hand_over(*item)

    def _hand_over(self, key: str, lane: str) -> None:
        try:
            self._work.hand_over(key, lane)
        except SQLAlchemyError as error:
            # It is on disk: the next sweep hands it over.
            _LOG.error("event not handed over", event_id=key, exc_info=error)

    def _sweep(self, age: timedelta) -> None:
        try:
            with self._database.session() as session:
                waiting = session.execute(
                    select(InboxEvent.id, InboxEvent.lane)
                    .where(InboxEvent.state == "waiting", InboxEvent.received_at <= self._clock.now() - age)
                    .order_by(InboxEvent.received_at)
                ).all()
            if not waiting:
                return
            dead = set(self._work.given_up([key for key, _ in waiting]))
        except SQLAlchemyError as error:
            _LOG.error("inbox not swept", exc_info=error)
            return
        for key, lane in waiting:
            if key in dead:
                self._give_up(key)
            else:
                self._hand_over(key, lane)

    def _answer(self, key: str) -> None:
        event = self._load(key)
        drain = self._drains.get(event.surface) if event is not None else None
        if event is None or drain is None:
            return
        try:
            outcome = drain.drain(event, self._work)
        except DealwrightError as error:
            told = trouble(error, new_reference())
            _LOG.error("event failed", event_id=key, kind=event.kind, reference=told.reference, exc_info=error)
            self._apologise(drain, event, told)
            self._finish(key, "failed", {"reference": told.reference})
        else:
            self._finish(key, "done", outcome)

    def _give_up(self, key: str) -> None:
        event = self._load(key)
        told = trouble(Retriable(*_GIVEN_UP), new_reference())
        _LOG.error("event given up", event_id=key, reference=told.reference)
        if event is not None and event.surface in self._drains:
            self._apologise(self._drains[event.surface], event, told, _Unrecorded())
        self._finish(key, "failed", {"reference": told.reference})

    def _apologise(self, drain: Drain, event: Arrived, told: Trouble, steps: Steps | None = None) -> None:
        try:
            drain.apologise(event, told, steps or self._work)
        except DealwrightError as error:
            _LOG.error("nobody could be told", event_id=event.id, reference=told.reference, exc_info=error)

    def _load(self, key: str) -> Arrived | None:
        with self._database.session() as session:
            row = session.get(InboxEvent, key)
            if row is None or row.state != "waiting":
                return None
            return Arrived(row.id, row.surface, row.kind, row.lane, row.payload)

    def _finish(self, key: str, state: str, outcome: dict[str, Any]) -> None:
        values: dict[str, Any] = {"state": state, "done_at": self._clock.now(), "outcome": outcome}
        if state == "done":
            # The row stays so that a repeated event is known; people's words need not.
            values["payload"] = {}
        with self._database.transaction() as session:
            session.execute(update(InboxEvent).where(InboxEvent.id == key).values(**values))


class _Unrecorded:
    """Steps outside of durable work."""

    def step(self, _name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        return function()


class _Waiting:
    """An event that somebody waits for to be stored."""

    def __init__(self, event: Arrived, at: datetime, loop: asyncio.AbstractEventLoop) -> None:
        self.event = event
        self._at = at
        self._loop = loop
        self.stored: asyncio.Future[None] = loop.create_future()

    def row(self) -> dict[str, Any]:
        event = self.event
        return {
            "id": event.id,
            "surface": event.surface,
            "kind": event.kind,
            "lane": event.lane,
            "payload": event.payload,
            "state": "waiting",
            "received_at": self._at,
            "done_at": None,
            "outcome": {},
        }

    def settle(self, error: Exception | None) -> None:
        self._loop.call_soon_threadsafe(self._settle, error)

    def _settle(self, error: Exception | None) -> None:
        if self.stored.done():
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)
