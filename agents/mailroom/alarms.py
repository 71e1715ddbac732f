"""Telling owners of mailboxes that can't be read any more, or soon won't be: once for each time that it was connected."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from agents.intake.identity import stable_id
from agents.notices import NewNotice, put
from infra.errors import Fatal
from infra.spine.outbound import CALENDARS, Mailbox

SOON = timedelta(days=3)
"""So long before a permission ends its owner is told."""

_AGAIN = "Say “connect my mailbox” to me, or run `dealwright mailbox connect`: it takes a minute, and I go on where I stopped."


def tell_of_trouble(session: Session, box: Mailbox, error: Fatal, now: datetime) -> None:
    """Let the owner know that a mailbox is not read any more, and what to do. A mailbox and its calendar are told of once."""
    what = "calendar" if box.kind in CALENDARS else "mailbox"
    payload = {
        "headline": f"I can't read your {what} {box.address} any more.",
        "text": error.sentence,
        "checklist": [
            _AGAIN,
            "Until then replies, bounces and meetings may pass me by, and mails don't leave from it.",
        ],
        "mailbox": box.id,
    }
    put(session, NewNotice(_key("mailbox", box), box.user_id, "mailbox", payload), now)


def something_ends(session: Session, now: datetime) -> bool:
    """Return whether `tell_of_endings` has anything to look at. Cheap: it needs no turn to write."""
    return session.scalar(select(Mailbox.id).where(_ending(now)).limit(1)) is not None


def tell_of_endings(session: Session, now: datetime) -> None:
    """Let owners know whose permission ends soon and can't be renewed by itself."""
    for box in session.scalars(select(Mailbox).where(_ending(now)).order_by(Mailbox.address, Mailbox.kind)):
        payload = {
            "headline": f"I can read {box.address} only for a short while longer.",
            "text": "The permission ends and does not renew itself.",
            "checklist": [_AGAIN],
            "mailbox": box.id,
        }
        put(session, NewNotice(_key("mailbox-ends", box), box.user_id, "mailbox", payload), now)


def _ending(now: datetime) -> ColumnElement[bool]:
    return (Mailbox.state == "connected") & (Mailbox.ends_at <= now + SOON)


def _key(kind: str, box: Mailbox) -> str:
    """The same for a mailbox and its calendar, and another one after each connecting."""
    return f"{kind}:{stable_id('notice', box.user_id, box.address.lower(), box.connected_at.isoformat())}"
