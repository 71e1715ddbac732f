"""What has become of the deals of alerts since they were raised: their health now, and the one thing to do next. What was told stays as it was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from agents.alerts.record import AlertOut
from agents.health.keeping import marks_before
from agents.health.next_step import NextSteps, next_actions_of
from infra.spine.scope import Scope

_MOST = 200
"""Alerts that are told of as of today: nobody reads more of them in one place."""


def as_of_today(
    session: Session, scope: Scope, outs: Sequence[AlertOut], at: datetime, steps: NextSteps | None, *, past: bool = False
) -> tuple[AlertOut, ...]:  # fmt: skip
    """Return alerts with how their deals stood at a moment; `past` tells that it is not now. `steps` is None where no workflow is kept."""
    deals = sorted({one.deal for one in outs[:_MOST]})
    if not deals:
        return tuple(outs)
    marks = marks_before(session, scope, at, deals)
    following = next_actions_of(steps, session, deals, at if past else None) if steps is not None else {}
    return tuple(
        one.model_copy(
            update={
                "score_now": marks[one.deal].score if one.deal in marks else None,
                "next": following.get(one.deal),
            }
        )
        for one in outs
    )
