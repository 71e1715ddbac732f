"""What stands in a conversation, as Microsoft Graph tells it: the Bot Connector lists no messages to a bot.

Channels: https://learn.microsoft.com/graph/api/channel-list-messages, a thread: https://learn.microsoft.com/graph/api/chatmessage-list-replies,
chats: https://learn.microsoft.com/graph/api/chat-list-messages, our chat with one person:
https://learn.microsoft.com/graph/api/userscopeteamsappinstallation-get-chat; asked to wait: https://learn.microsoft.com/graph/throttling.
A team's or a chat's consent comes with the app (https://learn.microsoft.com/microsoftteams/platform/graph-api/rsc/resource-specific-consent); it
does not reach personal chats, where a tenant's admin must have consented (Chat.Read.All, TeamsAppInstallation.ReadForUser.All).
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from bot.teams.connector import Refused
from bot.teams.credentials import Tokens
from infra.errors import Retriable
from infra.logs import logger
from infra.settings import Settings

TENANT_WIDE = frozenset({"Chat.Read.All", "Chat.ReadWrite.All"})
OF_PERSONS = frozenset(
    {
        "TeamsAppInstallation.ReadForUser.All",
        "TeamsAppInstallation.Read.All",
        "TeamsAppInstallation.ReadWriteForUser.All",
    }
)
"""Roles of a token, one of each of which lets us find our chats with persons and read them."""

_TIMEOUT_S = 10
_WAIT_AT_MOST_S = 30.0
_PAGES = 20
_PAGE = 50
_LOG = logger("teams")

ChatMessage = dict[str, Any]


class Graph:
    """Messages of conversations, newest first as far as Graph keeps to that. Blocks; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.teams_graph_url.rstrip("/")
        parts = urlsplit(self._base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._app_id = (settings.teams_app_id or "").lower()
        self._tokens = Tokens(settings, f"{self._origin}/.default")
        self._chats: dict[str, str] = {}
        self.usable = bool(settings.teams_app_id and settings.teams_app_secret and settings.teams_tenant_id)
        """Whether we can be known to Graph at all: a token of its is a tenant's."""

    def in_channel(self, group: str, channel: str, root: str, since: datetime) -> Iterator[ChatMessage]:
        """Yield what was posted in a channel, or under its message `root`. Raises Refused 403 without consent, Retriable."""
        path = f"/teams/{quote(group, safe='')}/channels/{quote(channel, safe='')}/messages"
        return self._messages(f"{path}/{quote(root, safe='')}/replies" if root else path, since)

    def in_chat(self, chat: str, since: datetime) -> Iterator[ChatMessage]:
        """Yield what was posted in a group chat, or in a chat that `chat_with` found. Raises as `in_channel` does."""
        return self._messages(f"/chats/{quote(chat, safe='')}/messages", since)

    def chat_with(self, person: str) -> str:
        """Return the id that Graph has for our chat with a person (an Entra object id), "" where there is none. Raises as `in_channel` does."""
        if person not in self._chats:
            apps = f"/users/{quote(person, safe='')}/teamwork/installedApps"
            query = f"$expand=teamsApp&$filter=teamsApp/externalId eq '{self._app_id}'"
            found = self._get(f"{self._base}{apps}?{quote(query, safe='$=&/')}").get("value") or []
            if not found:
                return ""
            self._chats[person] = str(
                self._get(f"{self._base}{apps}/{quote(str(found[0]['id']), safe='')}/chat").get("id") or ""
            )
        return self._chats[person]

    def is_ours(self, message: ChatMessage) -> bool:
        """Return whether we posted a message that still stands."""
        application = (message.get("from") or {}).get("application") or {}
        return str(application.get("id") or "").lower() == self._app_id and not message.get("deletedDateTime")

    def roles(self) -> frozenset[str]:
        """Return what a tenant's admin consented to. What a team or a chat consented to is not among it. Raises DealwrightError."""
        try:
            claims = self._tokens.get().split(".")[1]
            told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
            return frozenset(str(role) for role in told.get("roles") or ())
        except (IndexError, ValueError, AttributeError):
            return frozenset()

    def _messages(self, path: str, since: datetime) -> Iterator[ChatMessage]:
        url = f"{self._base}{path}?$top={_PAGE}"
        for _ in range(_PAGES):
            page = self._get(url)
            found = [one for one in page.get("value") or [] if isinstance(one, dict)]
            yield from found
            url = str(page.get("@odata.nextLink") or "")
            # Pages come by the last change, the latest first: nothing after a page that is older was posted since.
            if not url or (found and max(map(_changed, found)) < since):
                return
        _LOG.warning("more messages than are looked through", pages=_PAGES)

    def _get(self, url: str) -> dict[str, Any]:
        if not url.startswith(f"{self._origin}/"):
            raise Refused(400, "Microsoft Graph names a page that is not its own.")
        deadline, renewed = time.monotonic() + _WAIT_AT_MOST_S, False
        while True:
            token = self._tokens.get()
            try:
                answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=_TIMEOUT_S)
                if answer.status_code == 200:
                    told = answer.json()
                    return told if isinstance(told, dict) else {}
            except (httpx.HTTPError, ValueError) as error:
                raise Retriable("Microsoft Graph can't be reached.", "It is tried again.") from error
            if answer.status_code == 401 and not renewed:
                renewed = True
                self._tokens.forget(token)
                continue
            if answer.status_code != 429 and answer.status_code < 500:
                raise Refused(answer.status_code, "Microsoft Graph does not tell what stands there.")
            pause = _pause(answer)
            if time.monotonic() + pause > deadline:
                raise Retriable("Microsoft Graph is busy.", "It is tried again.")
            time.sleep(pause)


def _pause(answer: httpx.Response) -> float:
    try:
        return max(0.5, float(answer.headers.get("Retry-After", "2")))
    except ValueError:
        return 2.0


def _changed(message: ChatMessage) -> datetime:
    told = str(message.get("lastModifiedDateTime") or message.get("createdDateTime") or "")
    try:
        return datetime.fromisoformat(told).astimezone(UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
