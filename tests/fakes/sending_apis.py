"""The parts of Gmail's API and of Microsoft Graph that send and find mails, over real HTTP, strict and with a state of their own.

Written from public documentation. Gmail: API reference `users.messages.send`, `users.messages.list`, guide "Sending email" (raw: base64url of
an RFC 2822 mail), guide "Search operators" (rfc822msgid:), "Using OAuth 2.0 for web server applications" (refresh). Graph v1.0: user-sendmail,
"Send messages with MIME content" (text/plain, base64, 202), user-list-messages with $filter; Microsoft identity platform (refresh).
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

Trouble = Literal[
    "none", "busy", "quota", "invalid", "forbidden", "taken_then_dies", "dies_before", "error_500", "error_500_taken"
]


@dataclass
class SendingState:
    """What a mailbox sent, and how the provider behaves for the next request."""

    token: str = "fresh"
    refresh_token: str = "r3fresh"
    mails: list[bytes] = field(default_factory=list)
    trouble: Trouble = "none"
    hidden_looks: int = 0
    as_draft: bool = False
    renewals: int = 0
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)

    def ids(self) -> list[str]:
        """Return the Message-IDs of what was sent."""
        return [str(email.message_from_bytes(raw, policy=email.policy.default)["Message-ID"]) for raw in self.mails]

    def shows(self) -> bool:
        """Return whether the search knows of what was sent yet."""
        self.hidden_looks -= 1
        return self.hidden_looks < 0


class _Api(BaseHTTPRequestHandler):
    state: SendingState

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def _answer(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.state.token}":
            return True
        self._answer(401, {"error": {"code": 401, "message": "Invalid credentials"}})
        return False

    def do_GET(self) -> None:
        """Answer a search."""
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query, strict_parsing=True))
        self.state.requests.append(("GET", parts.path, asked, ""))
        if not self._allowed():
            return
        if self.state.trouble == "error_500":
            self._answer(500, {"error": {"code": 500}})
        elif parts.path == "/gmail/v1/users/me/messages":
            self._search_gmail(asked)
        elif parts.path == "/v1.0/me/messages":
            self._search_graph(asked)
        else:
            self._answer(404, {"error": {"code": 404}})

    def _search_gmail(self, asked: dict[str, str]) -> None:
        found = re.fullmatch(r"rfc822msgid:([^\s<>]+)", asked["q"])
        if found is None or set(asked) - {"q", "includeSpamTrash", "maxResults"}:
            self._answer(400, {"error": {"code": 400}})
            return
        shown = self.state.shows()
        places = [n for n, one in enumerate(self.state.ids()) if one == f"<{found[1]}>" and shown]
        told: dict[str, Any] = {"resultSizeEstimate": len(places)}
        if places:
            told["messages"] = [{"id": f"m{place}", "threadId": f"t{place}"} for place in places]
        self._answer(200, told)

    def _search_graph(self, asked: dict[str, str]) -> None:
        found = re.fullmatch(r"internetMessageId eq '((?:[^']|'')+)'", asked["$filter"])
        if found is None or set(asked) - {"$filter", "$select", "$top"}:
            self._answer(400, {"error": {"code": "BadRequest"}})
            return
        shown, wanted = self.state.shows(), found[1].replace("''", "'")
        self._answer(
            200,
            {
                "value": [
                    {"id": f"g{n}", "isDraft": self.state.as_draft}
                    for n, one in enumerate(self.state.ids())
                    if one == wanted and shown
                ]
            },
        )

    def do_POST(self) -> None:
        """Take a mail, or renew a token."""
        raw, parts = self._body(), urlsplit(self.path)
        self.state.requests.append(("POST", parts.path, {}, raw.decode("ascii", "replace")))
        if parts.path == "/token":
            self._renew(dict(parse_qsl(raw.decode(), strict_parsing=True)))
            return
        if not self._allowed() or self._troubled():
            return
        if parts.path == "/gmail/v1/users/me/messages/send":
            mail = self._gmail_mail(raw)
        elif parts.path == "/v1.0/me/sendMail":
            mail = self._graph_mail(raw)
        else:
            self._answer(404, {"error": {"code": 404}})
            return
        if mail is None or not email.message_from_bytes(mail)["To"]:
            self._answer(400, {"error": {"code": 400, "message": "Recipient address required"}})
            return
        self.state.mails.append(mail)
        if self.state.trouble == "taken_then_dies":
            self.connection.close()
        elif self.state.trouble == "error_500_taken":
            self._answer(500, {"error": {"code": 500}})
        elif parts.path.startswith("/gmail"):
            self._answer(200, {"id": f"m{len(self.state.mails) - 1}", "threadId": "t", "labelIds": ["SENT"]})
        else:
            self._answer(202, headers={"request-id": f"q{len(self.state.mails) - 1}"})

    def _troubled(self) -> bool:
        answers: dict[str, tuple[int, Any]] = {
            "busy": (429, {"error": {"code": 429}}),
            "quota": (403, {"error": {"errors": [{"reason": "userRateLimitExceeded"}], "code": 403}}),
            "invalid": (400, {"error": {"code": 400, "message": "Invalid To header"}}),
            "forbidden": (403, {"error": {"code": 403, "message": "Insufficient Permission"}}),
        }
        if self.state.trouble == "dies_before":
            self.connection.close()
            return True
        if self.state.trouble in answers:
            self._answer(*answers[self.state.trouble])
            return True
        return False

    def _gmail_mail(self, raw: bytes) -> bytes | None:
        try:
            told = json.loads(raw)
            if set(told) - {"raw", "threadId"} or re.search(r"[+/]", told["raw"]):
                return None
            return base64.urlsafe_b64decode(told["raw"])
        except (ValueError, KeyError, binascii.Error):
            return None

    def _graph_mail(self, raw: bytes) -> bytes | None:
        if self.headers.get("Content-Type") != "text/plain":
            return None
        try:
            return base64.b64decode(raw, validate=True)
        except binascii.Error:
            return None

    def _renew(self, form: dict[str, str]) -> None:
        self.state.renewals += 1
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.state.refresh_token:
            self._answer(400, {"error": "invalid_grant"})
            return
        self.state.token = f"fresh-{self.state.renewals}"
        self._answer(200, {"access_token": self.state.token, "expires_in": 3599, "token_type": "Bearer"})


@contextmanager
def sending_apis(state: SendingState) -> Iterator[str]:
    """Serve both APIs and the token's endpoint on a free port of loopback; gives the base URL."""
    handler = type("Api", (_Api,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
