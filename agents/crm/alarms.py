"""Telling those who answer for the CRM: when it can't be read or written any more, when a permission is about to end, when a write is dead. Once for each cause and day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.notices import NewNotice, put
from infra.errors import DealwrightError, Fatal
from infra.spine.crm import Connection, CrmWrite
from infra.spine.people import User
from integrations.connectors.errors import SignedOut

SOON = timedelta(days=7)
"""So long before a permission ends the admins are told."""

TITLES = {"hubspot": "HubSpot", "salesforce": "Salesforce", "gong": "Gong"}
KIND = "crm"
_SIGNED_OUT = "signed_out"


def tell_of_failure(session: Session, system: str, error: DealwrightError, now: datetime) -> None:
    """Note what keeps a system from being read or written, and let the admins know: that it takes our token no more once, when it begins; all else once a day and cause."""
    row = session.get(Connection, system, with_for_update=True)
    was_out = row is not None and row.state == "broken" and bool(row.config.get(_SIGNED_OUT))
    out = isinstance(error, SignedOut)
    if row is not None and isinstance(error, Fatal):
        row.state, row.trouble = "broken", f"{error.sentence} {error.next_step}".strip()
        rest = {name: value for name, value in row.config.items() if name != _SIGNED_OUT}
        row.config = rest | ({_SIGNED_OUT: True} if out else {})
    if not out:
        tell_of_trouble(session, system, error, now)
    elif not was_out:
        payload = {
            "headline": f"{title(system)} no longer lets us in.",
            "text": f"{error.sentence} Nothing is read or written until it does; what was decided waits.",
            "checklist": [
                error.next_step,
                f"The page *CRM*, or `dealwright crm connect {system}`, connects it again; a token that was set by hand is replaced in the settings.",
            ],
        }
        _tell(session, f"{KIND}-out:{system}:{now.isoformat(timespec='seconds')}", payload, now)


def tell_of_trouble(session: Session, system: str, error: DealwrightError, now: datetime) -> None:
    """Let the admins know that a system can't be read or written, once a day and cause."""
    payload = {
        "headline": f"{title(system)} can't be kept in step.",
        "text": error.sentence,
        "checklist": [
            one for one in (error.next_step, "`dealwright sync --status` shows how far each stream is.") if one
        ],
    }
    _tell(session, f"{KIND}-trouble:{system}:{type(error).__name__}:{now.date().isoformat()}", payload, now)


def tell_of_letter(session: Session, system: str, letter: str, row: CrmWrite, now: datetime) -> None:
    """Let the admins know that a write stands among the dead letters: once a day and system, however many there are."""
    payload = {
        "headline": f"Changes for {title(system)} wait for a person.",
        "text": "They could not be carried out; nothing of them is lost.",
        "checklist": [
            "`dealwright letters` lists them with their reasons, `dealwright letters replay` tries them again."
        ],
    }
    _tell(session, f"{KIND}-letters:{system}:{now.date().isoformat()}", payload, now)


def tell_of_endings(session: Session, now: datetime) -> None:
    """Let the admins know of permissions that end soon and don't renew themselves."""
    for one in session.scalars(select(Connection).where(Connection.ends_at <= now + SOON)):
        payload = {
            "headline": f"The permission for {title(one.system)} ends soon.",
            "text": "It does not renew itself.",
            "checklist": [f"Connect {title(one.system)} again, or set a new token."],
        }
        ends = one.ends_at.isoformat() if one.ends_at else ""
        _tell(session, f"{KIND}-ends:{one.system}:{ends}", payload, now)


def title(system: str) -> str:
    """Return how people call a system."""
    return TITLES.get(system, system.capitalize())


def _tell(session: Session, key: str, payload: dict[str, Any], now: datetime) -> None:
    for role in ("admin", "manager"):
        people = session.scalars(select(User.id).where(User.role == role, User.active).order_by(User.id)).all()
        for user_id in people:
            put(session, NewNotice(f"{key}:{user_id}"[:200], user_id, KIND, payload), now)
        if people:
            return
