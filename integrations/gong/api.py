"""Gong's endpoints as functions: one request each.

By Gong's public documentation (help.gong.io/apidocs: introduction, "Retrieve detailed call data by various filters" POST /v2/calls/extensive, "Retrieve transcripts of
calls" POST /v2/calls/transcript, "List users" GET /v2/users): 3 requests a second and 10,000 a day, 429 with `Retry-After`; an access key and its secret as
Basic, a token of OAuth as Bearer; pages of 100 with a cursor in `records`; 404 where no call is found.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.client import Client, Service
from integrations.connectors.errors import NotThere, NotUnderstood
from integrations.connectors.pacing import Pace

BASE_URL = "https://api.gong.io"
TITLE = "Gong"
PACES = (Pace(3, 1.05), Pace(10_000, 86_400.0))
"""Gong's own limits, the first with a little room."""
MOST_IDS = 100
"""Calls whose transcripts are asked for at once: a page of calls."""
Call = Mapping[str, Any]


def service(base_url: str | None, token: str) -> Service:
    """Return how Gong wants to be asked. A token of OAuth is a JWT: three parts with a dot in between."""
    is_oauth = ":" not in token and token.count(".") == 2
    return Service(TITLE, base_url or BASE_URL, PACES, explain, scheme="Bearer" if is_oauth else "Basic")


def written(token: str) -> str:
    """Return the token as it is sent: `key:secret` in base64, what is in base64 already or of OAuth as it is."""
    return base64.b64encode(token.encode()).decode() if ":" in token else token


def explain(status: int, told: Any) -> tuple[str, tuple[str, ...]]:
    """Return a fixed word for an error. Gong tells its errors in sentences, which may hold values."""
    return f"HTTP {status}", ()


class Api:
    """Gong over a `Client`."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def users(self, cursor: str | None) -> tuple[list[Call], str | None]:
        """Return a page of users, and the cursor of the next."""
        told = self.client.get("/v2/users", {"cursor": cursor} if cursor else None)
        return _page(told, "users")

    def calls(self, begin: datetime, end: datetime, cursor: str | None) -> tuple[list[Call], str | None]:
        """Return a page of the calls that began in a window, with their parties; none where Gong finds none."""
        return self._calls({"fromDateTime": _moment(begin), "toDateTime": _moment(end)}, cursor)

    def calls_of(self, ids: Sequence[str]) -> list[Call]:
        """Return these calls as far as Gong has them, at most a hundred."""
        found, _ = self._calls({"callIds": list(ids)}, None)
        return found

    def transcripts(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        """Return the transcripts of these calls that are there by now, by the call's id."""
        found: dict[str, list[Any]] = {}
        cursor: str | None = None
        while True:
            body: dict[str, Any] = {"filter": {"callIds": list(ids)}}
            if cursor:
                body["cursor"] = cursor
            try:
                told = self.client.send("POST", "/v2/calls/transcript", body=body)
            except NotThere:
                return found
            listed, cursor = _page(told, "callTranscripts")
            for one in listed:
                said = one.get("transcript")
                if isinstance(said, list) and said:
                    found[str(one.get("callId"))] = said
            if cursor is None:
                return found

    def _calls(self, chosen: dict[str, Any], cursor: str | None) -> tuple[list[Call], str | None]:
        body: dict[str, Any] = {
            "filter": chosen,
            "contentSelector": {"context": "None", "exposedFields": {"parties": True}},
        }
        if cursor:
            body["cursor"] = cursor
        try:
            told = self.client.send("POST", "/v2/calls/extensive", body=body)
        except NotThere:
            return [], None
        return _page(told, "calls")


def _page(told: Any, name: str) -> tuple[list[Call], str | None]:
    listed = told.get(name) if isinstance(told, Mapping) else None
    records = told.get("records") if isinstance(told, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise NotUnderstood(TITLE)
    cursor = records.get("cursor") if isinstance(records, Mapping) else None
    return listed, cursor if isinstance(cursor, str) and cursor else None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
