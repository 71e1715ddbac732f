"""Reading a system into the spine: page by page, taken up where it was left, with the network and the database at work at once.

Each stream has a thread that fetches ahead; pages are applied in the connector's order, so that what is referred to is there first. What a page held and the
cursor after it are written in one transaction: a run that was killed goes on from there, and nothing is lost or doubled.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy.orm import Session

from agents.crm.applying import Applied, Applying
from agents.crm.identity import Identities
from agents.crm.qualified import fields_there, keep_fields
from agents.crm.rules import ownership_in_force
from agents.crm.stages import keep_stages
from agents.intake import settle
from agents.intake.alone import alone
from agents.intake.batch import Work, load_work
from agents.intake.report import ImportReport
from infra.errors import DealwrightError, Fatal
from infra.logs import logger
from infra.settings import Settings
from infra.spine.crm import SyncState
from infra.spine.database import Database
from integrations.connectors.stream import Connector, Cursor, Page, Remote, Stream
from integrations.connectors.writing import Writer
from sales.clock import Clock
from sales.ownership import SYSTEMS, Ownership

RECORDS_AT_ONCE = 1_000
_AHEAD = 40
"""Pages that a stream fetches ahead of the one that is applied: enough to use a service's whole rate, few enough for the memory."""

_LOG = logger("sync")
_UNKNOWN = "Something went wrong on our side."


@dataclass
class StreamReport:
    """What a run did with one stream; `requests` are those for its pages."""

    name: str
    state: str = "running"
    read: int = 0
    applied: int = 0
    set_aside: int = 0
    requests: int = 0
    trouble: str | None = None


@dataclass
class SyncReport:
    """What a run did. `passages` are those whose vectors the index has to forget."""

    system: str
    streams: list[StreamReport] = field(default_factory=list)
    requests: int = 0
    stopped: bool = False
    passages: list[int] = field(default_factory=list)
    errors: list[DealwrightError] = field(default_factory=list)

    @property
    def failed(self) -> list[StreamReport]:
        """The streams that did not come to their end."""
        return [one for one in self.streams if one.state == "failed"]


class Sync:
    """Runs connectors. `crash` is called with the name of each point between two records; tests let it kill the process."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._crash = crash

    def run(
        self,
        connector: Connector,
        *,
        say: Callable[[str], None] = lambda _line: None,
        stop: Callable[[], bool] = lambda: False,
        only: Sequence[str] | None = None,
    ) -> SyncReport:
        """Read what is new of a system. A stream that fails does not stop the others. Raises DealwrightError where nothing can be read at all."""
        report = SyncReport(connector.name)
        with alone(self._database):
            streams = [one for one in connector.streams() if only is None or one.name in only]
            with self._database.session() as session:
                work = load_work(session, self._settings, self._clock.now(), ImportReport(), None)
                identities = Identities(session, work, connector.name)
                rules = ownership_in_force(session)
            applying = Applying(work, connector.name, rules, identities)
            with self._database.transaction() as session:
                states = {one.name: _begin(session, connector.name, one.name, work) for one in streams}
            with _ahead(streams, states) as pages:
                for stream in streams:
                    told = self._stream(connector, stream, pages[stream.name], applying, work, report, say, stop)
                    report.streams.append(told)
                    self._end(connector.name, stream.name, told)
                    if stop():
                        report.stopped = True
                        break
            moved = not report.stopped and self._stages(connector, report)
            self._fields(connector, rules, report)
            report.requests = connector.requests
            if moved:
                work.deals_touched = True
            if moved or any(one.applied for one in report.streams):
                say("Linking what belongs together")
                settle.settle(self._database, work)
        return report

    def _stages(self, connector: Connector, report: SyncReport) -> bool:
        """Keep the stages as the system defines them now; return whether that changed."""
        try:
            told = connector.stages()
        except DealwrightError as error:
            report.errors.append(error)
            _LOG.warning("stages not read", system=connector.name, error=type(error).__name__)
            return False
        if told is None:
            return False
        with self._database.transaction() as session:
            return keep_stages(session, connector.name, told, self._clock.now())

    def _fields(self, connector: Connector, rules: Ownership, report: SyncReport) -> None:
        """Keep which fields for the qualification the system has. Its schema was asked for already, with the streams."""
        if connector.name not in SYSTEMS:
            return
        try:
            there = fields_there(rules, connector.name, cast("Writer", connector).properties("deal"))
        except DealwrightError as error:
            report.errors.append(error)
            return
        with self._database.transaction() as session:
            keep_fields(session, connector.name, there)

    def apply_some(self, connector: Connector, stream: Stream, remotes: Sequence[Remote]) -> Applied:
        """Apply records that were fetched by their ids, such as those that a webhook told of or a dead letter holds."""
        with alone(self._database):
            with self._database.session() as session:
                work = load_work(session, self._settings, self._clock.now(), ImportReport(), None)
                applying = Applying(
                    work, connector.name, ownership_in_force(session), Identities(session, work, connector.name)
                )
            with self._database.transaction() as session:
                done = applying.apply(session, stream, remotes, again=True)
                settle.note_pending(session, work)
            settle.settle(self._database, work)
        return done

    def _stream(
        self,
        connector: Connector,
        stream: Stream,
        pages: _Pages,
        applying: Applying,
        work: Work,
        report: SyncReport,
        say: Callable[[str], None],
        stop: Callable[[], bool],
    ) -> StreamReport:
        told = StreamReport(stream.name)
        try:
            for records, cursor, requests in _gathered(pages):
                with self._database.transaction() as session:
                    done = applying.apply(session, stream, records)
                    _note(session, connector.name, stream.name, cursor, done)
                    settle.note_pending(session, work)
                self._crash("sync: applied")
                told.requests += requests
                told.read += done.read
                told.applied += done.applied
                told.set_aside += done.set_aside
                report.passages += done.passages
                say(f"{connector.title} {stream.name}: {told.read:,} read, {told.set_aside:,} set aside")
                if stop():
                    told.state = "stopped"
                    return told
            told.state = "done"
        except DealwrightError as error:
            told.state, told.trouble = "failed", f"{error.sentence} {error.next_step}".strip()
            report.errors.append(error)
            _LOG.warning("stream failed", system=connector.name, stream=stream.name, error=type(error).__name__)
        return told

    def _end(self, system: str, name: str, told: StreamReport) -> None:
        with self._database.transaction() as session:
            row = session.get_one(SyncState, (system, name))
            row.state, row.trouble, row.finished_at = told.state, told.trouble, self._clock.now()
            row.requests += told.requests


def _begin(session: Session, system: str, name: str, work: Work) -> Cursor:
    """Open a stream's run, or take up the one that was cut off. Returns the cursor to go on from."""
    row = session.get(SyncState, (system, name))
    if row is None:
        row = SyncState(
            system=system, stream=name, cursor={}, state="never", read=0, applied=0, set_aside=0, requests=0
        )
        session.add(row)
    if row.state != "running" and row.state != "stopped":
        row.read = row.applied = row.set_aside = row.requests = 0
        row.started_at = work.now
    row.state, row.finished_at = "running", None
    session.flush()
    return dict(row.cursor)


