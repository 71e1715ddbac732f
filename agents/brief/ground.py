"""What a brief rests on besides the case: the company, signals, notes of calls and the library of objections. Each read once, in scope, as of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from agents.notes.record import CallNotes
from infra.spine.models import Account, Activity, CallNote, Contact, Deal, Objection, Reply, Signal, Touch, User
from infra.spine.models import Sequence as Course
from infra.spine.scope import Scope

NEWS_DAYS = 90
_MOST_SIGNALS = 5
_MOST_NOTES = 12
_MOST_TOPICS = 3
_NO_NEWS = ("expired", "skipped")


@dataclass(frozen=True)
class Raised:
    """How often a topic of objections came up: deals, those of them that ended, those that were won."""

    topic: str
    deals: int
    decided: int
    won: int


@dataclass(frozen=True)
class DealFacts:
    """What a deal's record holds besides how it stands."""

    lead_source: str | None
    stage_entered_at: datetime | None
    created_at: datetime | None


@dataclass(frozen=True)
class Ground:
    """What was read. Notes are newest first, with their call's id; `first` is the first thing that ever happened with the account."""

    account: Account
    owner: str | None = None
    signals: Sequence[Signal] = ()
    notes: Sequence[CallNotes] = ()
    objections: Sequence[Objection] = ()
    raised: dict[str, Raised] = field(default_factory=dict)
    answers: dict[str, Objection] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    deals: dict[str, DealFacts] = field(default_factory=dict)
    first: Activity | None = None
    reply: tuple[Reply, Activity] | None = None
    activities: int = 0


def read_ground(
    session: Session, scope: Scope, account_id: str, deal_ids: Sequence[str], as_of: datetime
) -> Ground | None:
    """Return what there is of an account, or None where it does not exist or may not be seen."""
    found = session.execute(
        select(Account, User.name)
        .outerjoin(User, User.id == Account.owner_id)
        .where(Account.id == account_id, scope.accounts())
    ).one_or_none()
    if found is None:
        return None
    account, owner = found
    belongs = or_(Activity.account_id == account_id, Activity.deal_id.in_(deal_ids))
    happened = and_(belongs, scope.activities(), Activity.at <= as_of, Activity.status.not_in(("booked", "cancelled")))
    objections = _objections(session, happened)
    topics = _topics(session, scope, objections, as_of)
    return Ground(
        account,
        owner,
        signals=_signals(session, scope, account_id, as_of),
        notes=_notes(session, happened),
        objections=objections,
        raised=topics,
        answers=_answers(session, scope, account_id, list(topics), as_of),
        contacts={one.id: one for one in session.scalars(select(Contact).where(Contact.account_id == account_id, scope.contacts()))},
        deals=_deals(session, deal_ids),
        first=_first(session, happened),
        reply=_reply(session, scope, account_id, as_of),
        activities=session.scalar(select(func.count()).select_from(Activity).where(happened)) or 0,
    )  # fmt: skip


def _signals(session: Session, scope: Scope, account_id: str, as_of: datetime) -> Sequence[Signal]:
    """Return what is news of the account: of the last 90 days, and received by then."""
    return session.scalars(
        select(Signal)
        .where(
            Signal.account_id == account_id,
            scope.signals(),
            Signal.occurred_at.between(as_of - timedelta(days=NEWS_DAYS), as_of),
            Signal.received_at <= as_of,
            Signal.state.not_in(_NO_NEWS),
        )
        .order_by(Signal.occurred_at.desc(), Signal.id)
        .limit(_MOST_SIGNALS)
    ).all()


def _notes(session: Session, happened: ColumnElement[bool]) -> list[CallNotes]:
    rows = session.scalars(
        select(CallNote.record)
        .join(Activity, Activity.id == CallNote.activity_id)
        .where(happened, CallNote.state == "ready")
        .order_by(Activity.at.desc(), Activity.id)
        .limit(_MOST_NOTES)
    ).all()
    return [CallNotes.model_validate(row) for row in rows]


