"""Targets that rest on what the company itself had before: minutes of administration of the first week, and new meetings before the first signal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from agents.metrics.call_rows import held_talk
from agents.metrics.ground import Ground
from agents.metrics.metric import Metric
from infra.spine.activity import Activity
from infra.spine.people import User
from infra.spine.seconds import SecondsBetween
from infra.spine.touches import Sequence, Touch
from infra.spine.watch import AdminMinutes

ADMIN_SHARE = Decimal("0.4")
"""At least 60 % below the baseline is what is promised."""
MEETINGS_TIMES = 3
BASELINE_WEEKS = 8
NEW_AFTER_S = 90 * 86_400
"""A meeting is a new one where the account had none in the 90 days before: what signals are to bring are first meetings."""
_BEFORE = aliased(Activity, name="meeting_before")


def with_baselines(session: Session, ground: Ground, found: list[Metric]) -> list[Metric]:
    """Return the figures with the targets that rest on a baseline; they stay without one where none is known, and say so."""
    makers = {"admin_minutes": _admin, "signal_meetings": _meetings}
    told = {key: make(session, ground) for key, make in makers.items() if any(one.key == key for one in found)}
    # A team's or person's own baseline is not the company's: theirs stand without a target.
    return [
        one.model_copy(update=told[one.key]) if one.key in told and one.team is None and one.user_id is None else one
        for one in found
    ]


def _admin(session: Session, ground: Ground) -> dict[str, Any]:
    mine = _owned(ground, select(func.count().label("answers"), func.sum(AdminMinutes.minutes).label("minutes")).select_from(AdminMinutes), AdminMinutes.user_id)  # fmt: skip
    row = session.execute(mine.where(AdminMinutes.baseline, ground.known(AdminMinutes.at))).one()
    if not row.answers or not row.minutes:
        return {"target_source": "issue: 60 to 70 % below the baseline; no baseline yet: nobody has answered in a first week"}  # fmt: skip
    mean = (Decimal(row.minutes) / row.answers).quantize(Decimal("0.1"))
    return {
        "target": (Decimal(row.minutes) * ADMIN_SHARE / row.answers).quantize(Decimal("0.1")),
        "target_source": f"issue: 60 to 70 % below the baseline of {mean} min a day ({row.answers} answers of first weeks)",
    }


def _meetings(session: Session, ground: Ground) -> dict[str, Any]:
    begun = _owned(
        ground,
        select(func.min(Touch.sent_at)).select_from(Touch).join(Sequence, Sequence.id == Touch.sequence_id),
        Sequence.owner_id,
    ).where(Sequence.signal_id.is_not(None), ground.known(Touch.sent_at))
    first = session.scalar(begun)
    nothing = {"target_source": "issue: 3 × baseline; no baseline: the spine holds no meetings of the eight weeks before the first mail because of a signal"}  # fmt: skip
    if first is None:
        return nothing
    since = first - timedelta(weeks=BASELINE_WEEKS)
    earlier = (
        select(_BEFORE.id)
        .where(
            _BEFORE.account_id == Activity.account_id,
            held_talk(_BEFORE),
            _BEFORE.at < Activity.at,
            SecondsBetween(Activity.at, _BEFORE.at) <= NEW_AFTER_S,
        )
        .correlate(Activity)
        .exists()
    )
    new = _owned(ground, select(func.count()).select_from(Activity), Activity.owner_id).where(
        held_talk(Activity), Activity.account_id.is_not(None), Activity.at >= since, Activity.at < first, ~earlier
    )
    count = session.scalar(new) or 0
    if not count:
        return nothing
    a_week = (Decimal(count) / BASELINE_WEEKS).quantize(Decimal("0.01"))
    return {
        "target": (Decimal(count) * MEETINGS_TIMES / BASELINE_WEEKS).quantize(Decimal("0.1")),
        "target_source": f"issue: 3 × baseline of {a_week} new meetings a week, counted from {ground.local_day(since)} to {ground.local_day(first)} before the first mail because of a signal",
    }


def _owned(ground: Ground, query: Any, owner: Any) -> Any:
    """Return a query held to the people whose figures are counted."""
    query = query.outerjoin(User, User.id == owner).where(ground.scope.users())
    if ground.team is not None:
        query = query.where(func.lower(User.team) == ground.team.lower())
    return query.where(owner == ground.user_id) if ground.user_id is not None else query
