"""How long it took from a trigger to its action: the one place where that is counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from agents.metrics.metric import Window
from agents.workflow.record import Latency
from infra.spine.people import User
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.watch import DueAction
from sales.workflow.rules import Rules


def latencies(session: Session, scope: Scope, window: Window, rules: Rules, now: datetime) -> list[Latency]:
    """Return one row a rule with triggers in the window, in the order of the file. What was dropped or paused is not counted."""
    middle, slow = (dict(session.execute(_quantile(scope, window, share)).all()) for share in (0.5, 0.9))
    rows = {row.rule: row for row in session.execute(_counts(scope, window, now))}
    return [
        Latency(
            rule=rule.key,
            label=rule.action,
            delay=rule.within.told(),
            triggers=rows[rule.key].triggers,
            done=rows[rule.key].done or 0,
            in_time=rows[rule.key].in_time or 0,
            waiting=rows[rule.key].waiting or 0,
            overdue=rows[rule.key].overdue or 0,
            median_s=middle.get(rule.key),
            slow_s=slow.get(rule.key),
        )
        for rule in rules.rules
        if rule.key in rows
    ]


def _inside(scope: Scope, window: Window) -> Any:
    ours = select(User.id).where(scope.users())
    return and_(
        DueAction.triggered_at >= window.begin,
        DueAction.triggered_at < window.end,
        DueAction.state.in_(("waiting", "done")),
        *([] if scope.everything else [DueAction.owner_id.in_(ours)]),
    )


def _counts(scope: Scope, window: Window, now: datetime) -> Any:
    done = DueAction.state == "done"

    def total(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    return (
        select(
            DueAction.rule,
            func.count().label("triggers"),
            total(done).label("done"),
            total(and_(done, DueAction.done_at <= DueAction.due_at)).label("in_time"),
            total(and_(~done, DueAction.due_at >= now)).label("waiting"),
            total(and_(~done, DueAction.due_at < now)).label("overdue"),
        )
        .where(_inside(scope, window))
        .group_by(DueAction.rule)
    )


def _quantile(scope: Scope, window: Window, share: float) -> Any:
    """The seconds that a share of a rule's actions took at most: the value at place ceil(share × n) of those that were done."""
    took = SecondsBetween(DueAction.done_at, DueAction.triggered_at)
    ranked = (
        select(
            DueAction.rule,
            took.label("took"),
            func.row_number().over(partition_by=DueAction.rule, order_by=took).label("place"),
            func.count().over(partition_by=DueAction.rule).label("size"),
        )
        .where(_inside(scope, window), DueAction.state == "done")
        .subquery()
    )
    # ceil(n × share) without a ceil, which SQLite may lack: the integer part of (n × tenths + 9) / 10.
    place = (ranked.c.size * round(share * 10) + 9) // 10
    return select(ranked.c.rule, cast(func.round(ranked.c.took), Integer)).where(ranked.c.place == place)
