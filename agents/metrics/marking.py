"""One mark a week of what has no history: how complete the records of open deals were. Next steps are kept as they stand alone, so no later look could tell it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from agents.metrics.deal_rows import is_complete
from agents.metrics.ground import week_name
from infra.settings import Settings
from infra.spine.business import Deal
from infra.spine.spoken import is_open
from infra.spine.watch import CompletenessMark


def mark_week(session: Session, settings: Settings, now: datetime) -> str:
    """Keep how complete each owner's open deals are for the week in which yesterday was, in place of an earlier mark of it; return the week.

    Called each day, the last one of a week is how it ended: the look of a Monday's first hours.
    """
    week = week_name((now.astimezone(settings.zone) - timedelta(days=1)).date())
    counted = (
        select(Deal.owner_id, func.sum(is_complete(settings)).label("complete"), func.count().label("deals"))
        .where(is_open(Deal))
        .group_by(Deal.owner_id)
    )
    marks = [
        {"week": week, "owner_id": owner, "complete": int(complete), "deals": deals, "at": now}
        for owner, complete, deals in session.execute(counted)
    ]
    session.execute(delete(CompletenessMark).where(CompletenessMark.week == week))
    if marks:
        session.execute(insert(CompletenessMark), marks)
    return week
