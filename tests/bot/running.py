"""A real Dealwright for tests: `dealwright serve` in a process of its own over a home of its own, and the command line beside it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.bot.forking import Forked, fork

TOKEN = "test-token"
START_S = 60.0
_COMMAND = [sys.executable, "-m", "bot.terminal.main"]
_ROOT = Path(__file__).resolve().parents[2]
Running = subprocess.Popen[str] | Forked
"""A command that runs: forked from a process that has imported Dealwright, or begun anew."""


@dataclass
class Done:
    """What a command of the terminal did."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Return stdout as the one JSON document that it must be."""
        return json.loads(self.out)


@dataclass
class Home:
    """A home folder, its environment, and what runs in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    log: list[str] = field(default_factory=list)
    process: Running | None = None
    _reading: threading.Thread = field(default_factory=threading.Thread)

    def _env(self, **more: str) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
        quiet = {"DEALWRIGHT_HOME": str(self.folder), "DEALWRIGHT_WATCH": "false"}
        return {**plain, **quiet, **self.environment, **more}

    def run(self, *arguments: str, stdin: str = "", **more: str) -> Done:
        """Run one command to its end."""
        with (
            tempfile.TemporaryFile("w+") as given,
            tempfile.TemporaryFile("w+") as out,
            tempfile.TemporaryFile("w+") as err,
        ):
            given.write(stdin)
            given.seek(0)
            process = fork(arguments, self._env(**more), given.fileno(), out.fileno(), err.fileno())
            try:
                status = process.wait(400)
            finally:
                process.kill()
            out.seek(0)
            err.seek(0)
            return Done(status, out.read(), err.read())

    def begin(self, *arguments: str, **more: str) -> Running:
        """Start a command and leave it running. What changes Python itself gets a process that begins anew."""
        environment = self._env(**more)
        if any(name.startswith("PYTHON") for name in more):
            return subprocess.Popen(
                [*_COMMAND, *arguments],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        with open(os.devnull) as nothing, contextlib.ExitStack() as written:
            (out, out_end), (err, err_end) = os.pipe(), os.pipe()
            written.callback(os.close, out_end)
            written.callback(os.close, err_end)
            process = fork(arguments, environment, nothing.fileno(), out_end, err_end)
        process.stdout, process.stderr = os.fdopen(out), os.fdopen(err)
        return process

    def serve(self, port: int = 0, **more: str) -> str:
        """Start the server, on a free port unless told otherwise, and return its URL once it answers."""
        process = self.process = self.begin(
            "serve", "--port", str(port), DEALWRIGHT_API_TOKEN=TOKEN, DEALWRIGHT_LOG_JSON="true", **more
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._reading = threading.Thread(target=self.log.extend, args=(process.stderr,), daemon=True)
        self._reading.start()
        guard = threading.Timer(START_S, process.kill)
        guard.start()
        line = process.stdout.readline()
        guard.cancel()
        assert line.startswith("Dealwright is at "), (line, self.log)
        self.url = line.split()[-1]
        return self.url

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the server a signal and return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        self.close()
        return status

    def close(self) -> None:
        """Close what a server that has ended leaves open."""
        assert self.process is not None
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._reading.join(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()

    def client(self, token: str | None = TOKEN) -> httpx.Client:
        """Return an HTTP client of the server, with the API token unless told otherwise."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


def new_home(folder: Path, models: Path) -> Home:
    """Return an empty home that shares the exported encoder with the other tests, as making it takes 15 seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    models.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models)
    return Home(folder)
