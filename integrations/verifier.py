"""A provider that verifies mail addresses over HTTP: any that answers a GET with the address in JSON with a word for its state."""

from __future__ import annotations

from typing import Any

import httpx

from infra.errors import Fatal, Retriable
from sales.gate import AddressStatus

_WORDS: dict[str, AddressStatus] = {
    **dict.fromkeys(("good", "valid", "deliverable", "ok", "safe", "verified", "true"), "good"),
    **dict.fromkeys(
        ("bad", "invalid", "undeliverable", "rejected", "disposable", "spamtrap", "abuse", "do_not_mail", "false"),
        "bad",
    ),
    **dict.fromkeys(("risky", "catch_all", "catch-all", "catchall", "accept_all", "accept-all", "role"), "risky"),
    **dict.fromkeys(("unknown", "unverifiable", "timeout", "greylisted"), "unknown"),
}
_FIELDS = ("status", "result", "state", "verdict", "deliverability")


class HttpVerifier:
    """Asks `GET <base url>?address=…` with a bearer token; blocks, ten seconds at most."""

    def __init__(self, base_url: str, token: str | None, *, timeout_s: float = 10.0) -> None:
        self._url = base_url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout_s = timeout_s

    def verify(self, address: str) -> AddressStatus:
        """Return what the provider knows. Raises Retriable where it is busy or away, Fatal where it refuses us."""
        try:
            answer = httpx.get(
                self._url, params={"address": address, "email": address}, headers=self._headers, timeout=self._timeout_s
            )
        except httpx.HTTPError as error:
            raise Retriable("The address verifier can't be reached.", "It is tried again by itself.") from error
        if answer.status_code in (401, 403):
            raise Fatal("The address verifier refuses our token.", "Check DEALWRIGHT_VERIFIER_TOKEN.")
        if answer.status_code != 200:
            raise Retriable("The address verifier is busy.", "It is tried again by itself.")
        try:
            return _status(answer.json())
        except ValueError as error:
            raise Retriable(
                "The address verifier's answer can't be read.", "Check DEALWRIGHT_VERIFIER_BASE_URL."
            ) from error


def _status(told: Any) -> AddressStatus:
    body = told.get("data", told) if isinstance(told, dict) else {}
    for field in _FIELDS:
        word = body.get(field) if isinstance(body, dict) else None
        if isinstance(word, str | bool):
            return _WORDS.get(str(word).strip().lower().replace(" ", "_"), "unknown")
    return "unknown"
