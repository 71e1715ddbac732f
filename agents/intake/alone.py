"""One import at a time: two that interleave would each take the other's records for missing."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url, text

from infra.errors import Retriable
from infra.spine.database import Database

_LOCK = 7_281_341
_POLL_S = 0.1


@contextmanager
def alone(database: Database, wait_s: float = 120.0) -> Iterator[None]:
    """Hold the right to import, which the system takes back when the process dies. Raises Retriable where another import has it for `wait_s`."""
    deadline = time.monotonic() + wait_s
    if database.is_sqlite:
        path = make_url(database.url).database
        if not path or path == ":memory:":
            yield
            return
        descriptor = os.open(f"{path}.import", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _flocked(descriptor):
                _wait(deadline)
            yield
        finally:
            os.close(descriptor)
        return
    with database.engine.connect() as connection:
        while not connection.scalar(text(f"SELECT pg_try_advisory_lock({_LOCK})")):
            connection.commit()
            _wait(deadline)
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
            connection.commit()


def _flocked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(deadline: float) -> None:
    if time.monotonic() >= deadline:
        raise Retriable("Another import is running.", "Wait until it is done, then import again.")
    time.sleep(_POLL_S)