def _objections(session: Session, happened: ColumnElement[bool]) -> Sequence[Objection]:
    """Return the objections of this account, the newest first."""
    return session.scalars(
        select(Objection)
        .join(Activity, Activity.id == Objection.activity_id)
        .where(happened)
        .order_by(Activity.at.desc(), Objection.position.desc(), Objection.id)
        .limit(40)
    ).all()


def _counted(scope: Scope, as_of: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions of an objection that counts, of its deal being over by then, and of it being won by then."""
    over = and_(Deal.status != "open", Deal.closed_at <= as_of)
    return and_(Objection.at <= as_of, scope.deals()), over, and_(over, Deal.status == "won")


def _topics(session: Session, scope: Scope, here: Sequence[Objection], as_of: datetime) -> dict[str, Raised]:
    """Count, over all deals in scope, the topics raised here; where fewer than three are, the most frequent others besides."""
    counts, over, won = _counted(scope, as_of)
    deals = func.count(Objection.deal_id.distinct())
    rows = session.execute(
        select(
            Objection.topic,
            deals.label("deals"),
            func.count(case((over, Objection.deal_id)).distinct()),
            func.count(case((won, Objection.deal_id)).distinct()),
        )
        .join(Deal, Deal.id == Objection.deal_id)
        .where(counts)
        .group_by(Objection.topic)
        .order_by(deals.desc(), Objection.topic)
    ).all()
    counted = {topic: Raised(topic, *figures) for topic, *figures in rows}
    own = list(dict.fromkeys(one.topic for one in here))
    # What one buyer alone has said elsewhere is not to be expected here.
    others = [one for one in counted.values() if one.topic not in own and one.deals >= 3]
    wanted = [*own, *(one.topic for one in others)][: max(_MOST_TOPICS, len(own))]
    return {topic: counted.get(topic, Raised(topic, 0, 0, 0)) for topic in wanted}


def _answers(
    session: Session, scope: Scope, account_id: str, topics: Sequence[str], as_of: datetime
) -> dict[str, Objection]:
    """Return for each topic an answer that held in another company's deal that was won: the one that the buyer took before all others, then the newest."""
    if not topics:
        return {}
    counts, _, won = _counted(scope, as_of)
    place = func.row_number().over(
        partition_by=Objection.topic,
        order_by=(Objection.handled != "answered", Objection.at.desc(), Objection.id),
    )
    ranked = (
        select(Objection.id.label("id"), place.label("place"))
        .join(Deal, Deal.id == Objection.deal_id)
        .join(Activity, Activity.id == Objection.activity_id)
        .where(counts, won, scope.activities(), Objection.topic.in_(topics), Deal.account_id.is_distinct_from(account_id), Objection.answer.is_not(None), Objection.handled != "open")
        .subquery()
    )  # fmt: skip
    rows = session.scalars(select(Objection).join(ranked, ranked.c.id == Objection.id).where(ranked.c.place == 1))
    return {row.topic: row for row in rows}


def _deals(session: Session, deal_ids: Sequence[str]) -> dict[str, DealFacts]:
    columns = (Deal.id, Deal.lead_source, Deal.stage_entered_at, Deal.created_at)
    rows = session.execute(select(*columns).where(Deal.id.in_(deal_ids))).all()
    return {row.id: DealFacts(row.lead_source, row.stage_entered_at, row.created_at) for row in rows}


def _first(session: Session, happened: ColumnElement[bool]) -> Activity | None:
    return session.scalars(
        select(Activity)
        .where(happened, Activity.automatic.is_(False), Activity.kind.not_in(("note", "task")))
        .order_by(Activity.at, Activity.id)
        .limit(1)
    ).one_or_none()


def _reply(session: Session, scope: Scope, account_id: str, as_of: datetime) -> tuple[Reply, Activity] | None:
    """Return the latest answer to a mail of ours by which they showed interest."""
    row = session.execute(
        select(Reply, Activity)
        .join(Touch, Touch.id == Reply.touch_id)
        .join(Course, Course.id == Touch.sequence_id)
        .join(Activity, Activity.id == Reply.activity_id)
        .where(
            Course.account_id == account_id,
            Reply.kind.in_(("positive", "question")),
            Reply.at <= as_of,
            scope.activities(),
        )
        .order_by(Reply.at.desc(), Reply.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None
