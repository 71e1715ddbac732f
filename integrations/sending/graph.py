"""Sending as a Microsoft 365 mailbox: `sendMail` with the whole mail in MIME, found again by its `internetMessageId`.

By Microsoft's public description (Graph v1.0: user-sendmail, "Send messages with MIME content", user-list-messages): the body is the mail
in base64 under `Content-Type: text/plain`, and 202 says that it was taken.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

from infra.errors import Retriable
from integrations.sending.carrier import Receipt, Whereabouts
from integrations.sending.provider import Access, Provider

BASE_URL = "https://graph.microsoft.com"
TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105 - an address
SCOPE = "https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/Mail.Read offline_access"
_LOOKS = 3
_BETWEEN_S = 2.0


class Graph:
    """A carrier that sends as one connected Microsoft 365 mailbox."""

    name = "graph"

    def __init__(self, access: Access, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._provider = Provider(self.name, access)
        self._sleep = sleep

    def send(self, message: bytes, *, sender: str, recipient: str, marker: str) -> Receipt:
        """Send the mail once. Raises NotTaken and OutcomeUnknown."""
        response = self._provider.send(
            "/v1.0/me/sendMail", content=base64.b64encode(message), headers={"Content-Type": "text/plain"}
        )
        return Receipt(self.name, response.headers.get("request-id"))

    def find(self, marker: str, *, sender: str) -> Whereabouts:
        """Look the mail up by its Message-ID, several times, as it reaches Sent Items some seconds later.

        One that stands there as a draft is on its way, or was never sent: nobody can tell. Raises Retriable and Fatal.
        """
        told = marker.replace("'", "''")
        params = {"$filter": f"internetMessageId eq '{told}'", "$select": "id,isDraft", "$top": "5"}
        drafts = False
        for look in range(_LOOKS):
            if look:
                self._sleep(_BETWEEN_S)
            found = self._provider.read("/v1.0/me/messages", params).get("value")
            if not isinstance(found, list):
                raise Retriable("Microsoft's answer can't be read.", "It is tried again by itself.")
            if any(isinstance(one, dict) and one.get("isDraft") is False for one in found):
                return "there"
            drafts = bool(found)
        return "cannot_tell" if drafts else "absent"
