"""HubSpot's webhooks: whether a request is signed (version 3), and which records its events name.

Signature: base64 of HMAC-SHA256, keyed with the app's client secret, over method + URI + body + timestamp; good for five minutes
(developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation). Events: .../webhooks-v3 ("Webhook payloads").
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.stream import Told

SIGNATURE = "x-hubspot-signature-v3"
TIMESTAMP = "x-hubspot-request-timestamp"
GOOD_FOR = timedelta(minutes=5)

_OBJECTS = {"contact": "contacts", "company": "companies", "deal": "deals"}
_TYPES = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-46": "notes",
    "0-47": "meetings",
    "0-48": "calls",
    "0-49": "emails",
    "0-27": "tasks",
}
_CHANGES = {"deletion": "deleted", "privacyDeletion": "deleted", "merge": "merged", "associationChange": "associated"}
_DECODED = (
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
)
"""What HubSpot decodes in the URI before it signs it; nothing else."""


def is_signed(
    secret: str, method: str, uris: Iterable[str], body: bytes, timestamp: str, signature: str, now: datetime
) -> bool:
    """Whether a request was signed by HubSpot within five minutes. `uris` are the addresses that it may have been sent to: a proxy may hide the right one."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 16:
        return False
    sent = datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    if abs(now - sent) > GOOD_FOR:
        return False
    good = False
    for uri in uris:
        told = f"{method.upper()}{_decoded(uri)}".encode() + body + timestamp.encode()
        made = base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()).decode()
        good |= hmac.compare_digest(made.encode(), signature.encode("utf-8", "replace"))
    return good


def _decoded(uri: str) -> str:
    for written, meant in _DECODED:
        uri = uri.replace(written, meant).replace(written.lower(), meant)
    return uri


def changes(body: bytes) -> list[Told]:
    """Return what the events of a request name; those of other objects are left out. Raises ValueError for a body that holds no events."""
    told = json.loads(body.decode("utf-8"))
    events = told if isinstance(told, list) else [told]
    if not all(isinstance(one, Mapping) for one in events):
        raise ValueError("not a list of events")
    return [found for one in events for found in _of_event(one)]


def _of_event(one: Mapping[str, Any]) -> list[Told]:
    of, _, what = str(one.get("subscriptionType") or "").partition(".")
    remote = _OBJECTS.get(of) or _TYPES.get(str(one.get("objectTypeId")))
    if remote is None:
        return []
    try:
        at = datetime.fromtimestamp(int(one["occurredAt"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError("an event without its time") from error
    change = _CHANGES.get(what, "changed")
    ids = [one.get("objectId"), one.get("fromObjectId"), one.get("newObjectId"), one.get("primaryObjectId")]
    ids += list(one.get("mergedObjectIds") or ())
    known = dict.fromkeys(str(identity) for identity in ids if identity is not None)
    key = ":".join(str(one.get(name)) for name in ("portalId", "subscriptionId", "eventId", "occurredAt"))
    return [
        Told(f"hubspot:{remote}:{identity}:{change}:{key}"[:200], remote, identity, change, at)
        for identity in known
        if identity.isascii() and identity.isdigit()
    ]
