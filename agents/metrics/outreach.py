"""Metrics of outreach: from the signal to the mail, to the reply, to the meeting; what bounced; how long approvals take.

Replies are people's words: positive, question, objection, not now or unclear. An opt-out is counted by itself, automatic mail never.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session

from agents.metrics.metric import Metric, Window, percent
from infra.spine.activity import Activity
from infra.spine.people import User
from infra.spine.proposals import Decision, Proposal
from infra.spine.scope import Scope
from infra.spine.seconds import SecondsBetween
from infra.spine.signals import Signal
from infra.spine.touches import Reply, Sequence, Touch

CONVERSATION = ("positive", "question", "objection", "not_now", "unclear")
MEETING_WITHIN_S = 30 * 86_400
"""A meeting counts for a signal when it was held or booked within 30 days after the touch."""

_DAY = 86_400
_AGES = ((1, "day 1"), (2, "day 2"), (3, "day 3"), (7, "days 4 to 7"))


def outreach_metrics(session: Session, scope: Scope, window: Window) -> list[Metric]:
    """Return every metric of outreach for what was sent, decided or came back in the window, by people whose figures may be seen."""
    return [
        *_signal_to_send(session, scope, window),
        *_approval_time(session, scope, window),
        *_reply_rates(session, scope, window),
        *_returned(session, scope, window),
        *_meetings(session, scope, window),
    ]


def _sent(scope: Scope, window: Window) -> Select[Any]:
    """Touches that were sent in the window, each with its sequence and signal."""
    return (
        select()
        .select_from(Touch)
        .join(Sequence, Sequence.id == Touch.sequence_id)
        .join(User, User.id == Sequence.owner_id)
        .outerjoin(Signal, Signal.id == Sequence.signal_id)
        .where(Touch.sent_at >= window.begin, Touch.sent_at < window.end, scope.users())
    )


def _signal_to_send(session: Session, scope: Scope, window: Window) -> list[Metric]:
    took = SecondsBetween(Touch.sent_at, Signal.received_at).label("took")
    times = _sent(scope, window).add_columns(took).where(Touch.number == 1, Signal.id.is_not(None))
    middle, slow, count = _quantiles(session, times)
    shared = {
        "unit": "seconds",
        "denominator": count,
        "source": "signals.received_at, touches.sent_at",
        "target_source": "issue: < 4 h",
    }
    return [
        Metric(
            key="signal_to_send",
            label="Signal to first mail, median",
            value=middle,
            counted="first touches that began with a signal",
            target=Decimal(4 * 3_600),
            **shared,
        ),
        Metric(
            key="signal_to_send_p90",
            label="Signal to first mail, slowest tenth from",
            value=slow,
            counted="first touches that began with a signal",
            **(shared | {"target_source": None}),
        ),
    ]


def _approval_time(session: Session, scope: Scope, window: Window) -> list[Metric]:
    took = SecondsBetween(Decision.at, Proposal.created_at).label("took")
    times = (
        select(took)
        .select_from(Decision)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(User, User.id == Proposal.owner_id)
        .where(Decision.action == "approve", Decision.at >= window.begin, Decision.at < window.end, scope.users())
    )
    middle, _, count = _quantiles(session, times)
    return [
        Metric(
            key="approval_time",
            label="Card to approval, median",
            value=middle,
            unit="seconds",
            denominator=count,
            counted="approvals",
            source="decisions.at, proposals.created_at",
        )
    ]


def _reply_rates(session: Session, scope: Scope, window: Window) -> list[Metric]:
    age = SecondsBetween(Touch.sent_at, Signal.occurred_at)
    ages: ColumnElement[Any] = case(
        *((age < days * _DAY, literal(label)) for days, label in _AGES), else_=literal("later")
    )
    by: tuple[tuple[str, ColumnElement[Any], tuple[ColumnElement[bool], ...]], ...] = (
        ("", literal(None), ()),
        ("_by_signal", Touch.signal_kind.expression, (Touch.signal_kind.is_not(None),)),
        ("_by_variant", Touch.variant.expression, (Touch.variant.is_not(None),)),
        ("_by_age", ages, (Signal.id.is_not(None), Touch.number == 1)),
    )
    made: list[Metric] = []
    for suffix, split, held in by:
        query = _replied(scope, window).add_columns(split.label("split")).where(*held)
        for row in session.execute(_grouped(query)).all():
            if not row.sent and suffix:
                continue
            made.append(
                Metric(
                    key=f"reply_rate{suffix}",
                    label="Reply rate",
                    split=row.split,
                    value=percent(row.replied, row.sent),
                    unit="percent",
                    numerator=row.replied,
                    denominator=row.sent,
                    counted="sent touches with a reply in a person's own words, over sent touches",
                    source="touches, replies",
                )
            )
    return made


def _replied(scope: Scope, window: Window) -> Select[Any]:
    answered = (
        select(func.count())
        .where(Reply.touch_id == Touch.id, Reply.kind.in_(CONVERSATION))
        .correlate(Touch)
        .scalar_subquery()
    )
    return _sent(scope, window).add_columns(case((answered > 0, 1), else_=0).label("replied"))


def _grouped(query: Select[Any]) -> Select[Any]:
    rows = query.subquery()
    counted = select(
        rows.c.split, func.count().label("sent"), func.coalesce(func.sum(rows.c.replied), 0).label("replied")
    )
    return counted.group_by(rows.c.split).order_by(func.count().desc(), rows.c.split)


def _returned(session: Session, scope: Scope, window: Window) -> list[Metric]:
    def of(*kinds: str) -> ColumnElement[int]:
        found = select(Reply.id).where(Reply.touch_id == Touch.id, Reply.kind.in_(kinds)).correlate(Touch).exists()
        return func.coalesce(func.sum(case((found, 1), else_=0)), 0)

    row = session.execute(
        _sent(scope, window).add_columns(
            func.count().label("sent"),
            of("hard_bounce", "soft_bounce").label("bounced"),
            of("complaint").label("complained"),
            of("opt_out").label("opted_out"),
        )
    ).one()
    told = (
        ("bounce_rate", "Bounce rate", row.bounced, "1", "issue: below 2 %, target 1 %"),
        ("complaint_rate", "Complaint rate", row.complained, "0.1", "issue: below 0.1 %"),
        ("opt_out_rate", "Opt-out rate", row.opted_out, None, None),
    )
    return [
        Metric(
            key=key,
            label=label,
            value=percent(count, row.sent),
            unit="percent",
            numerator=count,
            denominator=row.sent,
            counted="sent touches, over sent touches",
            source="touches, replies",
            target=Decimal(target) if target else None,
            target_source=source,
        )
        for key, label, count, target, source in told
    ]


def _meetings(session: Session, scope: Scope, window: Window) -> list[Metric]:
    met = (
        select(Activity.id)
        .where(
            Activity.account_id == Sequence.account_id,
            Activity.kind.in_(("meeting", "call")),
            Activity.status.in_(("done", "booked")),
            Activity.at > Touch.sent_at,
            SecondsBetween(Activity.at, Touch.sent_at) <= MEETING_WITHIN_S,
        )
        .correlate(Sequence, Touch)
        .exists()
    )
    row = session.execute(
        _sent(scope, window)
        .where(Signal.id.is_not(None))
        .add_columns(
            func.count(Signal.id.distinct()).label("signals"),
            func.count(case((met, Signal.id)).distinct()).label("met"),
        )
    ).one()
    return [
        Metric(
            key="meetings_from_signals",
            label="Signals that led to a meeting",
            value=percent(row.met, row.signals),
            unit="percent",
            numerator=row.met,
            denominator=row.signals,
            counted="signals written about whose account had a meeting or call within 30 days after a touch",
            source="signals, touches, activities",
        )
    ]


def _quantiles(session: Session, times: Select[Any]) -> tuple[Decimal | None, Decimal | None, int]:
    """Return the median and the 90th percentile (nearest rank) of the column `took`, and how many there are."""
    rows = times.subquery()
    ranked = select(
        rows.c.took,
        func.row_number().over(order_by=rows.c.took).label("place"),
        func.count().over().label("total"),
    ).subquery()

    def at(tenths: int) -> ColumnElement[Any]:
        # ceil(total × tenths / 10) in whole numbers.
        return func.max(case((ranked.c.place == (ranked.c.total * tenths + 9) // 10, ranked.c.took)))

    row = session.execute(
        select(at(5).label("middle"), at(9).label("slow"), func.coalesce(func.max(ranked.c.total), 0).label("total"))
    ).one()
    return _whole(row.middle), _whole(row.slow), row.total


def _whole(seconds: float | None) -> Decimal | None:
    return None if seconds is None else Decimal(round(seconds))
