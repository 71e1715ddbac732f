"""Zoom: the event `recording.transcript_completed`, the check of our address, and the download of the transcript.

By Zoom's public documentation: "Using webhooks" (developers.zoom.us/docs/api/webhooks: `x-zm-signature`, `endpoint.url_validation`) and
"Download recordings using webhooks" (developers.zoom.us/blog/meeting-api-querying-tips-part4: `download_token` as a bearer token, good for 24 hours).
The signature has the form of our own webhooks; see `integrations.signals.signing`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

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

CHECK = "endpoint.url_validation"
READY = "recording.transcript_completed"
_HOSTS = ("zoom.us", "zoomgov.com")
_MOVED = frozenset({301, 302, 303, 307, 308})
_MOST_MOVES = 5
_NAME = "Zoom"


@dataclass(frozen=True)
class Ready:
    """A transcript that Zoom has ready. `token` opens it for a day: never in a log or a repr."""

    meeting: str
    url: str
    title: str | None
    started_at: datetime | None
    ended_at: datetime | None
    host: str | None
    token: str


def checked(secret: str, plain: str) -> dict[str, str]:
    """Return what Zoom wants to hear when it checks an address: its own token, and that token's HMAC-SHA256 in hex."""
    return {
        "plainToken": plain,
        "encryptedToken": hmac.new(secret.encode(), plain.encode(), hashlib.sha256).hexdigest(),
    }


def read_event(event: Mapping[str, Any]) -> Ready | None:
    """Return the transcript that an event tells of, or None where it tells of none."""
    payload = event.get("payload")
    meeting = payload.get("object") if isinstance(payload, Mapping) else None
    if event.get("event") != READY or not isinstance(meeting, Mapping):
        return None
    identity = text_of(meeting.get("uuid"), 120)
    files = [one for one in objects_of(meeting.get("recording_files")) if one.get("file_type") == "TRANSCRIPT"]
    url = next((found for one in files if (found := text_of(one.get("download_url"), 2_000))), None)
    if identity is None or url is None:
        return None
    # The recording's own times are closer to the captions' zero than the planned start.
    started = moment_of(files[0].get("recording_start")) or moment_of(meeting.get("start_time"))
    minutes = meeting.get("duration")
    ended = moment_of(files[0].get("recording_end"))
    if ended is None and started is not None and isinstance(minutes, int) and 0 < minutes <= 1_440:
        ended = started + timedelta(minutes=minutes)
    return Ready(
        meeting=identity,
        url=url,
        title=text_of(meeting.get("topic")),
        started_at=started,
        ended_at=ended,
        host=text_of(meeting.get("host_email"), 320),
        token=text_of(event.get("download_token"), 8_000) or "",
    )


def fetch(ready: Ready, base_url: str | None = None) -> Recorded:
    """Return the call. `base_url` is where Zoom is, if not at Zoom. Raises Retriable, Skippable and Fatal."""
    url = ready.url
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        for _ in range(_MOST_MOVES):
            if not _is_zooms(url, base_url):
                # The token and our network must not be led anywhere by an address that somebody wrote into an event.
                raise refused(_NAME, "Its download stands at an address that is not Zoom's.")
            try:
                with client.stream("GET", url, headers={"Authorization": f"Bearer {ready.token}"}) as response:
                    if response.status_code in _MOVED and response.headers.get("location"):
                        url = urljoin(url, response.headers["location"])
                        continue
                    captions = _body(response)
            except httpx.HTTPError as error:
                raise busy(_NAME) from error
            return Recorded(
                id=f"zoom:{ready.meeting}",
                system="zoom",
                captions=captions,
                title=ready.title,
                started_at=ready.started_at,
                ended_at=ready.ended_at,
                host=ready.host,
            )
    raise not_there(_NAME)


def _is_zooms(url: str, base_url: str | None) -> bool:
    parts = urlsplit(url)
    if base_url is not None and parts[:2] == urlsplit(base_url)[:2]:
        return True
    host = (parts.hostname or "").lower()
    return parts.scheme == "https" and any(host == one or host.endswith(f".{one}") for one in _HOSTS)


def _body(response: httpx.Response) -> bytes:
    status = response.status_code
    if status in BUSY:
        raise busy(_NAME)
    if status in (401, 403):
        raise refused(
            _NAME, "Its permission lasts a day: send the recording's event again from Zoom, or import the file."
        )
    if status != 200:
        raise not_there(_NAME)
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST:
            raise too_large(_NAME)
    return bytes(body)
