"""Everything that passed on an account or a deal, in order, and what lies ahead, inside the viewer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from infra.spine.models import Activity, Contact, Deal, DealChange, Participant, Turn, User
from infra.spine.scope import Scope

PAGE = 60
"""Entries of a timeline that one page holds."""


@dataclass(frozen=True)
class Touch:
    """One thing that happened: `kind` is call, meeting, mail, note, task. `who` are the people, the buyer's side first; `turns` counts a transcript's."""

    id: str
    kind: str
    direction: str
    automatic: bool
    status: str
    subject: str | None
    body: str | None
    at: datetime | None
    due_at: datetime | None
    deal_id: str | None
    deal: str | None
    owner: str | None
    who: tuple[str, ...] = ()
    turns: int = 0


@dataclass(frozen=True)
class Changed:
    """One change of a deal's field; `old` and `new` are as stored: ISO dates, plain decimals."""

    id: str
    deal_id: str
    deal: str
    currency: str
    field: str
    old: str | None
    new: str | None
    at: datetime
    by: str | None

    @property
    def kind(self) -> str:
        """What it is called beside touches."""
        return "change"


Entry = Touch | Changed


@dataclass(frozen=True)
class Timeline:
    """Entries newest first; `ahead` is what is booked or to be done, soonest first; `undated` what has no date. `older` is the moment before which more stands."""

    entries: tuple[Entry, ...]
    ahead: tuple[Touch, ...] = ()
    undated: tuple[Touch, ...] = ()
    older: datetime | None = None


def read_timeline(
    session: Session,
    scope: Scope,
    now: datetime,
    *,
    account_id: str | None = None,
    deal_id: str | None = None,
    before: datetime | None = None,
) -> Timeline:
    """Return what passed on a deal, or on an account with all its deals that may be seen. What lies ahead stands on the first page only."""
    if (account_id is None) == (deal_id is None):
        raise ValueError("name either an account or a deal")
    mine = select(Deal.id).where(
        Deal.id == deal_id if deal_id is not None else Deal.account_id == account_id, scope.deals()
    )
    belongs = (
        Activity.deal_id == deal_id
        if deal_id is not None
        else or_(Activity.account_id == account_id, Activity.deal_id.in_(mine))
    )
    until = before or now
    cut = Activity.at < until if before else Activity.at <= until
    past = and_(belongs, cut, Activity.status != "open")
    changed = and_(DealChange.deal_id.in_(mine), DealChange.at < until if before else DealChange.at <= until)
    since, older = _page_begins(session, scope, past, changed)
    touches = read_touches(session, scope, and_(past, Activity.at >= since) if since else past)
    changes = _changes(session, and_(changed, DealChange.at >= since) if since else changed)
    page: list[Entry] = sorted([*touches, *changes], key=_moment, reverse=True)
    if before is not None:
        return Timeline(tuple(page), older=older)
    coming = and_(
        belongs,
        or_(
            and_(Activity.status == "open", Activity.kind == "task"),
            and_(Activity.status == "booked", Activity.at > now),
        ),
    )
    ahead = sorted(
        read_touches(session, scope, coming, limit=PAGE), key=lambda touch: (_due(touch) is None, _due(touch) or now)
    )
    undated = read_touches(
        session, scope, and_(belongs, Activity.at.is_(None), Activity.status.not_in(("open", "booked"))), limit=PAGE
    )
    return Timeline(tuple(page), tuple(ahead), tuple(undated), older)


def _due(touch: Touch) -> datetime | None:
    return touch.due_at or touch.at


def _moment(entry: Entry) -> tuple[datetime, str]:
    assert entry.at is not None
    return entry.at, entry.id


def _page_begins(
    session: Session, scope: Scope, past: ColumnElement[bool], changed: ColumnElement[bool]
) -> tuple[datetime | None, datetime | None]:
    """Return the moment from which on a page's entries are (None: from the beginning), and the same moment again where more lies before it.

    Entries of one moment are never parted, as the next page ends before that moment: a file that tells only days puts many on one.
    """
    of_activities = select(Activity.at).where(past, scope.activities(), Activity.at.is_not(None))
    of_changes = select(DealChange.at).where(changed)
    moments = sorted(
        [
            moment
            for wanted, column in ((of_activities, Activity.at), (of_changes, DealChange.at))
            for moment in session.scalars(wanted.order_by(column.desc()).limit(PAGE + 1))
            if moment is not None
        ],
        reverse=True,
    )
    if len(moments) <= PAGE:
        return None, None
    since = moments[PAGE - 1]
    earlier = (of_activities.where(Activity.at < since), of_changes.where(DealChange.at < since))
    more = any(session.scalar(wanted.limit(1)) is not None for wanted in earlier)
    return since, since if more else None


def read_touches(session: Session, scope: Scope, which: ColumnElement[bool], limit: int | None = None) -> list[Touch]:
    """Return the activities that `which` picks and the scope shows, newest first, with the people who were there."""
    wanted = (
        select(Activity, Deal.name, User.name)
        .select_from(Activity)
        .outerjoin(Deal, and_(Deal.id == Activity.deal_id, scope.deals()))
        .outerjoin(User, User.id == Activity.owner_id)
        .where(which, scope.activities())
        .order_by(Activity.at.desc(), Activity.id.desc())
    )
    rows = session.execute(wanted.limit(limit) if limit else wanted).all()
    ids = [activity.id for activity, *_ in rows]
    who = _people_of(session, ids)
    counted = session.execute(
        select(Turn.activity_id, func.count()).where(Turn.activity_id.in_(ids)).group_by(Turn.activity_id)
    ).all()
    turns = {row[0]: row[1] for row in counted}
    return [
        Touch(
            activity.id,
            activity.kind,
            activity.direction,
            activity.automatic,
            activity.status,
            activity.subject,
            activity.body,
            activity.at,
            activity.due_at,
            activity.deal_id,
            deal,
            owner,
            who.get(activity.id, ()),
            turns.get(activity.id, 0),
        )
        for activity, deal, owner in rows
    ]


def _people_of(session: Session, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    name = func.coalesce(Contact.name, User.name, Participant.name, Participant.email)
    rows = session.execute(
        select(Participant.activity_id, name)
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .outerjoin(User, User.id == Participant.user_id)
        .where(Participant.activity_id.in_(ids), name.is_not(None))
        .order_by(Participant.activity_id, Participant.side != "buyer", Participant.id)
    ).all()
    found: dict[str, tuple[str, ...]] = {}
    for activity_id, told in rows:
        there = found.get(activity_id, ())
        if told not in there:
            found[activity_id] = (*there, told)
    return found


def _changes(session: Session, which: ColumnElement[bool]) -> list[Changed]:
    rows = session.execute(
        select(DealChange, Deal.name, Deal.currency)
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(which)
        .order_by(DealChange.at.desc(), DealChange.id.desc())
    ).all()
    return [
        Changed(row.id, row.deal_id, deal, currency, row.field, row.old, row.new, row.at, row.by)
        for row, deal, currency in rows
    ]


def deal_of_change(session: Session, scope: Scope, change_id: str) -> tuple[str, datetime] | None:
    """Return the deal that a change belongs to and the change's moment, or None where there is none or it may not be seen."""
    row = session.execute(
        select(DealChange.deal_id, DealChange.at)
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(DealChange.id == change_id, scope.deals())
    ).one_or_none()
    return None if row is None else (row.deal_id, row.at)
