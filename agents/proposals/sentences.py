"""What a person is told of a decision, in fixed words: who, what, when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from infra.spine.proposals import Proposal

_BY_STATE = {
    "approved": "{who} approved this {when}; it goes {due}.",
    "executing": "{who} approved this {when}; it is going out now.",
    "done": "{who} approved this {when}, and it is done.",
    "rejected": "{who} rejected this {when}.",
    "expired": "This expired {expired}; nothing went out.",
    "unknown": "Nobody can tell whether it went out. Say that it was sent, send it again, or leave it.",
}


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people say it: `at 14:07` today, else `Mon 23 Nov 09:00`, with the year where it is another one."""
    local, here = at.astimezone(zone), now.astimezone(zone)
    if local.date() == here.date():
        return f"at {local:%H:%M}"
    year = f" {local.year}" if local.year != here.year else ""
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M}"


def goes(due: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return when an approved effect goes: `now`, or the moment with its zone."""
    return "now" if due <= now else f"{moment(due, now, zone)} {due.astimezone(zone):%Z}"


def standing(row: Proposal, who: str | None, now: datetime, zone: ZoneInfo) -> str:
    """Return how a proposal stands for somebody whose decision came too late or does not fit."""
    told = _BY_STATE.get(row.state)
    if told is None:
        return "There is nothing to take back: it waits for a decision."
    if row.decided_at is None and row.state in ("rejected", "done"):
        return f"This is closed: {row.reason}" if row.reason else "This is closed."
    if row.state == "rejected" and row.outcome.get("sent") == "unknown":
        told = "{who} closed this {when}. Whether it went out is not known; it is not sent again."
    return told.format(
        who=who or "An admin",
        when=moment(row.decided_at, now, zone) if row.decided_at else "before",
        due=goes(row.due_at, now, zone) if row.due_at else "soon",
        expired=moment(row.expires_at, now, zone) if row.expires_at else "before",
    )
