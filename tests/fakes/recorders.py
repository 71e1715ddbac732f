"""Zoom's recordings and Microsoft Graph's transcripts over HTTP on loopback, as strict as the vendors' documentation says.

Zoom: "Download recordings using webhooks" (developers.zoom.us/blog/meeting-api-querying-tips-part4): the download wants the event's token as a bearer
token, and may be led on to another address. Graph: "Create subscription", "Receive change notifications through webhooks" (the address is asked with a
`validationToken` before the subscription exists; more than an hour needs a lifecycle address; less than three days for transcripts; a `clientState` has
128 characters at most: learn.microsoft.com/graph/api/resources/subscription), `callTranscript`
(learn.microsoft.com/graph/api/calltranscript-get: `$format=text/vtt`), `onlineMeeting`, "OAuth 2.0 client credentials flow".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

from tests.fakes.described import NAME, Described, one_of, thing

CLIENT, SECRET, TOKEN = "app-1", "app-secret", "app-token"
RESOURCE = "communications/onlineMeetings/getAllTranscripts"
_SUBSCRIPTION = thing(
    "changeType notificationUrl resource expirationDateTime",
    changeType=one_of("created"),
    notificationUrl=NAME,
    lifecycleNotificationUrl=NAME,
    resource=one_of(RESOURCE),
    expirationDateTime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$"},
    clientState={"type": "string", "minLength": 1, "maxLength": 128},
    latestSupportedTlsVersion=NAME,
)
_SUBSCRIBING = Described("POST", "/v1.0/subscriptions", body=_SUBSCRIPTION)
_RENEWING = Described(
    "PATCH",
    "/v1.0/subscriptions/{id}",
    body=thing("expirationDateTime", expirationDateTime=_SUBSCRIPTION["properties"]["expirationDateTime"]),
)


@dataclass
class Recorders:
    """What they hold and were asked. `busy` is how many of the next requests are answered with 503."""

    url: str = ""
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    transcripts: dict[str, dict[str, Any]] = field(default_factory=dict)
    meetings: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    hidden_meetings: bool = False
    busy: int = 0
    downloads: list[str] = field(default_factory=list)

    def record(self, name: str, captions: bytes, token: str) -> str:
        """Keep a recording at Zoom, and return its address."""
        self.files[f"/rec/download/{name}"] = (token, captions)
        return f"{self.url}/rec/download/{name}"

    def subscribe(self, told: dict[str, Any]) -> tuple[int, Any]:
        """Create a subscription as Graph does: only after the address answered its check."""
        if not _SUBSCRIBING.validator.is_valid(told):
            return 400, {"error": {"code": "InvalidRequest"}}
        ends_at = datetime.fromisoformat(told["expirationDateTime"])
        lasts = ends_at - datetime.now(UTC)
        if lasts > timedelta(days=3) or (lasts > timedelta(hours=1) and "lifecycleNotificationUrl" not in told):
            return 400, {"error": {"code": "ExtensionError"}}
        for address in {told["notificationUrl"], told.get("lifecycleNotificationUrl", told["notificationUrl"])}:
            token = "Validation: Testing <client> & 1"
            answer = httpx.post(address, params={"validationToken": token}, timeout=10)
            if answer.status_code != 200 or answer.text != token or "text/plain" not in answer.headers["content-type"]:
                return 400, {"error": {"code": "ValidationError"}}
        identity = f"sub-{len(self.subscriptions) + 1}"
        self.subscriptions[identity] = {**told, "id": identity}
        return 201, self.subscriptions[identity]


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[Recorders]

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _turned_away(self) -> bool:
        if self.state.busy > 0:
            self.state.busy -= 1
            self._answer(503, {})
            return True
        return False

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if self._turned_away():
            return
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if parts.path.startswith("/rec/"):
            self._download(parts.path, bearer)
            return
        if bearer != TOKEN:
            self._answer(401, {"error": {"code": "InvalidAuthenticationToken"}})
            return
        path = unquote(parts.path.removeprefix("/v1.0/"))
        content = path.endswith("/content")
        found = self.state.transcripts.get(path.removesuffix("/content"))
        if found is not None and content:
            if dict(parse_qsl(parts.query)).get("$format") != "text/vtt":
                self._answer(400, {"error": {"code": "BadRequest"}})
                return
            self._answer(200, found["captions"], {"Content-Type": "text/vtt"})
        elif found is not None:
            self._answer(200, {key: value for key, value in found.items() if key != "captions"})
        elif path in self.state.meetings:
            if self.state.hidden_meetings:
                self._answer(403, {"error": {"code": "Forbidden"}})
                return
            self._answer(200, self.state.meetings[path])
        else:
            self._answer(404, {"error": {"code": "NotFound"}})

    def _download(self, path: str, bearer: str) -> None:
        if path.startswith("/rec/download/moved-"):
            self._answer(302, {}, {"Location": path.replace("moved-", "")})
            return
        self.state.downloads.append(path)
        token, captions = self.state.files.get(path, ("", b""))
        if not captions:
            self._answer(404, {})
        elif bearer != token:
            self._answer(401, {})
        else:
            self._answer(200, captions, {"Content-Type": "text/vtt"})

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def do_POST(self) -> None:
        body = self._read()
        if self.path == "/token":
            form = dict(parse_qsl(body.decode()))
            right = {
                "grant_type": "client_credentials",
                "client_id": CLIENT,
                "client_secret": SECRET,
                "scope": "https://graph.microsoft.com/.default",
            }
            told = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599}
            self._answer(*((200, told) if form == right else (401, {"error": "invalid_client"})))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {})
        elif self.path == "/v1.0/subscriptions":
            self._answer(*self.state.subscribe(json.loads(body)))
        else:
            self._answer(404, {})

    def do_PATCH(self) -> None:
        body = json.loads(self._read())
        found = self.state.subscriptions.get(self.path.rpartition("/")[2])
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {})
        elif found is None:
            self._answer(404, {"error": {"code": "ResourceNotFound"}})
        elif not _RENEWING.validator.is_valid(body):
            self._answer(400, {})
        else:
            found |= body
            self._answer(200, found)


@contextmanager
def serve_recorders() -> Iterator[Recorders]:
    """Serve both on a free port of loopback."""
    state = Recorders()

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
