"""Gmail's and Microsoft Graph's mail APIs on loopback, as their documentation describes them; a call that they do not know is answered 400 and remembered."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Answer = tuple[int, Any]


class _Server:
    """A server whose `answer` gets (path, query, headers) and returns a status with JSON or bytes."""

    refusal = "invalid_grant"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.unknown: list[str] = []
        self.valid = "good"
        self.busy = 0
        self.refreshes = 0
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                return

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                fake.calls.append(parts.path)
                if self.headers.get("Authorization") != f"Bearer {fake.valid}":
                    self._send(401, {"error": {"code": 401}})
                elif fake.busy:
                    fake.busy -= 1
                    self._send(429, {"error": {"code": 429}}, {"Retry-After": "0"})
                else:
                    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                    self._send(*fake.answer(parts.path, query))

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                fake.refreshes += 1
                right = form.get("grant_type") == ["refresh_token"] and form.get("refresh_token") == ["refresh"]
                self._send(200 if right else 400, {"access_token": fake.valid} if right else {"error": fake.refusal})

            def _send(self, status: int, told: Any, headers: dict[str, str] | None = None) -> None:
                body = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        raise NotImplementedError

    def strange(self, path: str) -> Answer:
        self.unknown.append(path)
        return 400, {"error": {"code": 400}}

    def __enter__(self) -> Any:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FakeGmail(_Server):
    """Mails arrive with `add`; ids of the history before `oldest` are forgotten."""

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.mails: list[tuple[str, bytes, list[str]]] = []
        self.oldest = 100
        self.page = page

    def add(self, raw: bytes, labels: tuple[str, ...] = ("INBOX",)) -> None:
        """Let a mail arrive."""
        self.mails.append((f"m{len(self.mails)}", raw, list(labels)))

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        base = "/gmail/v1/users/me"
        newest = str(100 + len(self.mails))
        if path == f"{base}/profile":
            return 200, {"emailAddress": "sam@ours.example", "historyId": newest}
        if path == f"{base}/messages" and "after:" in query.get("q", ""):
            return 200, self._paged(query, "messages", [{"id": one[0], "threadId": one[0]} for one in self.mails])
        if path == f"{base}/history" and query.get("startHistoryId", "").isdigit():
            start = int(query["startHistoryId"])
            if start < self.oldest:
                return 404, {"error": {"code": 404}}
            records = [
                {"id": str(101 + number), "messagesAdded": [{"message": {"id": one[0], "labelIds": one[2]}}]}
                for number, one in enumerate(self.mails)
                if 101 + number > start
            ]
            return 200, self._paged(query, "history", records) | {"historyId": newest}
        for identity, raw, labels in self.mails:
            if path == f"{base}/messages/{identity}" and query.get("format") == "raw":
                return 200, {
                    "id": identity,
                    "labelIds": labels,
                    "raw": base64.urlsafe_b64encode(raw).decode().rstrip("="),
                }
        return (404, {}) if path.startswith(f"{base}/messages/") else self.strange(path)

    def _paged(self, query: dict[str, str], name: str, items: list[Any]) -> dict[str, Any]:
        start = int(query.get("pageToken", "0"))
        told: dict[str, Any] = {name: items[start : start + self.page]} if items else {}
        if start + self.page < len(items):
            told["nextPageToken"] = str(start + self.page)
        return told


class FakeGraph(_Server):
    """Mails arrive with `add`; `forget` makes all delta links void."""

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.folders: dict[str, list[tuple[str, bytes]]] = {"inbox": [], "sentitems": []}
        self.page = page
        self.era = 0

    def add(self, raw: bytes, folder: str = "inbox") -> None:
        """Let a mail arrive."""
        self.folders[folder].append((f"{folder}-{len(self.folders[folder])}=", raw))

    def forget(self) -> None:
        """Void every link that was given out."""
        self.era += 1

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        for name, mails in self.folders.items():
            if path == f"/v1.0/me/mailFolders/{name}/messages/delta":
                state = query.get("$deltatoken") or query.get("$skiptoken")
                if state is None and "receivedDateTime ge " not in query.get("$filter", ""):
                    return self.strange(path)
                era, start = map(int, (state or f"{self.era}.0").split("."))
                if era != self.era:
                    return 410, {"error": {"code": "syncStateNotFound"}}
                some = mails[start : start + self.page]
                more = start + self.page < len(mails)
                link = f"{self.url}{path}?{'$skiptoken' if more else '$deltatoken'}={self.era}.{start + len(some)}"
                told = {"value": [{"id": one[0], "isDraft": False} for one in some]}
                return 200, told | {"@odata.nextLink" if more else "@odata.deltaLink": link}
            for identity, raw in mails:
                if unquote(path) == f"/v1.0/me/messages/{identity}/$value":
                    return 200, raw
        return self.strange(path)


Fake = Callable[[], _Server]
