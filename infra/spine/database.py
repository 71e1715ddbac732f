"""Opening the spine: one engine for SQLite (WAL) or PostgreSQL, sessions, and migrations that run at start."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.base import write_json

_MIGRATION_LOCK = 7_281_340
_TURN_S = 30.0
_SAMPLED = 2_000
_AGAIN_S = 0.02


class Database:
    """The spine's database. Sessions are synchronous: call from a thread, never from the event loop."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.url = url
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(
                parsed,
                connect_args={"timeout": 30, "check_same_thread": False},
                pool_size=8,
                json_serializer=write_json,
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            self.engine = create_engine(
                parsed, pool_size=8, max_overflow=8, pool_pre_ping=True, json_serializer=write_json
            )
        self._writing = threading.RLock()
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session for reading; nothing is committed."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, or undone as a whole when an error leaves it."""
        with self.turn_to_write(), self._sessions() as session, session.begin():
            if self.is_sqlite:
                # Taking the write lock first avoids a deadlock between two readers that both want to write.
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """Wait for this process' turn to write to SQLite: there a writer is woken when the one before it is done, where SQLite itself sleeps and tries again."""
        held = self.is_sqlite and self._writing.acquire(timeout=_TURN_S)
        try:
            yield
        finally:
            if held:
                self._writing.release()

    def migrate(self) -> None:
        """Bring the tables to this version. Safe to call from several processes at once."""
        if self._version() == _newest_version():
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.execute(text("BEGIN IMMEDIATE"))
            else:
                connection.execute(text(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})"))
            try:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
            finally:
                if not self.is_sqlite:
                    connection.execute(text(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})"))
                    connection.commit()

    def count_anew(self, tables: Sequence[str]) -> None:
        """Have the database count how rows are spread in these tables, by which it plans its reading. To be called when many came in: a plan made for few is slow for many."""
        with self.turn_to_write(), self.engine.connect() as connection:
            if self.is_sqlite:
                # A sample of each index is enough to choose between them, and takes milliseconds.
                connection.execute(text(f"PRAGMA analysis_limit={_SAMPLED}"))
            for table in tables:
                connection.execute(text(f"ANALYZE {table}"))
            connection.commit()

    def _version(self) -> str | None:
        """Return the version of the tables, or None where there are none. Alembic itself takes half a second to import."""
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return version

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _newest_version() -> str:
    """Return the version of the last migration: its file's name begins with it, and they are numbered in order."""
    return max(
        path.name.partition("_")[0] for path in (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*.py")
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: BEGIN IMMEDIATE above is ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    for pragma in (
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Switch the file to a write-ahead log. Where another process does so in the same moment SQLite refuses at once, whatever `busy_timeout` says."""
    given_up = time.monotonic() + _TURN_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as busy:
            if (
                busy.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                or time.monotonic() > given_up
            ):
                raise
        time.sleep(_AGAIN_S)


def open_database(settings: Settings) -> Database:
    """Open the spine that `settings` name and migrate it. Raises Fatal where the server can't be reached."""
    from sqlalchemy.exc import OperationalError

    database = Database(settings.spine_url)
    try:
        database.migrate()
    except OperationalError as error:
        database.close()
        raise Fatal(
            "The database can't be opened.",
            "Check DEALWRIGHT_DATABASE_URL and that the server runs; `dealwright doctor` tells more.",
        ) from error
    return database
