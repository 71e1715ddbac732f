"""What an answer for a past day must say of the records' fields: figures over many deals read them as they are today."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infra.spine.models import Deal, DealChange
from infra.spine.scope import Scope

_FIELDS = ("stage", "amount", "close_date", "forecast_category", "owner")
_TOLD = "Stage, amount, close date, category and owner are today's"


def hindsight(session: Session, scope: Scope, as_of: datetime, now: datetime, zone: ZoneInfo) -> str | None:
    """Return the note that figures about deals need as of a past day, or None where the recorded history shows that nothing differs.

    Only what the scope shows is counted. An amount that changed twice since then is one deal.
    """
    then, today = as_of.astimezone(zone).date(), now.astimezone(zone).date()
    if then >= today:
        return None
    day = f"{then.day} {then:%b %Y}"
    known, since = session.execute(
        select(
            func.count(DealChange.id),
            func.count(Deal.id.distinct()).filter(DealChange.at > as_of),
        )
        .select_from(DealChange)
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(scope.deals(), DealChange.field.in_(_FIELDS))
    ).one()
    if not known:
        return f"{_TOLD}: no history of changes was imported, so what they were on {day} is not known."
    if not since:
        return None
    deals = "1 deal has changed" if since == 1 else f"{since} deals have changed"
    return f"{_TOLD}, not those of {day}: {deals} in one of them since then."
