"""When a mail that waits would go: at the next working moment of whoever it is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from agents.proposals.record import ProposalOut
from infra.settings import Settings
from infra.spine.business import Account
from infra.spine.people import Contact
from infra.spine.proposals import Proposal
from sales.proposal import WAITING
from sales.sending_time import hours_of, zone_of_place
from sales.working_hours import next_open

_LEEWAY = timedelta(hours=1)
"""How much later than promised a mail may go whose occasion has ended."""


def zones_of(session: Session, proposals: Sequence[str]) -> dict[str, ZoneInfo]:
    """Return the time zones of the recipients by proposal, by the country of their account; those that are not known are left out."""
    account = func.coalesce(Proposal.account_id, Contact.account_id)
    rows = session.execute(
        select(Proposal.id, Account.country, Account.region, Account.city)
        .outerjoin(Contact, Contact.id == Proposal.contact_id)
        .join(Account, Account.id == account)
        .where(Proposal.id.in_(proposals))
    )
    found = {row.id: zone_of_place(row.country, row.region, row.city) for row in rows}
    return {identity: zone for identity, zone in found.items() if zone is not None}


def next_sending(now: datetime, zone: ZoneInfo | None, settings: Settings) -> datetime:
    """Return when a mail to somebody in this zone goes if it is approved now; the company's zone where theirs is not known."""
    return next_open(now, hours_of(zone or settings.zone, settings.working_days))


def is_too_late(session: Session, row: Proposal, settings: Settings, now: datetime) -> bool:
    """Return whether what was approved may not go any more: its occasion expired before it went.

    Who approves at the recipient's evening is promised their next morning, and gets it even where the occasion ends in between.
    """
    if row.expires_at is None or now < row.expires_at:
        return False
    if row.decided_at is None:
        return True
    promised = next_sending(row.decided_at, zones_of(session, [row.id]).get(row.id), settings)
    return now > promised + _LEEWAY


def timed(session: Session, settings: Settings, now: datetime, proposals: Sequence[ProposalOut]) -> list[ProposalOut]:
    """Return the proposals, and those that wait with a mail say when it would go."""
    waiting = [one.id for one in proposals if one.state in WAITING and _has_mail(one)]
    if not waiting:
        return list(proposals)
    zones, asked = zones_of(session, waiting), set(waiting)
    return [
        one.model_copy(
            update={
                "goes_at": next_sending(now, zones.get(one.id), settings),
                "goes_zone": zones[one.id].key if one.id in zones else None,
            }
        )
        if one.id in asked
        else one
        for one in proposals
    ]


def _has_mail(proposal: ProposalOut) -> bool:
    return proposal.effect.kind == "mail" or (proposal.effect.kind == "closing" and proposal.effect.mail is not None)
