"""Calendar holds: an `.ics` for an hour that was agreed on a call, behind a link that is signed and tells nothing."""

from __future__ import annotations

import json

from icalendar import Calendar, Event
from sqlalchemy.orm import Session

from agents.guard.unsubscribing import base_url
from agents.proposals.book import content_of
from agents.proposals.record import Closing, ClosingTask
from infra.errors import Fatal
from infra.sealing import Sealer
from infra.settings import Settings
from infra.spine.proposals import ProposalVersion

PATH = "/holds/"
_KIND = "hold"
_LONGEST = 2_000


def hold_url(settings: Settings, proposal_id: str, version: int, task_id: str) -> str:
    """Return the link of a hold: it works without signing in, as it is opened from a phone, and can't be made up."""
    token = Sealer(settings).seal(json.dumps([_KIND, proposal_id, version, task_id]))
    return f"{base_url(settings)}{PATH}{token}"


def read_hold(session: Session, settings: Settings, token: str) -> bytes | None:
    """Return the `.ics` that a link leads to, None where it is none of ours or its card is gone."""
    if not token.isascii() or len(token) > _LONGEST:
        return None
    try:
        told = json.loads(Sealer(settings).open(token))
    except (Fatal, ValueError):
        return None
    if not (isinstance(told, list) and len(told) == 4 and told[0] == _KIND):
        return None
    version = session.get(ProposalVersion, (str(told[1]), int(told[2])))
    closing = content_of(version).effect if version is not None else None
    if not isinstance(closing, Closing):
        return None
    task = next((one for one in closing.tasks if one.id == told[3] and one.starts_at is not None), None)
    return ics(closing, task, f"{told[1]}-{told[2]}-{told[3]}") if task is not None else None


def ics(closing: Closing, task: ClosingTask, name: str) -> bytes:
    """Return the hold of a task as iCalendar (RFC 5545). The same task has the same UID, so adding it twice is adding it once."""
    assert task.starts_at is not None
    event = Event()
    event.add("uid", f"{name}@dealwright")
    event.add("dtstamp", closing.at or task.starts_at)
    event.add("dtstart", task.starts_at)
    event.add("dtend", task.ends_at or task.starts_at)
    event.add("summary", task.title)
    if closing.title:
        event.add("description", f"Agreed on: {closing.title}")
    calendar = Calendar()
    calendar.add("prodid", "-//Dealwright//Holds//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
