"""What came back for a mail, as far as it bears on writing again: bounces for good, complaints and opt-outs end it, and may pause the domain."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from agents.guard.kill_switch import judge
from agents.guard.suppressing import Entry, suppress
from infra.settings import Settings
from infra.spine.compared import person_of
from infra.spine.touches import Reply, Suppression
from sales.addresses import compared_address
from sales.suppression import Reason

_REASONS: dict[str, Reason] = {"hard_bounce": "bounce", "complaint": "complaint", "opt_out": "opt_out"}
_SWEPT = timedelta(days=30)


def heed(session: Session, settings: Settings, reply: Reply, address: str | None, now: datetime) -> str | None:
    """Heed one reply in the transaction that writes it: suppress `address` (whom our mail went to) and judge our domain.

    Returns why the domain was paused, or None. Heeding one twice changes nothing.
    """
    reason = _REASONS.get(reply.kind)
    person = compared_address(address) if address else None
    if reason is not None and person is not None:
        suppress(session, Entry("person", person, reason), source=reply.kind, by=None, surface="mailbox", now=now)
    if reply.domain and reply.kind in ("hard_bounce", "soft_bounce", "complaint"):
        return judge(session, settings, reply.domain, now)
    return None


def sweep(session: Session, settings: Settings, now: datetime) -> int:
    """Heed what was written without being heeded: an address that bounced for good or complained, and is not on the list. Returns how many."""
    # A bounce and a complaint name whom our mail went to as their recipient.
    rows = session.execute(
        select(Reply, Reply.recipient)
        .outerjoin(Suppression, and_(Suppression.kind == "person", Suppression.value == person_of(Reply.recipient)))
        .where(
            Reply.kind.in_(("hard_bounce", "complaint")),
            Reply.at > now - _SWEPT,
            Reply.recipient.is_not(None),
            Suppression.value.is_(None),
        )
        .limit(500)
    ).all()
    for reply, address in rows:
        heed(session, settings, reply, address, now)
    return len(rows)
