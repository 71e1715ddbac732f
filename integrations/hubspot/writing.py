"""What HubSpot is told: values of ours as its properties, things that happened as its engagements, and the types by which records are bound."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.connectors.stream import Ref
from integrations.connectors.writing import Logged, NewRecord

_ENGAGEMENTS: Mapping[str, tuple[int, int, int]] = {
    "notes": (202, 190, 214),
    "calls": (194, 182, 206),
    "emails": (198, 186, 210),
    "meetings": (200, 188, 212),
    "tasks": (204, 192, 216),
}
ASSOCIATION_TYPES: Mapping[tuple[str, str], int] = {
    **{
        (of, to): identity
        for of, ids in _ENGAGEMENTS.items()
        for to, identity in zip(("contacts", "companies", "deals"), ids, strict=True)
    },
    ("contacts", "companies"): 1,
    ("deals", "contacts"): 3,
    ("deals", "companies"): 5,
}
"""HubSpot's own association types (developers.hubspot.com/docs/api-reference/crm-associations-v4/guide, "Association type ID values")."""

_OPEN, _DONE = "NOT_STARTED", "COMPLETED"


def bindings(of: str, links: tuple[Ref, ...]) -> list[dict[str, Any]]:
    """Return the associations of a create, for those links that HubSpot has a type for."""
    return [
        {
            "to": {"id": link.id},
            "types": [
                {
                    "associationCategory": "HUBSPOT_DEFINED",
                    "associationTypeId": ASSOCIATION_TYPES[of, link.remote],
                }
            ],
        }
        for link in links
        if (of, link.remote) in ASSOCIATION_TYPES
    ]


def engagement(happened: Logged, marker: str) -> NewRecord:
    """Return the engagement that logs something that happened."""
    values: dict[str, Any] = {"hs_timestamp": _iso(happened.at)}
    if happened.owner:
        values["hubspot_owner_id"] = happened.owner
    values |= _OF[happened.kind](happened)
    return NewRecord(
        happened.kind, {name: one for name, one in values.items() if one is not None}, marker, happened.links
    )


def _call(one: Logged) -> dict[str, Any]:
    length = int((one.ended_at - one.at).total_seconds() * 1000) if one.ended_at else None
    return {
        "hs_call_title": one.subject,
        "hs_call_body": _paragraphs(one.body),
        "hs_call_direction": "INBOUND" if one.inbound else "OUTBOUND",
        # HubSpot has no word for a call that is still to be held.
        "hs_call_status": _DONE if one.done else None,
        "hs_call_duration": str(length) if length is not None else None,
    }


def _meeting(one: Logged) -> dict[str, Any]:
    return {
        "hs_meeting_title": one.subject,
        "hs_meeting_body": _paragraphs(one.body),
        "hs_meeting_start_time": _iso(one.at),
        "hs_meeting_end_time": _iso(one.ended_at) if one.ended_at else None,
        "hs_meeting_outcome": _DONE if one.done else "SCHEDULED",
    }


def _mail(one: Logged) -> dict[str, Any]:
    headers = {
        "from": {"email": one.sender} if one.sender else {},
        "to": [{"email": address} for address in one.recipients],
        "cc": [],
        "bcc": [],
    }
    return {
        "hs_email_subject": one.subject,
        "hs_email_text": one.body,
        "hs_email_direction": "INCOMING_EMAIL" if one.inbound else "EMAIL",
        "hs_email_headers": json.dumps(headers),
    }


def _note(one: Logged) -> dict[str, Any]:
    told = "\n\n".join(part for part in (one.subject, one.body) if part)
    return {"hs_note_body": _paragraphs(told) or "–"}


def _task(one: Logged) -> dict[str, Any]:
    return {
        # A task's timestamp is when it is due.
        "hs_timestamp": _iso(one.due_at or one.at),
        "hs_task_subject": one.subject,
        "hs_task_body": _paragraphs(one.body),
        "hs_task_status": _DONE if one.done else _OPEN,
        "hs_task_type": "TODO",
    }


_OF = {"call": _call, "meeting": _meeting, "mail": _mail, "note": _note, "task": _task}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _paragraphs(text: str | None) -> str | None:
    """Return a body as HubSpot shows it: it is HTML there, so what was written is escaped."""
    return html.escape(text, quote=False).replace("\n", "<br>")[:65_000] if text else None
