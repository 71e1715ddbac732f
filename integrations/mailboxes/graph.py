"""Microsoft Graph: delta queries over the inbox and the sent items, each mail then as MIME (`$value`).

A round of pages ends with a delta link, which is where the next one begins. Where Graph has forgotten it (410), the last days are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.mailboxes.source import FIRST_DAYS, LARGEST_MAIL, Cursor, Found, Page, not_understood
from integrations.mailboxes.web import Gone, Web

BASE_URL = "https://graph.microsoft.com"
TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105 - an address, not a secret
SCOPE = "https://graph.microsoft.com/Mail.Read offline_access"
_FOLDERS = ("inbox", "sentitems")
_AT_ONCE = 25


class GraphMailbox:
    """Reads one mailbox of Microsoft 365."""

    def __init__(self, web: Web, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now

    def close(self) -> None:
        """Let the connections go."""
        self._web.close()

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the next mails of the first folder that has any. Raises Retriable and Fatal as `Source.read` says."""
        links: Cursor = dict(cursor.get("folders") or {})
        for folder in _FOLDERS:
            mails, left_out, link, more = self._page(folder, links.get(folder))
            links[folder] = link
            if mails or left_out or more:
                return Page({"folders": links}, mails, more=True, left_out=left_out)
        return Page({"folders": links})

    def _page(self, folder: str, link: str | None) -> tuple[tuple[Found, ...], int, str, bool]:
        told = self._delta(folder, link)
        found, left_out = [], 0
        for one in told.get("value") or []:
            if not isinstance(one, dict) or "@removed" in one or one.get("isDraft"):
                continue
            identity = one.get("id")
            if not isinstance(identity, str) or not identity:
                raise not_understood()
            raw = self._mime(identity)
            if raw is None:
                continue
            if len(raw) > LARGEST_MAIL:
                left_out += 1
                continue
            found.append(Found(f"graph/{identity}"[:200], raw))
        following = told.get("@odata.nextLink") or told.get("@odata.deltaLink")
        if not isinstance(following, str):
            raise not_understood()
        return tuple(found), left_out, following, "@odata.nextLink" in told

    def _delta(self, folder: str, link: str | None) -> dict[str, Any]:
        headers = {"Prefer": f'odata.maxpagesize={_AT_ONCE}, IdType="ImmutableId"'}
        if link is not None:
            try:
                return self._web.json(link, headers=headers)
            except Gone:
                pass  # the token ran out: from the last days again
        since = (self._now() - timedelta(days=FIRST_DAYS)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"$select": "id,isDraft", "$filter": f"receivedDateTime ge {since}", "changeType": "created"}
        try:
            return self._web.json(f"/v1.0/me/mailFolders/{folder}/messages/delta", params, headers)
        except Gone as error:
            raise not_understood() from error

    def _mime(self, identity: str) -> bytes | None:
        try:
            return self._web.get(f"/v1.0/me/messages/{quote(identity, safe='')}/$value").content
        except Gone:
            return None  # removed meanwhile
