"""The console's cookie: who signed in, signed so that nobody else can make one; and the form token that goes with it.

Time here is the machine's own: an injected clock must never keep a session alive.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from infra.settings import Settings

COOKIE = "dealwright_session"
IDLE_S = 12 * 3600
"""Seconds after which a session that nobody uses ends."""
LONGEST_S = 7 * 24 * 3600
"""Seconds after which every session ends."""

How = Literal["nobody", "password", "token"]
Now = Callable[[], float]


@dataclass(frozen=True)
class Seat:
    """What the cookie holds: how somebody signed in, as whom, whom an admin views the console as, and since when."""

    how: How = "nobody"
    user_id: str | None = None
    view_as: str | None = None
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    since: int = 0
    seen: int = 0

    def signed_in(self, how: How, user_id: str | None, now: float) -> Seat:
        """Return a fresh seat: a new nonce, so that nothing made before signing in is worth anything after it."""
        return Seat(how, user_id, None, since=int(now), seen=int(now))

    def viewing(self, user_id: str | None) -> Seat:
        """Return the seat of an admin who views the console as somebody else, or as themselves again."""
        return replace(self, view_as=user_id)


class Seats:
    """Reads and writes seats, and makes and checks the form tokens that belong to them."""

    def __init__(self, key: bytes, now: Now = time.time) -> None:
        self._key = key
        self.now = now

    def write(self, seat: Seat) -> str:
        """Return the cookie's value."""
        body = base64.urlsafe_b64encode(json.dumps(asdict(seat), separators=(",", ":")).encode()).rstrip(b"=").decode()
        return f"{body}.{self._mark('seat', body)}"

    def read(self, value: str | None) -> Seat | None:
        """Return the seat that a cookie holds, or None where it is not ours, or has ended."""
        if not value or not value.isascii():
            return None
        body, _, mark = value.partition(".")
        if not hmac.compare_digest(mark, self._mark("seat", body)):
            return None
        try:
            seat = Seat(**json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
        except (ValueError, TypeError):
            # Signed by us, but by another version.
            return None
        now = self.now()
        if seat.how != "nobody" and (now - seat.seen > IDLE_S or now - seat.since > LONGEST_S):
            return None
        return seat

    def renewed(self, seat: Seat) -> Seat | None:
        """Return the seat as seen now where its cookie should be written again, else None."""
        if seat.how == "nobody" or self.now() - seat.seen < 300:
            return None
        return replace(seat, seen=int(self.now()))

    def form_token(self, seat: Seat) -> str:
        """Return the token that every form of this seat carries."""
        return self._mark("form", f"{seat.nonce}\n{seat.how}\n{seat.user_id}")

    def is_form_token(self, seat: Seat, given: str) -> bool:
        """Return whether `given` is this seat's form token."""
        return given.isascii() and hmac.compare_digest(given, self.form_token(seat))

    def _mark(self, use: str, text: str) -> str:
        return hmac.new(self._key, f"{use}\n{text}".encode(), hashlib.sha256).hexdigest()


def seats_of(settings: Settings) -> Seats:
    """Return the seats of this installation.

    Where a password or an API token is set, the key comes from them: all servers of one installation then share sessions, and a changed
    password ends them all. Else it stands in the home folder.
    """
    given = [
        secret.get_secret_value() for secret in (settings.console_password, settings.api_token) if secret is not None
    ]
    if given:
        return Seats(hashlib.scrypt("\n".join(given).encode(), salt=b"dealwright console", n=2**14, r=8, p=1))
    return Seats(_kept_key(settings.home / "console.key"))


def _kept_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    key = secrets.token_bytes(32)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key
