"""Writing the audit trail of the guardrails: ids and codes, never an address or a customer's words."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from infra.spine.desk import AuditEntry


def note(
    session: Session,
    now: datetime,
    action: str,
    *,
    by: str | None,
    surface: str,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Add one line; `by` is a user's id, None for the machine itself."""
    session.add(
        AuditEntry(
            at=now, actor=by or "dealwright", surface=surface[:16], action=action, subject=subject, detail=detail
        )
    )


def address_mark(address: str) -> str:
    """Return what stands for an address in the trail and the log: the same for the same address, and no way back to it."""
    return "address-" + hashlib.sha256(address.lower().encode()).hexdigest()[:16]
