"""Google's and Microsoft's authorization servers on loopback, strict and with a state of their own.

Written from public documentation. Google: "Using OAuth 2.0 for Web Server Applications" (developers.google.com/identity/protocols/oauth2/web-server:
parameters of the authorization request, code exchange, revocation), Gmail API `users.getProfile`. Microsoft: "Microsoft identity platform and OAuth 2.0
authorization code flow" (learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow), Graph v1.0 user-get. PKCE: RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT, SECRET = "client-1", "s3cret"
_ASKED = {"client_id", "response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "login_hint", "prompt"}  # fmt: skip
_OF = {"google": {"access_type"}, "microsoft": {"response_mode"}}
_SCOPES = {
    "google": {"gmail.readonly", "gmail.send", "calendar.events.owned.readonly"},
    "microsoft": {"Mail.Read", "Mail.Send", "Calendars.Read", "User.Read", "offline_access"},
}


@dataclass
class Vendors:
    """Both servers' state: whose mailbox consents, what they leave out, and what was asked and given."""

    url: str = ""
    redirect_uris: set[str] = field(default_factory=set)
    mailbox: dict[str, Any] = field(default_factory=dict)
    unticked: set[str] = field(default_factory=set)
    refresh: bool = True
    answer_error: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def consent(self, vendor: str, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to after the person's click, or "" where the request is not right."""
        digests = [one.rpartition("/")[2] for one in asked.get("scope", "").split()]
        right = (
            set(asked) == _ASKED | _OF[vendor]
            and asked["client_id"] == CLIENT
            and asked["response_type"] == "code"
            and asked["redirect_uri"] in self.redirect_uris
            and asked["code_challenge_method"] == "S256"
            and len(asked["code_challenge"]) == 43
            and set(digests) == _SCOPES[vendor]
            and (vendor == "microsoft" or asked["access_type"] == "offline")
        )
        if not right:
            self.wrong.append(f"authorize {vendor}")
            return ""
        self.asked.append(asked)
        back: dict[str, str] = {"state": asked["state"]}
        if self.answer_error:
            back |= {"error": self.answer_error, "error_description": "<script>alert(1)</script>"}
        else:
            code = f"code-{len(self.codes)}"
            self.codes[code] = {**asked, "vendor": vendor}
            back |= {"code": code}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def redeem(self, vendor: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint."""
        if form.get("client_id") != CLIENT or form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") != "authorization_code":
            return 400, {"error": "unsupported_grant_type"}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or asked["vendor"] != vendor or asked["redirect_uri"] != form.get("redirect_uri") or asked["code_challenge"] != challenge:  # fmt: skip
            self.wrong.append(f"token {vendor}")
            return 400, {"error": "invalid_grant"}
        number = len(self.tokens)
        self.tokens.add(f"access-{number}")
        scopes = [one for one in asked["scope"].split() if one.rpartition("/")[2] not in self.unticked]
        told = {"access_token": f"access-{number}", "token_type": "Bearer", "expires_in": 3599, "scope": " ".join(scopes)}  # fmt: skip
        if self.refresh:
            told["refresh_token"] = f"refresh-{number}"
        return 200, told


@contextmanager
def serve_vendors() -> Iterator[Vendors]:
    """Serve both on a free port of loopback."""
    state = Vendors()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = dict(parse_qsl(parts.query, keep_blank_values=True))
            vendor = parts.path.split("/")[1]
            if parts.path in ("/google/auth", "/microsoft/auth"):
                back = state.consent(vendor, asked)
                self._answer(302 if back else 400, {}, {"Location": back} if back else None)
                return
            if self.headers.get("Authorization", "").removeprefix("Bearer ") not in state.tokens:
                self._answer(401, {"error": {"code": 401}})
            elif parts.path == "/gmail/v1/users/me/profile":
                self._answer(200, {"emailAddress": state.mailbox["mail"], "historyId": "1"})
            elif parts.path == "/v1.0/me" and asked == {"$select": "mail,userPrincipalName,proxyAddresses"}:
                self._answer(200, state.mailbox)
            else:
                state.wrong.append(parts.path)
                self._answer(404, {})

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), strict_parsing=True))
            if self.path in ("/google/token", "/microsoft/token"):
                self._answer(*state.redeem(self.path.split("/")[1], form))
            elif self.path == "/google/revoke" and set(form) == {"token"}:
                state.revoked.append(form["token"])
                self._answer(200, {})
            else:
                state.wrong.append(self.path)
                self._answer(404, {})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
