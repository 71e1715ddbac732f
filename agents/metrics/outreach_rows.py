"""Outreach as it is counted: from the signal to the mail, to the reply, to the meeting; what bounced; how long approvals and leads wait.

Replies are people's words: positive, question, objection, not now or unclear. An opt-out is counted by itself, automatic mail never.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from agents.metrics.definition import Rows
from agents.metrics.ground import Ground
from infra.spine.activity import Activity, Participant
from infra.spine.people import Lead
from infra.spine.proposals import Decision, Proposal
from infra.spine.seconds import DaysAway, SecondsBetween
from infra.spine.signals import Signal
from infra.spine.touches import Reply, Sequence, Touch
from sales.contact_limits import DUPLICATE_DAYS
from sales.silence import HELD

CONVERSATION = ("positive", "question", "objection", "not_now", "unclear")
DAY_S = 86_400
MEETING_WITHIN_S = 30 * DAY_S
"""A meeting counts for a mail when it was held or booked within 30 days after it."""

_AGES = ((1, "day 1"), (2, "day 2"), (3, "day 3"), (7, "days 4 to 7"))
_FIRST, _MEETING = aliased(Touch, name="first_touch"), aliased(Activity, name="meeting_after")
_THEIR_MAIL = aliased(Activity, name="colleagues_mail")
_RECIPIENT, _THEIR_RECIPIENT = aliased(Participant, name="recipient"), aliased(Participant, name="colleagues_recipient")


def _sent(ground: Ground, *shown: Any) -> Select[Any]:
    """A row for each touch that was sent in a span, with its sequence and signal."""
    return (
        select(ground.windows.c.span, Sequence.owner_id.label("owner"), *shown)
        .select_from(Touch)
        .join(Sequence, Sequence.id == Touch.sequence_id)
        .join(ground.windows, ground.within(Touch.sent_at))
        .outerjoin(Signal, Signal.id == Sequence.signal_id)
    )


def signal_to_send(ground: Ground) -> Select[Any]:
    """A row for each first touch that began with a signal, with the seconds since the signal came in."""
    took = SecondsBetween(Touch.sent_at, Signal.received_at).label("took")
    return _sent(ground, took).where(Touch.number == 1, Signal.id.is_not(None))


def approvals(ground: Ground) -> Select[Any]:
    """A row for each approval, with the seconds since its card was made."""
    return (
        select(
            ground.windows.c.span,
            Proposal.owner_id.label("owner"),
            SecondsBetween(Decision.at, Proposal.created_at).label("took"),
        )
        .select_from(Decision)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(ground.windows, ground.within(Decision.at))
        .where(Decision.action == "approve")
    )


def came_back(*kinds: str) -> Rows:
    """Return what gives a row for each sent touch: `hit` 1 where a reply of one of these kinds came for it."""

    def rows(ground: Ground) -> Select[Any]:
        return _sent(ground, _hit(_back(ground, Touch, kinds)))

    return rows


def replied_by(split: str) -> Rows:
    """Return what gives a row for each sent touch with its signal's kind, its variant or its signal's age, and whether a person answered it."""

    def rows(ground: Ground) -> Select[Any]:
        age = SecondsBetween(Touch.sent_at, Signal.occurred_at)
        ages = case(*((age < days * DAY_S, literal(label)) for days, label in _AGES), else_=literal("later"))
        column: dict[str, tuple[ColumnElement[Any], ColumnElement[bool]]] = {
            "signal": (Touch.signal_kind.expression, Touch.signal_kind.is_not(None)),
            "variant": (Touch.variant.expression, Touch.variant.is_not(None)),
            "age": (ages, and_(Signal.id.is_not(None), Touch.number == 1)),
        }
        shown, held = column[split]
        return _sent(ground, shown.label("split"), _hit(_back(ground, Touch, CONVERSATION))).where(held)

    return rows


def conversations(ground: Ground) -> Select[Any]:
    """A row for each person whose first touch was sent in a span: `hit` 1 where they answered any touch in their own words."""
    answered = (
        select(Reply.id)
        .join(_FIRST, _FIRST.id == Reply.touch_id)
        .where(_FIRST.sequence_id == Sequence.id, Reply.kind.in_(CONVERSATION), ground.known(Reply.at))
        .correlate(Sequence)
        .exists()
    )
    return _sent(ground, _hit(answered)).where(Touch.number == 1)


def meetings_set(ground: Ground) -> Select[Any]:
    """A row for each person whose first touch was sent in a span: `hit` 1 where their account had a meeting or call within 30 days; null without an account."""
    met = _meets(ground, Touch.sent_at).correlate(Sequence, Touch).exists()
    return _sent(ground, case((Sequence.account_id.is_(None), None), (met, 1), else_=0).label("hit")).where(Touch.number == 1)  # fmt: skip


def signals_met(ground: Ground) -> Select[Any]:
    """A row for each signal that was written about in a span: `hit` 1 where its account had a meeting or call within 30 days after a touch."""
    met = _meets(ground, Touch.sent_at).correlate(Sequence, Touch).exists()
    touches = _sent(ground, Signal.id.label("signal"), case((met, 1), else_=0).label("hit")).where(Signal.id.is_not(None))  # fmt: skip
    rows = touches.subquery("signal_touches").c
    return select(rows.span, rows.owner, func.max(rows.hit).label("hit")).group_by(rows.span, rows.signal, rows.owner)


def signal_to_meeting(ground: Ground) -> Select[Any]:
    """A row for each signal whose first meeting or call after a touch was in a span, with the seconds since the signal came in."""
    first = _first_meetings(ground).subquery("first_meetings").c
    return (
        select(
            ground.windows.c.span,
            first.owner,
            SecondsBetween(first.met, first.received).label("took"),
        )
        .select_from(first.met.table)
        .join(ground.windows, ground.within(first.met))
    )


def signal_meetings(ground: Ground) -> Select[Any]:
    """A row for each signal that was written about so lately that a meeting in the span counts for it: `hit` 1 where its first one was in the span."""
    first = _first_meetings(ground).subquery("first_meetings").c
    lately = and_(
        first.sent < ground.windows.c.until, SecondsBetween(ground.windows.c.begin, first.sent) <= MEETING_WITHIN_S
    )
    return (
        select(ground.windows.c.span, first.owner, case((ground.within(first.met), 1), else_=0).label("hit"))
        .select_from(first.sent.table)
        .join(ground.windows, lately)
    )


def _first_meetings(ground: Ground) -> Any:
    """A row for each signal that was written about: whose, when it came in, when it was first written about and when its account first met us after that."""
    met = _meets(ground, Touch.sent_at).with_only_columns(func.min(_MEETING.at)).correlate(Sequence, Touch)
    return (
        select(
            Signal.id.label("signal"),
            Sequence.owner_id.label("owner"),
            Signal.received_at.label("received"),
            func.min(Touch.sent_at).label("sent"),
            func.min(met.scalar_subquery()).label("met"),
        )
        .select_from(Touch)
        .join(Sequence, Sequence.id == Touch.sequence_id)
        .join(Signal, Signal.id == Sequence.signal_id)
        .where(ground.known(Touch.sent_at))
        .group_by(Signal.id, Sequence.owner_id, Signal.received_at)
    )


def _meets(ground: Ground, sent: Any) -> Select[Any]:
    """The meetings and calls of a sequence's account within 30 days after a touch, held by the moment that is spoken for, or booked."""
    return select(_MEETING.id).where(
        _MEETING.account_id == Sequence.account_id,
        _MEETING.kind.in_(HELD),
        or_(_MEETING.status == "booked", and_(_MEETING.status == "done", ground.known(_MEETING.at))),
        _MEETING.at > sent,
        SecondsBetween(_MEETING.at, sent) <= MEETING_WITHIN_S,
    )


