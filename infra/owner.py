"""Who owns the home folder: one process at a time opens the files in it, all others speak HTTP to it.

The owner holds an exclusive `flock` on `$DEALWRIGHT_HOME/owner.lock`, so a killed process leaves no lock behind. The file
names the owner's URL; beside it `owner.token` (mode 0600) holds a secret made anew at each start, with which the command line
of the same person proves itself. Only the standard library is imported here, as the command line pays for every import.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from infra.errors import Retriable

LOCK_NAME = "owner.lock"
TOKEN_NAME = "owner.token"  # noqa: S105 - the name of a file


@dataclass(frozen=True)
class Server:
    """A running server that owns a home: its base URL without a trailing slash, and the secret of this start."""

    url: str
    token: str
    pid: int


class HomeTaken(Retriable):
    """Another process owns the home. `server` is how to reach it, or None where it serves nothing (an import at the terminal)."""

    def __init__(self, server: Server | None) -> None:
        super().__init__(
            "Another Dealwright process is at work in this home folder.",
            "Wait until it is done, or stop it; DEALWRIGHT_HOME names the folder.",
        )
        self.server = server


class Ownership:
    """The lock, held. Leave it with `release` or as a context manager; the system releases it when the process dies."""

    def __init__(self, home: Path, descriptor: int) -> None:
        self._home = home
        self._descriptor = descriptor

    def announce(self, url: str) -> Server:
        """Write the URL that others reach us under, and a fresh secret for the command line. Returns both."""
        token = secrets.token_urlsafe(32)
        path = self._home / TOKEN_NAME
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(token)
        self._write({"url": url.rstrip("/"), "pid": os.getpid()})
        return Server(url.rstrip("/"), token, os.getpid())

    def release(self) -> None:
        """Give the home free."""
        if self._descriptor < 0:
            return
        (self._home / TOKEN_NAME).unlink(missing_ok=True)
        self._write({"pid": os.getpid()})
        os.close(self._descriptor)
        self._descriptor = -1

    def _write(self, content: dict[str, object]) -> None:
        data = json.dumps(content).encode()
        os.pwrite(self._descriptor, data, 0)
        os.ftruncate(self._descriptor, len(data))

    def __enter__(self) -> Ownership:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def take_home(home: Path, wait_s: float = 0.0) -> Ownership:
    """Take the lock on `home` (made where it is absent), waiting up to `wait_s` seconds. Raises HomeTaken where another process has it."""
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise HomeTaken(find_server(home)) from None
            time.sleep(0.05)
        else:
            ownership = Ownership(home, descriptor)
            ownership._write({"pid": os.getpid()})
            return ownership


def is_owned(home: Path) -> bool:
    """Return whether a living process holds the lock on `home`."""
    try:
        descriptor = os.open(home / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two who only look must not see each other as the owner.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def find_server(home: Path) -> Server | None:
    """Return the server that owns `home`, or None where no living process does or the owner serves nothing."""
    if not is_owned(home):
        return None
    try:
        content = json.loads((home / LOCK_NAME).read_text(encoding="utf-8"))
        url = content.get("url")
        token = (home / TOKEN_NAME).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    return Server(url, token, int(content.get("pid", 0))) if url and token else None
