"""Teams: transcripts of meetings by Microsoft Graph, told of by change notifications of the whole tenant.

By Microsoft's public documentation: "Get change notifications for meeting transcripts and recordings" (resource
`communications/onlineMeetings/getAllTranscripts`, application permission OnlineMeetingTranscript.Read.All, a lifecycle address for more than an hour),
"Receive change notifications through webhooks" (`validationToken`, `clientState`, lifecycle events), `callTranscript` and `onlineMeeting`
(learn.microsoft.com/graph/api/calltranscript-get, onlinemeeting-get), "OAuth 2.0 client credentials flow".
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from infra.errors import Fatal
from integrations.recordings.record import (
    BUSY,
    LARGEST,
    TIMEOUT_S,
    Recorded,
    busy,
    moment_of,
    not_there,
    objects_of,
    refused,
    text_of,
    too_large,
)

BASE_URL = "https://graph.microsoft.com"
TOKEN_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"  # noqa: S105 - an address, not a secret
RESOURCE = "communications/onlineMeetings/getAllTranscripts"
LASTS = timedelta(days=2)
"""How long a subscription is asked for; Graph grants less than three days."""
_TRANSCRIPT = re.compile(
    r"/?(?P<meeting>(?:users\('[^'/?#\s]{1,200}'\)|communications)/onlineMeetings\('(?P<id>[^'/?#\s]{1,400})'\))/transcripts\('(?P<transcript>[^'/?#\s]{1,400})'\)",
    re.IGNORECASE,
)
_NAME = "Teams"
_MEND = (
    "Give the app the permission OnlineMeetingTranscript.Read.All and an application access policy; see docs/calls.md."
)
_EARLY_S = 120.0


@dataclass(frozen=True)
class Notified:
    """One notification: a transcript that is ready (`resource`), or something about the subscription itself (`lifecycle`)."""

    subscription: str
    client_state: str
    resource: str | None
    lifecycle: str | None


@dataclass(frozen=True)
class Subscription:
    """What Graph tells us by. `ends_at` is when it stops unless it is renewed."""

    id: str
    ends_at: datetime


def read_notifications(body: Mapping[str, Any]) -> list[Notified]:
    """Return the notifications of one request. What is no transcript and nothing about the subscription is passed over."""
    told = []
    for one in objects_of(body.get("value"))[:1_000]:
        resource = text_of(one.get("resource"), 1_200)
        found = resource if resource is not None and _TRANSCRIPT.fullmatch(resource) else None
        lifecycle = text_of(one.get("lifecycleEvent"), 60)
        if found is not None or lifecycle is not None:
            told.append(
                Notified(
                    text_of(one.get("subscriptionId"), 100) or "",
                    text_of(one.get("clientState"), 255) or "",
                    found,
                    lifecycle,
                )
            )
    return told


class Transcripts:
    """Reads transcripts of one tenant, as an application. Close it when done."""

    def __init__(
        self, tenant: str, client_id: str, client_secret: str, base_url: str | None = None, token_url: str | None = None
    ) -> None:
        self._base = (base_url or BASE_URL).rstrip("/")
        self._token_url = token_url or TOKEN_URL.format(tenant=tenant)
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": f"{BASE_URL}/.default",
        }
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        self._token = ""
        self._until = 0.0

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def fetch(self, resource: str) -> Recorded:
        """Return the call of a transcript. Raises Retriable, Skippable and Fatal."""
        found = _TRANSCRIPT.fullmatch(resource)
        if found is None:
            raise not_there(_NAME)
        path = resource.lstrip("/")
        captions = self._answer("GET", f"{path}/content", params={"$format": "text/vtt"}).content
        if len(captions) > LARGEST:
            raise too_large(_NAME)
        transcript = self._object(path)
        meeting = self._meeting(found["meeting"])
        people = meeting.get("participants")
        attendees = objects_of(people.get("attendees")) if isinstance(people, Mapping) else []
        organizer = people.get("organizer") if isinstance(people, Mapping) else None
        host = _person(organizer)
        return Recorded(
            id=f"teams:{found['transcript']}"[:190],
            system="teams",
            captions=captions,
            title=text_of(meeting.get("subject")),
            started_at=moment_of(transcript.get("createdDateTime")) or moment_of(meeting.get("startDateTime")),
            ended_at=moment_of(transcript.get("endDateTime")) or moment_of(meeting.get("endDateTime")),
            host=host[1],
            people=tuple(one for one in (host, *map(_person, attendees)) if one != (None, None)),
        )

    def subscribe(self, address: str, client_state: str, now: datetime) -> Subscription:
        """Have Graph tell `address` of every transcript that is begun from now on."""
        asked = {
            "changeType": "created",
            "notificationUrl": address,
            "lifecycleNotificationUrl": address,
            "resource": RESOURCE,
            "expirationDateTime": _written(now + LASTS),
            "clientState": client_state,
        }
        return _subscription(self._answer("POST", "subscriptions", json=asked).json())

    def renew(self, subscription: str, now: datetime) -> Subscription | None:
        """Have a subscription last longer; None where Graph does not know it any more."""
        answer = self._answer(
            "PATCH", f"subscriptions/{subscription}", json={"expirationDateTime": _written(now + LASTS)}, missing=True
        )
        return None if answer.status_code == 404 else _subscription(answer.json())

    def _meeting(self, path: str) -> Mapping[str, Any]:
        """Return a meeting's subject and people, nothing where we may read its transcript only."""
        answer = self._answer("GET", path, missing=True, hidden=True)
        told = answer.json() if answer.status_code == 200 else {}
        return told if isinstance(told, Mapping) else {}

    def _object(self, path: str) -> Mapping[str, Any]:
        told = self._answer("GET", path).json()
        return told if isinstance(told, Mapping) else {}

    def _answer(
        self, method: str, path: str, *, missing: bool = False, hidden: bool = False, **more: Any
    ) -> httpx.Response:
        url = f"{self._base}/v1.0/{path}"
        for again in (True, False):
            try:
                answer = self._client.request(method, url, headers={"Authorization": f"Bearer {self._held()}"}, **more)
            except httpx.HTTPError as error:
                raise busy(_NAME) from error
            if answer.status_code == 401 and again:
                self._until = 0.0
                continue
            break
        status = answer.status_code
        if status in BUSY:
            raise busy(_NAME)
        if status in (401, 403) and not hidden:
            raise refused(_NAME, _MEND)
        if status == 404 and not missing:
            raise not_there(_NAME)
        if status >= 400 and not (missing and status == 404) and not hidden:
            raise Fatal("Teams did not take our request.", _MEND)
        return answer

    def _held(self) -> str:
        if time.monotonic() >= self._until:
            try:
                answer = self._client.post(self._token_url, data=self._form)
            except httpx.HTTPError as error:
                raise busy(_NAME) from error
            if answer.status_code in BUSY:
                raise busy(_NAME)
            try:
                told = answer.json()
                self._token, seconds = str(told["access_token"]), float(told.get("expires_in", 3_600))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise refused(
                    _NAME, "Check DEALWRIGHT_MICROSOFT_CLIENT_ID, its secret, and DEALWRIGHT_MICROSOFT_TENANT."
                ) from None
            self._until = time.monotonic() + max(1.0, seconds - _EARLY_S)
        return self._token


def _person(told: object) -> tuple[str | None, str | None]:
    if not isinstance(told, Mapping):
        return None, None
    identity = told.get("identity")
    user = identity.get("user") if isinstance(identity, Mapping) else None
    name = text_of(user.get("displayName"), 200) if isinstance(user, Mapping) else None
    address = text_of(told.get("upn"), 320)
    return name, address if address and "@" in address else None


def _subscription(told: object) -> Subscription:
    if isinstance(told, Mapping):
        identity, ends_at = text_of(told.get("id"), 100), moment_of(told.get("expirationDateTime"))
        if identity is not None and ends_at is not None:
            return Subscription(identity, ends_at)
    raise busy(_NAME)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
