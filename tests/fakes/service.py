"""What fakes of services with an HTTP API share: tokens that run out, rate limits, faults before and after the work is done, and a log of every call.

A fake is strict: a request that breaks what the service documents is answered as the service would, and remembered in `breaches`, which a test asserts empty.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.fakes.described import Described, faults_of

Fault = Literal["500", "503", "429", "reset", "hang", "500 after", "reset after", "hang after", "garbage"]
"""What goes wrong with one request: answered so instead of being done, or (`after`) done and then lost. `hang` outlasts any timeout of the client."""


@dataclass(frozen=True)
class Request:
    """A request as the service sees it. `query` holds all values of a name."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def one(self, name: str, default: str = "") -> str:
        """Return the one value of a query parameter."""
        return self.query.get(name, [default])[-1]

    @property
    def json(self) -> Any:
        """Return the body as JSON; ValueError where it is none."""
        return json.loads(self.body or b"null")

    @property
    def form(self) -> dict[str, str]:
        """Return the body as a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Answer:
    """An answer: JSON, or text where `body` is one."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """What the service answers instead."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


@dataclass
class Limit:
    """At most `requests` in any `seconds`, for requests that `lane` names (None: all)."""

    requests: int
    seconds: float
    lane: str | None = None
    seen: deque[float] = field(default_factory=deque)


class FakeService:
    """A service on loopback. `now` is its clock for limits and dates; `limits` may be empty. Subclasses answer in `handle`, under `lock`.

    `described` are the requests that its vendor describes; any other is a breach.
    """

    described: ClassVar[tuple[Described, ...]] = ()

    def __init__(self, *, limits: tuple[Limit, ...] = (), now: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.limits = list(limits)
        self.now = now
        self.calls: list[tuple[str, str]] = []
        self.counts: Counter[str] = Counter()
        self.breaches: list[str] = []
        self.limited = 0
        self.faults: deque[Fault] = deque()
        self.fault_for: Callable[[Request], Fault | None] = lambda _request: None
        self.tokens: set[str] = {"good"}
        self.skew_s = 0.0
        self.hang_s = 3.0
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def moment(self) -> datetime:
        """Return the service's own time, which may be off ours."""
        return datetime.fromtimestamp(self.now() + self.skew_s, UTC)

    def needs_token(self, request: Request) -> bool:
        """Whether a request needs a token; those that get one don't."""
        return True

    def lane_of(self, request: Request) -> str | None:
        """Return the lane whose limit a request counts against as well."""
        return None

    def handle(self, request: Request) -> Answer:
        """Do what a request asks. Raises Refusal."""
        raise NotImplementedError

    def refused(self, status: int, code: str, message: str) -> Answer:
        """Return an error in the service's own shape."""
        return Answer(status, {"status": "error", "category": code, "message": message})

    def breach(self, said: str, status: int = 400) -> Refusal:
        """Remember a request that breaks the documentation, and return how it is refused."""
        self.breaches.append(said)
        return Refusal(self.refused(status, "VALIDATION_ERROR", said))

    def answer(self, request: Request) -> tuple[Answer | None, float]:
        """Return the answer to a request (None: the connection breaks) and the seconds that it takes."""
        with self.lock:
            self.calls.append((request.method, request.path))
            self.counts[request.method] += 1
            if self.needs_token(request):
                scheme, _, token = request.headers.get("authorization", "").partition(" ")
                if scheme not in ("Bearer", "Basic", "OAuth") or token not in self.tokens:
                    return self.refused(401, "EXPIRED_AUTHENTICATION", "The token is not valid."), 0
            wait = self._over(request)
            if wait is not None:
                self.limited += 1
                told = self.refused(429, "RATE_LIMITS", "You have reached your limit.")
                told.headers["Retry-After"] = str(max(1, round(wait + 0.5)))
                return told, 0
            fault = self.faults.popleft() if self.faults else self.fault_for(request)
            if fault is not None and not fault.endswith(" after"):
                return self._faulty(fault)
            try:
                if self.described and (faults := faults_of(self.described, request)):
                    raise self.breach(f"{request.method} {request.path}: {', '.join(faults[:3])}")
                done = self.handle(request)
            except Refusal as refusal:
                done = refusal.answer
            return (done, 0.0) if fault is None else self._faulty(fault.removesuffix(" after"))

    def _faulty(self, fault: str) -> tuple[Answer | None, float]:
        if fault == "429":
            told = self.refused(429, "RATE_LIMITS", "Slow down.")
            told.headers["Retry-After"] = "1"
            return told, 0
        if fault == "reset":
            return None, 0
        if fault == "hang":
            return None, self.hang_s
        if fault == "garbage":
            return Answer(200, "<html>not what was asked</html>"), 0
        return self.refused(int(fault), "INTERNAL", "Something broke."), 0

    def _over(self, request: Request) -> float | None:
        now, lane = self.now(), self.lane_of(request)
        mine = [limit for limit in self.limits if limit.lane is None or limit.lane == lane]
        for limit in mine:
            while limit.seen and limit.seen[0] <= now - limit.seconds:
                limit.seen.popleft()
            if len(limit.seen) >= limit.requests:
                return limit.seen[0] + limit.seconds - now
        for limit in mine:
            limit.seen.append(now)
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


def _handler(fake: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, format: str, *args: Any) -> None:
            return

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(fake.moment(), usegmt=True)

        def _do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)
            told, takes = fake.answer(request)
            if takes:
                # Waits as a hung server does, and ends early where the client has given up.
                self.connection.settimeout(takes)
                with contextlib.suppress(OSError):
                    self.connection.recv(1, socket.MSG_PEEK)
            if told is None:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            data = told.body if isinstance(told.body, bytes) else _written(told.body)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json" if not isinstance(told.body, str) else "text/csv")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _do

    return Handler


def _written(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
