"""Sending as a Gmail mailbox: `users.messages.send` with the whole mail, found again by its Message-ID.

By Google's public description of the API (Gmail API reference, `users.messages.send` and `users.messages.list`; guide "Sending email"):
`raw` is the mail in base64url, and `q` takes the search box's `rfc822msgid:`.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

from infra.errors import Retriable
from integrations.sending.carrier import Receipt, Whereabouts
from integrations.sending.provider import Access, Provider

BASE_URL = "https://gmail.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_MESSAGES = "/gmail/v1/users/me/messages"
_LOOKS = 3
_BETWEEN_S = 2.0


class Gmail:
    """A carrier that sends as one connected Gmail mailbox."""

    name = "gmail"

    def __init__(self, access: Access, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._provider = Provider(self.name, access)
        self._sleep = sleep

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Send the mail once. Raises NotTaken and OutcomeUnknown."""
        raw = base64.urlsafe_b64encode(message).decode("ascii")
        response = self._provider.send(f"{_MESSAGES}/send", json={"raw": raw})
        try:
            told = response.json().get("id")
        except (ValueError, AttributeError):
            # It said that it took the mail; its id of it is a convenience.
            told = None
        return Receipt(self.name, told if isinstance(told, str) else None)

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """Look the mail up by its Message-ID, several times, as Gmail's search is seconds behind. Raises Retriable and Fatal."""
        params = {"q": f"rfc822msgid:{marker.strip('<>')}", "includeSpamTrash": "true", "maxResults": "5"}
        for look in range(_LOOKS):
            if look:
                self._sleep(_BETWEEN_S)
            found = self._provider.read(_MESSAGES, params).get("messages") or []
            if not isinstance(found, list):
                raise Retriable("Gmail's answer can't be read.", "It is tried again by itself.")
            if found:
                return "there"
        return "absent"
