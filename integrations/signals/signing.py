"""The signature of a signal webhook: `v0=` and the HMAC-SHA256 in hex of `v0:timestamp:body`, good for five minutes."""

from __future__ import annotations

import hashlib
import hmac

GOOD_FOR_S = 300
_MOST_DIGITS = 12


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body that is sent at `timestamp`, whole seconds since 1970 as text."""
    return (
        "v0="
        + hmac.new(
            secret.encode(), b"v0:" + timestamp.encode("ascii", "replace") + b":" + body, hashlib.sha256
        ).hexdigest()
    )


def is_signed(secret: str, timestamp: str, given: str, body: bytes, now_s: float) -> bool:
    """Return whether a body was signed with `secret` within the last five minutes (or the next, for clocks that differ).

    The comparison takes the same time however much of the signature is right. `now_s` is the machine's own time, never a test's.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _MOST_DIGITS):
        return False
    right = hmac.compare_digest(signature(secret, timestamp, body).encode(), given.strip().encode("utf-8", "replace"))
    return right and abs(now_s - int(timestamp)) <= GOOD_FOR_S