def collisions(ground: Ground) -> Select[Any]:
    """A row for each mail of ours to a buyer: `hit` 1 where a colleague wrote to the same person within the week before, in a conversation of their own."""
    mail, theirs = Activity, _THEIR_MAIL
    hit = (
        select(theirs.id)
        .join(_THEIR_RECIPIENT, _THEIR_RECIPIENT.activity_id == theirs.id)
        .join(_RECIPIENT, _RECIPIENT.activity_id == mail.id)
        .where(
            theirs.account_id == mail.account_id,
            _is_ours(theirs),
            theirs.owner_id != mail.owner_id,
            # Of an account with a long history only these days are read.
            theirs.at >= DaysAway(mail.at, literal_column(f"{-DUPLICATE_DAYS - 1}")),
            theirs.at <= DaysAway(mail.at, literal_column("1")),
            SecondsBetween(mail.at, theirs.at).between(0, DUPLICATE_DAYS * DAY_S),
            or_(theirs.thread_key.is_(None), mail.thread_key.is_(None), theirs.thread_key != mail.thread_key),
            _RECIPIENT.side == "buyer",
            _THEIR_RECIPIENT.side == "buyer",
            or_(
                _RECIPIENT.contact_id == _THEIR_RECIPIENT.contact_id,
                func.lower(_RECIPIENT.email) == func.lower(_THEIR_RECIPIENT.email),
            ),
        )
        .correlate(mail)
        .exists()
    )
    addressed = (
        select(_RECIPIENT.id)
        .where(_RECIPIENT.activity_id == mail.id, _RECIPIENT.side == "buyer")
        .correlate(mail)
        .exists()
    )
    return (
        select(ground.windows.c.span, mail.owner_id.label("owner"), _hit(hit))
        .select_from(mail)
        .join(ground.windows, ground.within(mail.at))
        .where(_is_ours(mail), mail.account_id.is_not(None), addressed)
    )


def _is_ours(mail: Any) -> ColumnElement[bool]:
    """Return the condition that an activity is a mail that one of us wrote to the other side."""
    written = and_(mail.kind == "mail", mail.direction == "outbound", mail.status == "done", mail.automatic.is_(False))
    return and_(written, mail.owner_id.is_not(None))


def leads(ground: Ground) -> Select[Any]:
    """A row for each lead that came in, with the seconds until its first touch; null where it was not touched yet, or before it came in."""
    sent = (
        select(func.min(Touch.sent_at))
        .join(Sequence, Sequence.id == Touch.sequence_id)
        .where(Sequence.lead_id == Lead.id, ground.known(Touch.sent_at))
        .correlate(Lead)
        .scalar_subquery()
    )
    told = case((ground.known(Lead.first_touch_at), Lead.first_touch_at))
    rows = (
        select(
            Lead.id, Lead.owner_id.label("owner"), Lead.created_at.label("came"), told.label("told"), sent.label("sent")
        )
        .subquery("lead_touches")
        .c
    )
    first = case((or_(rows.sent.is_(None), rows.told <= rows.sent), rows.told), else_=rows.sent)
    took = SecondsBetween(first, rows.came)
    return (
        select(ground.windows.c.span, rows.owner, case((took >= 0, took)).label("took"))
        .select_from(rows.id.table)
        .join(ground.windows, ground.within(rows.came))
    )


def _back(ground: Ground, touch: type[Touch], kinds: tuple[str, ...]) -> ColumnElement[bool]:
    return select(Reply.id).where(Reply.touch_id == touch.id, Reply.kind.in_(kinds), ground.known(Reply.at)).correlate(touch).exists()  # fmt: skip


def _hit(condition: ColumnElement[bool]) -> Any:
    return case((condition, 1), else_=0).label("hit")
