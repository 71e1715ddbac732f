"""What Salesforce is told of what happened: a task for a call, a mail, a note or a task, an event for a meeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.stream import Ref
from integrations.connectors.writing import Logged, NewRecord
from integrations.salesforce.reading import NOTE

_SUBJECT = 255
_BODY = 32_000
_SUBTYPES = {"call": "Call", "mail": "Email", "note": "Task", "task": "Task"}
_UNTITLED = {"call": "Call", "mail": "Email", "note": "Note", "task": "Task", "meeting": "Meeting"}
_USUAL_LENGTH = timedelta(minutes=30)


def logged(happened: Logged, marker: str, statuses: Mapping[bool, str]) -> NewRecord:
    """Return the record that logs something. `statuses` tells what the organization calls a closed and an open task."""
    subject = happened.subject or _UNTITLED[happened.kind]
    if happened.kind == "note":
        # People's own tasks don't begin so: by it a note is known for one when it comes back.
        subject = f"{NOTE}{subject}"
    values: dict[str, Any] = {
        "Subject": " ".join(subject.split())[:_SUBJECT],
        "Description": happened.body[:_BODY] if happened.body else None,
        "OwnerId": happened.owner,
        **whom(happened.links),
        **(_event(happened) if happened.kind == "meeting" else _task(happened, statuses)),
    }
    return NewRecord(
        happened.kind, {name: one for name, one in values.items() if one is not None}, marker, happened.links
    )


def whom(links: Sequence[Ref]) -> dict[str, str]:
    """Return who and what an activity is about there: one person, and the opportunity before the account."""
    of: dict[str, str] = {}
    for link in links:
        of.setdefault(link.remote, link.id)
    who, what = of.get("Contact") or of.get("Lead"), of.get("Opportunity") or of.get("Account")
    if who is not None and who == of.get("Lead"):
        # A task of a lead can't be about anything else.
        return {"WhoId": who}
    return {name: one for name, one in (("WhoId", who), ("WhatId", what)) if one is not None}


def _task(happened: Logged, statuses: Mapping[bool, str]) -> dict[str, Any]:
    done = happened.done or happened.kind == "note"
    at = happened.due_at or happened.at if happened.kind == "task" else happened.at
    values: dict[str, Any] = {
        "TaskSubtype": _SUBTYPES[happened.kind],
        "Status": statuses[done],
        "ActivityDate": at.astimezone(UTC).date().isoformat(),
    }
    if happened.kind == "call":
        values["CallType"] = "Inbound" if happened.inbound else "Outbound"
        if happened.ended_at is not None:
            values["CallDurationInSeconds"] = max(0, int((happened.ended_at - happened.at).total_seconds()))
    return values


def _event(happened: Logged) -> dict[str, Any]:
    ended = happened.ended_at or happened.at + _USUAL_LENGTH
    return {"StartDateTime": _iso(happened.at), "EndDateTime": _iso(max(ended, happened.at))}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
