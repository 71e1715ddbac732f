"""How a command gets its work done: by the server that owns the home, or by this process, which then owns the home itself.

Only the standard library and the settings are imported before it is known that no server runs.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.errors import DealwrightError, Fatal, Retriable
from infra.owner import HomeTaken, Ownership, Server, find_server, take_home
from infra.settings import Settings

if TYPE_CHECKING:
    from bot.app import App

_WAIT_S = 60.0
_QUIET_S = 60.0


class RemoteProblem(DealwrightError):
    """An error that the server told; its reference stands in the server's log."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(
            told.get("sentence", "The server failed."), told.get("next_step", ""), status=told.get("status", 500)
        )
        self.reference: str = told.get("reference", "")


class Link:
    """Does operations for one home. `stop` may be set from a signal handler: work then ends at the next safe point."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.stop = threading.Event()
        self._kept: tuple[Ownership, App] | None = None
        self._keeping = False

    def keep_open(self) -> None:
        """Keep what is opened in this process until `close`, for a chat."""
        self._keeping = True

    def close(self) -> None:
        """Close what was kept open."""
        if self._kept is not None:
            ownership, app = self._kept
            self._kept = None
            app.close()
            ownership.release()

    def server(self) -> Server | None:
        """Return the server that owns the home, if one runs."""
        return find_server(self._settings.home)

    def perform(
        self, operation: str, body: dict[str, Any], say: Callable[[str], None] = lambda _line: None
    ) -> dict[str, Any]:
        """Return the result of one operation of `bot.terminal.operations`. Raises DealwrightError."""
        deadline = time.monotonic() + _WAIT_S
        while True:
            server = None if self._kept else self.server()
            if server is not None:
                try:
                    return _ask_server(server, operation, body, say, self.stop)
                except ConnectionRefusedError:
                    # It is just starting or just ending; the lock tells which, in a moment.
                    if time.monotonic() > deadline:
                        raise Retriable(
                            "The server of this home does not answer.", "See its log, or stop it."
                        ) from None
                    time.sleep(0.1)
                    continue
            try:
                return self._perform_here(operation, body, say, wait_s=0.25)
            except HomeTaken:
                if time.monotonic() > deadline or self.stop.is_set():
                    raise

    def _perform_here(
        self, operation: str, body: dict[str, Any], say: Callable[[str], None], wait_s: float
    ) -> dict[str, Any]:
        if self._kept is None:
            ownership = take_home(self._settings.home, wait_s)
            from bot.app import App

            self._kept = (ownership, App(self._settings))
        from bot.jobs import Job
        from bot.terminal.operations import perform

        try:
            return perform(self._kept[1], operation, body, Job(say, self.stop))
        finally:
            if not self._keeping:
                self.close()


def _ask_server(
    server: Server, operation: str, body: dict[str, Any], say: Callable[[str], None], stop: threading.Event
) -> dict[str, Any]:
    address = urlsplit(server.url)
    # The server says something every second while it works, so a long silence means that it hangs.
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=_QUIET_S)
    try:
        connection.request(
            "POST",
            f"/owner/{operation}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"},
        )
        response = connection.getresponse()
        if response.status != 200:
            raise RemoteProblem(_error_of(response.read()))
        return _follow(response, say, stop)
    except ConnectionRefusedError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise Retriable("The server ended before it was done.", "Start it again, then repeat the command.") from error
    finally:
        connection.close()


def _follow(response: http.client.HTTPResponse, say: Callable[[str], None], stop: threading.Event) -> dict[str, Any]:
    for line in response:
        if stop.is_set():
            # Closing the connection tells the server to stop at its next safe point.
            return {"stopped": True}
        if not line.strip():
            continue
        event = json.loads(line)
        if "say" in event:
            say(event["say"])
        elif "error" in event:
            raise RemoteProblem(event["error"])
        else:
            result: dict[str, Any] = event["result"]
            return result
    raise Retriable("The server ended before it was done.", "Start it again, then repeat the command.")


def _error_of(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return told if isinstance(told, dict) else {}


def existing_path(text: str) -> str:
    """Return the absolute form of a path that exists, as the server may stand in another folder. Raises Fatal where nothing is there."""
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise Fatal(f"There is no file or folder {text}.", "Check the path.")
    return str(path)
