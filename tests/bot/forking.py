"""Commands in processes that are forked from one that has imported Dealwright: importing is more than half of a start, and tests start hundreds.

Each is a process of its own all the same: its own environment, output and exit status, and killed like any other. Between it and the one
that has imported stands one that waits for its end and tells it, as only a parent can.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).resolve().parents[2]
_COUNT = struct.Struct("!q")
_MOST = 1 << 20


class Forked:
    """A running command, as far as tests need of `subprocess.Popen`."""

    def __init__(self, told: socket.socket, arguments: Sequence[str]) -> None:
        self._told = told
        self.args = list(arguments)
        self.pid = _COUNT.unpack(_exactly(told, _COUNT.size))[0]
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        self.stderr: IO[str] | None = None

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit status; a signal's number, negative, where one ended it. Raises TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self.returncode = _COUNT.unpack(_exactly(self._told, _COUNT.size))[0]
            self._told.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end, and return what it wrote, which must fit into a pipe. Raises TimeoutExpired."""
        assert self.stdout is not None
        assert self.stderr is not None
        self.wait(timeout)
        with self.stdout, self.stderr:
            return self.stdout.read(), self.stderr.read()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def fork(arguments: Sequence[str], environment: Mapping[str, str], stdin: int, stdout: int, stderr: int) -> Forked:
    """Start `dealwright` with arguments and an environment over three open files, which the caller may close."""
    mine, theirs = socket.socketpair()
    order = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
    with theirs:
        socket.send_fds(_importer(), [_COUNT.pack(len(order)) + order], [theirs.fileno(), stdin, stdout, stderr])
    return Forked(mine, arguments)


@cache
def _importer() -> socket.socket:
    """Return the line to the process that has imported Dealwright, which ends with this one."""
    mine, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "tests.bot.forking", str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def end() -> None:
        mine.close()
        process.wait()

    atexit.register(end)
    return mine


def _exactly(line: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        more = line.recv(count - len(read))
        if not more:
            raise EOFError("the process that forks has gone")
        read += more
    return read


def _serve(line: socket.socket) -> Callable[[], None]:
    """Fork for each order. Returns only in a forked process: what it is to run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        head, files, _, _ = socket.recv_fds(line, _COUNT.size, 4)
        if not head:
            sys.exit(0)
        head += _exactly(line, _COUNT.size - len(head))
        order = _exactly(line, _COUNT.unpack(head)[0])
        if os.fork() == 0:
            line.close()
            _wait_for_child(files)
            return lambda: _become(json.loads(order), files[1:])
        for file in files:
            os.close(file)


def _wait_for_child(files: Sequence[int]) -> None:
    """Fork the command itself, and tell its id and its end. Returns only there."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.close(files[0])
        return
    for file in files[1:]:
        os.close(file)
    os.write(files[0], _COUNT.pack(child))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        os.write(files[0], _COUNT.pack(status))
    os._exit(0)


def _become(order: Mapping[str, dict[str, str]], files: Sequence[int]) -> None:
    from bot.terminal import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.modules["__main__"] = main
    sys.argv = [main.__file__, *order["arguments"]]
    main.main()


def _import_all() -> None:
    for name in ("bot.server", "bot.terminal.main"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _import_all()
    _serve(socket.socket(fileno=int(sys.argv[1])))()
