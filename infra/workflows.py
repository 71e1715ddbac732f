"""Durable work: DBOS, launched once a process by whoever may.

Work is handed over by the key of a row that holds it: `hand_over(key, lane)` runs the one registered function with that key, once,
through restarts and kills in between; keys of one lane run one after the other, in order. What the function does in steps
(`step`) is not done again after a restart; a step that was under way is.

On SQLite the holder of the home launches it, as the executor `home`. On PostgreSQL every process has an executor id of its own and a
lease (`infra.lease`): the living take over what a dead one had begun.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from infra.earlier_work import take_up
from infra.errors import DealwrightError, Fatal, Retriable
from infra.lease import Leases
from infra.logs import logger
from infra.settings import Settings
from infra.spine.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Engine

APPLICATION_VERSION = "1"
"""Ours, not a hash of the source: raise it where the steps of work change. What is pending then is taken up (`infra.earlier_work`)."""

QUEUE = "work"
_SCHEMA = "dbos"
_NAME = "dealwright"
_WORKFLOW = "work"
_WORKERS = 16
_POLL_S = 0.2
_LISTEN_S = 1.0
_TURNS = 2**31 - 2
_RECOVERIES = 20
_FINISH_S = 10
_WATCH_S = 5.0
_LOG = logger("workflows")
T = TypeVar("T")

Work = Callable[[str], None]
"""What is done for a key. What it raises is logged and ends that work as failed; so it should tell people itself."""


class Workflows:
    """DBOS of this process. `run` is called in threads of DBOS, at most 16 at a time; make steps in it with `step`."""

    def __init__(self, settings: Settings, database: Database, run: Work) -> None:
        self._settings = settings
        self._database = database
        self._run = run
        self._workflow: Any = None
        self._engine: Engine | None = None
        self._stop = threading.Event()
        self._watch: threading.Thread | None = None
        self._under_way = 0
        self._counting = threading.Lock()
        self._handing_over = threading.Lock()
        self._turn = 0
        self.executor = "home" if database.is_sqlite else f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._leases = None if database.is_sqlite else Leases(database, self.executor)

    def launch(self) -> None:
        """Start DBOS: what was begun before goes on. Call it in a thread without an event loop. Raises Fatal where its database can't be opened."""
        from dbos import DBOS
        from sqlalchemy.exc import SQLAlchemyError

        _quiet_logs()
        if self._leases is not None:
            self._leases.renew()
        DBOS(config=self._config())  # type: ignore[arg-type]

        def work(key: str) -> None:
            self._counted(key)

        self._workflow = DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_RECOVERIES)(work)
        try:
            self._take_up_earlier()
            DBOS.launch()
        except SQLAlchemyError as error:
            DBOS.destroy(destroy_registry=True)
            raise Fatal("The database of durable work can't be opened.", "`dealwright doctor` tells more.") from error
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=_WORKERS,
            partition_concurrency=1,
            polling_interval_sec=_POLL_S,
            on_conflict="always_update",
        )
        if self._leases is not None:
            self._watch = threading.Thread(target=self._take_over, name="leases", daemon=True)
            self._watch.start()

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "name": _NAME,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor,
            "run_migrations": True,
            "log_level": "WARNING",
            "max_executor_threads": _WORKERS * 2 + 8,
            "notification_listener_polling_interval_sec": _LISTEN_S,
        }
        if self._database.is_sqlite:
            path = self._settings.home / "workflows.db"
            config |= {
                "system_database_url": f"sqlite:///{path}",
                "system_database_engine": self._own_engine(f"sqlite:///{path}"),
            }
        else:
            # A schema of its own rather than a database: it needs no right to create databases.
            url = self._database.engine.url.render_as_string(hide_password=False)
            config |= {"system_database_url": url, "dbos_system_schema": _SCHEMA}
        return config

    def _own_engine(self, url: str) -> Engine:
        self._engine = _sqlite_engine(url)
        return self._engine

    def _counted(self, key: str) -> None:
        with self._counting:
            self._under_way += 1
        try:
            self._run(key)
        finally:
            with self._counting:
                self._under_way -= 1

    def hand_over(self, key: str, lane: str) -> None:
        """Have the work with this key done, after what was handed over to its lane before. A key that is known already changes nothing."""
        from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

        with (
            self._handing_over,
            SetWorkflowID(key),
            SetEnqueueOptions(queue_partition_key=lane, priority=self._next_turn()),
        ):
            DBOS.enqueue_workflow(QUEUE, self._workflow, key)

    def _next_turn(self) -> int:
        # A queue's own order is no finer than a second on SQLite before Python 3.12; its priority is. It begins anew every 48 days.
        turn = int(time.time() * 512) % _TURNS
        if self._turn - _TURNS // 2 < turn <= self._turn:
            turn = self._turn + 1
        self._turn = turn
        return max(1, turn)

    def given_up(self, keys: list[str]) -> list[str]:
        """Return those of `keys` whose work ended without success: it failed, or took the process down again and again."""
        from dbos import DBOS

        ended = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"]
        found = DBOS.list_workflows(workflow_ids=keys, status=ended, load_input=False, load_output=False)
        return [status.workflow_id for status in found]

    def step(self, name: str, function: Callable[[], T], *, attempts: int = 1) -> T:
        """Do `function` as a step: its result (plain JSON) is kept, and it is not done again after a restart.

        Only inside the registered work. A Retriable error is tried again, up to `attempts` times with growing pauses; other errors,
        and the last Retriable one, leave as they are.
        """
        from dbos import DBOS
        from dbos import error as dbos_error

        if self._leases is not None:
            # A worker that was only stalled learns here that its work was taken over: DBOS refuses the record and parks it.
            DBOS.run_step({"name": f"{name}: still ours"}, bool)
        options: Any = {"name": name}
        if attempts > 1:
            options |= {"retries_allowed": True, "max_attempts": attempts, "should_retry": _may_retry}
        try:
            return DBOS.run_step(options, lambda: _known_errors(name, function))
        except dbos_error.DBOSMaxStepRetriesExceeded as error:
            last = error.errors[-1]
            raise last if isinstance(last, DealwrightError) else Retriable(_FAILED, _AGAIN) from error

    def still_ours(self) -> bool:
        """Tell, inside the registered work, whether this worker still has it: read right before an effect that can't be taken back.

        On SQLite the home has one owner. Elsewhere a worker that was stalled past its lease finds that another one has taken over.
        """
        if self._leases is None:
            return True
        from dbos import DBOS

        found = DBOS.list_workflows(workflow_ids=[DBOS.workflow_id or ""], load_input=False, load_output=False)
        mine = any(status.executor_id == self.executor and status.status == "PENDING" for status in found)
        return mine and self._leases.holds()

    def _take_up_earlier(self) -> None:
        if self._engine is not None:
            # The home has one owner: whatever is begun there is ours.
            taken = take_up(self._engine, None, APPLICATION_VERSION)
        else:
            assert self._leases is not None
            others = self._leases.living() - {self.executor}
            taken = take_up(self._database.engine, _SCHEMA, APPLICATION_VERSION, others)
        if taken:
            _LOG.info("taken up from another version", count=taken)

    def _take_over(self) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        leases = self._leases
        while leases is not None and not self._stop.wait(_WATCH_S):
            try:
                leases.renew()
                with leases.sole() as mine:
                    if mine:
                        self._take_up_earlier()
                        self._resume_orphans(leases.living())
            except SQLAlchemyError as error:
                _LOG.warning("lease not renewed", exc_info=error)

    def _resume_orphans(self, living: set[str]) -> None:
        from dbos import DBOS

        begun = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        orphans = [status.workflow_id for status in begun if status.executor_id not in living]
        if orphans:
            DBOS.resume_workflows(orphans, queue_name=QUEUE)
            _LOG.info("taken over", count=len(orphans))

    def close(self) -> None:
        """Stop DBOS: what is under way gets ten seconds to finish; the rest goes on at the next launch."""
        if self._workflow is None:
            return
        from dbos import DBOS

        self._stop.set()
        if self._watch is not None:
            self._watch.join(_FINISH_S)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_FINISH_S if self._under_way else 0)
        self._workflow = None
        if self._engine is not None:
            # DBOS closes only what it opened itself.
            self._engine.dispose()
            self._engine = None
        if self._leases is not None:
            self._leases.give_back()


_FAILED = "Something went wrong on our side."
_AGAIN = "Try again; if it stays so, give your admin the reference."


def _may_retry(error: BaseException) -> bool:
    return isinstance(error, Retriable)


def _known_errors(name: str, function: Callable[[], T]) -> T:
    try:
        return function()
    except DealwrightError:
        raise
    except Exception as error:  # noqa: BLE001 - told to a person as trouble, by whoever runs the work
        # DBOS writes the text of what leaves a step to its log and its tables; that text may hold customers' words.
        _LOG.error("step failed", step=name, exc_info=error)
        raise Fatal(_FAILED, _AGAIN, status=500) from None


def _sqlite_engine(url: str) -> Engine:
    from sqlalchemy import create_engine, event

    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=_WORKERS + 4)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        # A power cut may cost the last records here: the inbox, which is synchronous, then has that work done again.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _quiet_logs() -> None:
    # Before DBOS adds a handler of its own, which would write past our logs.
    log = logging.getLogger("dbos")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    log.propagate = True
    log.setLevel(logging.WARNING)
    with contextlib.suppress(AttributeError):
        log.filters.clear()
