"""Gmail: the last days once by `messages.list`, then what was added by `history.list`.

Drafts, spam and chats stay out. Where Gmail has forgotten the history id (404), the last days are read again; Message-IDs keep that from counting twice.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.mailboxes.source import FIRST_DAYS, LARGEST_MAIL, Cursor, Found, Page, not_understood
from integrations.mailboxes.web import Gone, Web

BASE_URL = "https://gmail.googleapis.com"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
_AT_ONCE = 25
_LEFT_OUT = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT"})


class GmailMailbox:
    """Reads one Gmail account."""

    def __init__(self, web: Web, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now

    def close(self) -> None:
        """Let the connections go."""
        self._web.close()

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the next mails. Raises Retriable and Fatal as `Source.read` says."""
        if not cursor.get("history") or cursor.get("first"):
            return self._first(dict(cursor))
        try:
            return self._since(dict(cursor))
        except Gone:
            return self._first({})

    def _first(self, cursor: Cursor) -> Page:
        """Read the last days page by page. The history id is taken before the first page, so that nothing falls between."""
        history = cursor.get("history") or _text(self._json("/gmail/v1/users/me/profile"), "historyId")
        after = cursor.get("after") or int((self._now() - timedelta(days=FIRST_DAYS)).timestamp())
        params = {"q": f"after:{after} -in:chats -in:drafts", "maxResults": str(_AT_ONCE)}
        if token := cursor.get("page"):
            params["pageToken"] = str(token)
        told = self._json("/gmail/v1/users/me/messages", params)
        mails, left_out = self._fetched([_text(one, "id") for one in _list(told, "messages")])
        following = told.get("nextPageToken")
        if following:
            return Page(
                {"history": history, "first": True, "after": after, "page": following},
                mails,
                more=True,
                left_out=left_out,
            )
        return Page({"history": history}, mails, left_out=left_out)

    def _since(self, cursor: Cursor) -> Page:
        params = {"startHistoryId": str(cursor["history"]), "historyTypes": "messageAdded", "maxResults": str(_AT_ONCE)}
        if token := cursor.get("page"):
            params["pageToken"] = str(token)
        told = self._web.json("/gmail/v1/users/me/history", params)
        ids = []
        for record in _list(told, "history"):
            for added in _list(record, "messagesAdded"):
                message = added.get("message")
                if isinstance(message, dict) and not _LEFT_OUT & set(message.get("labelIds") or ()):
                    ids.append(_text(message, "id"))
        mails, left_out = self._fetched(list(dict.fromkeys(ids)))
        following = told.get("nextPageToken")
        if following:
            return Page({**cursor, "page": following}, mails, more=True, left_out=left_out)
        return Page({"history": str(told.get("historyId") or cursor["history"])}, mails, left_out=left_out)

    def _fetched(self, ids: list[str]) -> tuple[tuple[Found, ...], int]:
        mails, left_out = [], 0
        for identity in ids:
            try:
                told = self._web.json(f"/gmail/v1/users/me/messages/{identity}", {"format": "raw"})
            except Gone:
                continue  # removed meanwhile
            if _LEFT_OUT & set(told.get("labelIds") or ()):
                continue
            try:
                raw = base64.urlsafe_b64decode(str(told.get("raw") or "") + "===")
            except (binascii.Error, ValueError):
                left_out += 1
                continue
            if not raw or len(raw) > LARGEST_MAIL:
                left_out += 1
                continue
            mails.append(Found(f"gmail/{identity}", raw))
        return tuple(mails), left_out

    def _json(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            return self._web.json(path, params)
        except Gone as error:
            raise not_understood() from error


def _list(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = told.get(name) or []
    if not isinstance(found, list):
        raise not_understood()
    return [one for one in found if isinstance(one, dict)]


def _text(told: Mapping[str, Any], name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found or "/" in found:
        raise not_understood()
    return found