def _note(session: Session, system: str, name: str, cursor: Cursor, done: Applied) -> None:
    row = session.get_one(SyncState, (system, name))
    row.cursor = cursor
    row.read += done.read
    row.applied += done.applied
    row.set_aside += done.set_aside


@dataclass(frozen=True)
class _Failed:
    error: DealwrightError


_Pages = Iterator[Page]
_Queue = queue.Queue[Page | _Failed | None]


@contextlib.contextmanager
def _ahead(streams: Sequence[Stream], cursors: dict[str, Cursor]) -> Iterator[dict[str, _Pages]]:
    """Fetch the pages of all streams ahead, each in a thread of its own."""
    ended = threading.Event()
    queues: dict[str, _Queue] = {one.name: queue.Queue(_AHEAD) for one in streams}
    threads = [
        threading.Thread(
            target=_fetch, args=(one, cursors[one.name], queues[one.name], ended), name=f"sync {one.name}", daemon=True
        )
        for one in streams
    ]
    for thread in threads:
        thread.start()
    try:
        yield {name: _taken(pages) for name, pages in queues.items()}
    finally:
        ended.set()
        for pages in queues.values():
            with contextlib.suppress(queue.Empty):
                while True:
                    pages.get_nowait()
        for thread in threads:
            thread.join()


def _fetch(stream: Stream, cursor: Cursor, pages: _Queue, ended: threading.Event) -> None:
    try:
        while not ended.is_set():
            page = stream.page(cursor)
            if not _put(pages, page, ended) or not page.more:
                break
            cursor = page.cursor
        _put(pages, None, ended)
    except DealwrightError as error:
        _put(pages, _Failed(error), ended)
    except Exception as error:  # noqa: BLE001 - the edge of a thread: whoever waits for its pages must learn of it
        _LOG.error("fetching failed", stream=stream.name, exc_info=error)
        _put(pages, _Failed(Fatal(_UNKNOWN, "Try again; if it stays so, give your admin the log.", status=500)), ended)


def _put(pages: _Queue, one: Page | _Failed | None, ended: threading.Event) -> bool:
    while not ended.is_set():
        with contextlib.suppress(queue.Full):
            pages.put(one, timeout=0.2)
            return True
    return False


def _taken(pages: _Queue) -> _Pages:
    while (one := pages.get()) is not None:
        if isinstance(one, _Failed):
            raise one.error
        yield one


def _gathered(pages: _Pages) -> Iterator[tuple[list[Remote], Cursor, int]]:
    """Put pages together until there is enough for one transaction, and count them; what came before a failure is applied before it is told."""
    records: list[Remote] = []
    cursor: Cursor | None = None
    count = 0
    try:
        for page in pages:
            records += page.records
            cursor = page.cursor
            count += 1
            if len(records) >= RECORDS_AT_ONCE:
                yield records, cursor, count
                records, cursor, count = [], None, 0
    except DealwrightError:
        if cursor is not None:
            yield records, cursor, count
        raise
    if cursor is not None:
        yield records, cursor, count
