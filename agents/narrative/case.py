"""The case: one account's (or deal's) people, deals and what passed, read once for an answer, inside the asker's scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session

from agents.narrative.phrasing import short_day
from infra.spine.models import Account, Activity, Contact, Deal, DealChange, Participant, Turn, User
from infra.spine.scope import Scope

MOST_ACTIVITIES = 60
MOST_CALLS = 6
MOST_TURNS = 900
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the moment of what came without one: such words can be quoted, but no day is told of them and no time is counted from them."""


@dataclass(frozen=True)
class Person:
    """Somebody who took part. `side` is buyer, seller or unknown; `title` and `role` are the contact's, or what the call named."""

    name: str
    side: str
    title: str | None = None
    role: str | None = None
    contact_id: str | None = None
    user_id: str | None = None
    part: str = "attendee"

    @property
    def is_legal(self) -> bool:
        """Whether this is a lawyer."""
        words = f"{self.title or ''} {self.role or ''}".casefold()
        return any(word in words for word in ("legal", "counsel", "lawyer", "attorney"))


@dataclass(frozen=True)
class Happening:
    """One activity: a call, meeting, mail, note or task, with who was there."""

    id: str
    kind: str
    direction: str
    automatic: bool
    status: str
    subject: str | None
    body: str | None
    at: datetime
    account_id: str | None
    deal_id: str | None
    thread: str | None
    people: tuple[Person, ...] = ()
    owner: str | None = None

    @property
    def dated(self) -> bool:
        """Whether it is known when it took place."""
        return self.at > UNDATED

    @property
    def sender(self) -> Person | None:
        """Who wrote a mail."""
        return next((person for person in self.people if person.part == "from"), None)

    def of_side(self, side: str) -> list[Person]:
        """Return those of one side."""
        return [person for person in self.people if person.side == side]


@dataclass(frozen=True)
class Piece:
    """Words of one person at one place: a turn of a call, a mail, a note. `order` counts turns of a call."""

    happening: Happening
    text: str
    speaker: str | None
    side: str
    person: Person | None = None
    turn: str | None = None
    order: int = 0

    @property
    def at(self) -> datetime:
        """When it was said or written."""
        return self.happening.at


@dataclass(frozen=True)
class DealNow:
    """A deal as it stood at the answer's moment: later changes of stage, amount, close date and category are undone."""

    id: str
    name: str
    account_id: str | None
    owner: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    status: str
    forecast_category: str | None
    close_date: date | None
    closed_at: datetime | None
    next_step: str | None
    next_step_date: date | None
    loss_reason: str | None
    competitor: str | None
    note: str | None
    source: str
    source_at: datetime
    contact_id: str | None = None


@dataclass(frozen=True)
class Change:
    """One change of a deal's field."""

    id: str
    deal_id: str
    field: str
    old: str | None
    new: str | None
    at: datetime
    by: str | None


@dataclass
class Case:
    """What an answer about an account may draw on. Happenings are newest first, pieces of a call in the order they were said."""

    account_id: str | None
    account_name: str | None
    as_of: datetime
    zone: ZoneInfo
    deals: list[DealNow] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    booked: list[Happening] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    contacts: dict[str, Person] = field(default_factory=dict)
    turns: dict[str, list[Piece]] = field(default_factory=dict)

    def day(self, at: datetime) -> date:
        """Return the calendar day of a moment where the company is."""
        return at.astimezone(self.zone).date()

    def when(self, happening: Happening) -> str:
        """Write the day of an activity, or that it has none."""
        return short_day(self.day(happening.at), self.today) if happening.dated else "undated"

    @property
    def today(self) -> date:
        """The day that the answer speaks for."""
        return self.day(self.as_of)

    def days_since(self, at: datetime) -> int:
        """Return how many calendar days ago a moment was."""
        return (self.today - self.day(at)).days

    def pieces(self, *, notes: bool = True) -> list[Piece]:
        """Return everything that was said or written, newest source first; automatic replies are nobody's word."""
        made: list[Piece] = []
        for happening in self.happenings:
            if happening.automatic:
                continue
            if happening.id in self.turns:
                made += self.turns[happening.id]
            elif happening.body and (notes or happening.kind == "mail"):
                made.append(written(happening))
        return made

    def rivals(self) -> frozenset[str]:
        """Return the competitors that the deals name, folded."""
        from sales.names import fold

        return frozenset(fold(deal.competitor).strip() for deal in self.deals if deal.competitor)


def written(happening: Happening) -> Piece:
    """Return a mail, note or meeting's text as a piece: a mail is its sender's word, anything else our own note."""
    sender = happening.sender
    if happening.kind == "mail":
        side = (
            sender.side
            if sender and sender.side != "unknown"
            else {"inbound": "buyer", "outbound": "seller"}.get(happening.direction, "unknown")
        )
        if sender is None:
            there = happening.of_side("buyer")
            sender = there[0] if side == "buyer" and there else None
        name = sender.name if sender else (happening.owner if side == "seller" else None)
        return Piece(happening, happening.body or "", name, side, sender)
    return Piece(happening, happening.body or "", happening.owner, "note")


def read_case(
    session: Session,
    scope: Scope,
    *,
    as_of: datetime,
    zone: ZoneInfo,
    account_id: str | None = None,
    deal_id: str | None = None,
    activity_id: str | None = None,
    most_calls: int = MOST_CALLS,
) -> Case:
    """Read the case of an account, of one deal where it has no account, or of one call alone. Everything is held to `scope` and to `as_of`."""
    account = (
        session.scalars(select(Account).where(Account.id == account_id, scope.accounts())).one_or_none()
        if account_id
        else None
    )
    case = Case(account_id if account else None, account.name if account else None, as_of, zone)
    if account is None and deal_id is None:
        if activity_id is not None:
            _read_happenings(session, scope, case, Activity.id == activity_id, {})
            _read_turns(session, case, most_calls)
        return case
    owners = dict(session.execute(select(User.id, User.name)).all())
    of = Deal.account_id == account_id if account is not None else Deal.id == deal_id
    deals = session.scalars(
        select(Deal).where(of, scope.deals(), or_(Deal.created_at.is_(None), Deal.created_at <= as_of))
    ).all()
    ids = [deal.id for deal in deals]
    changes = _changes_of(session, ids)
    case.changes = [change for change in changes if change.at <= as_of]
    case.deals = [_as_it_stood(deal, owners, [one for one in changes if one.at > as_of], as_of) for deal in deals]
    _read_contacts(session, scope, case)
    of_account = Activity.account_id == case.account_id
    belongs = Activity.deal_id.in_(ids) if case.account_id is None else or_(of_account, Activity.deal_id.in_(ids))
    _read_happenings(session, scope, case, belongs, owners)
    _read_turns(session, case, most_calls)
    return case


def _changes_of(session: Session, deal_ids: Sequence[str]) -> list[Change]:
    rows = (
        session.scalars(select(DealChange).where(DealChange.deal_id.in_(deal_ids)).order_by(DealChange.at)).all()
        if deal_ids
        else []
    )
    return [Change(row.id, row.deal_id, row.field, row.old, row.new, row.at, row.by) for row in rows]


def _as_it_stood(deal: Deal, owners: dict[str, str], later: Sequence[Change], as_of: datetime) -> DealNow:
    """Undo what changed after `as_of`, so that an answer for a past day does not know the future."""
    stage, amount, close_date, category = deal.stage, deal.amount, deal.close_date, deal.forecast_category
    undone: set[str] = set()
    for change in later:
        if change.deal_id != deal.id or change.field in undone:
            continue
        undone.add(change.field)
        if change.field == "stage":
            stage = change.old
        elif change.field == "amount":
            amount = Decimal(change.old) if change.old else None
        elif change.field == "close_date":
            close_date = date.fromisoformat(change.old[:10]) if change.old else None
        elif change.field == "forecast_category":
            category = change.old
    reopened = deal.status != "open" and deal.closed_at is not None and deal.closed_at > as_of
    return DealNow(
        deal.id, deal.name, deal.account_id, owners.get(deal.owner_id or ""), amount, deal.currency, stage, "open" if reopened else deal.status, category, close_date,
        None if reopened else deal.closed_at, deal.next_step, deal.next_step_date, None if reopened else deal.loss_reason, deal.competitor, deal.note, deal.source, deal.source_at, deal.contact_id,
    )  # fmt: skip


def _read_contacts(session: Session, scope: Scope, case: Case) -> None:
    if case.account_id is None:
        return
    for row in session.scalars(select(Contact).where(Contact.account_id == case.account_id, scope.contacts())):
        case.contacts[row.id] = Person(row.name, "buyer", row.title, row.role, row.id)


def _read_happenings(
    session: Session, scope: Scope, case: Case, belongs: ColumnElement[bool], owners: dict[str, str]
) -> None:
    columns = (
        Activity.id, Activity.kind, Activity.direction, Activity.automatic, Activity.status, Activity.subject, Activity.body, Activity.at, Activity.account_id,
        Activity.deal_id, Activity.thread_key, Activity.owner_id, Activity.due_at,
    )  # fmt: skip
    past = select(*columns).where(
        belongs,
        scope.activities(),
        or_(Activity.at <= case.as_of, Activity.at.is_(None)),
        Activity.status.not_in(("booked", "cancelled")),
    )
    rows = list(
        session.execute(past.order_by(Activity.at.desc().nulls_last(), Activity.id).limit(MOST_ACTIVITIES)).all()
    )
    ahead = (
        select(*columns)
        .where(belongs, scope.activities(), Activity.status == "booked", Activity.at > case.as_of)
        .order_by(Activity.at)
        .limit(5)
    )
    coming = list(session.execute(ahead).all())
    people = _people_of(session, case, [row.id for row in (*rows, *coming)])
    case.happenings = [_happening(row, people, owners) for row in rows]
    case.booked = [_happening(row, people, owners) for row in coming]


def _happening(row: Row[*tuple[Any, ...]], people: dict[str, list[Person]], owners: dict[str, str]) -> Happening:
    return Happening(
        row.id, row.kind, row.direction, row.automatic, row.status, row.subject, row.body, row.at or UNDATED, row.account_id, row.deal_id, row.thread_key,
        tuple(people.get(row.id, ())), owners.get(row.owner_id or ""),
    )  # fmt: skip


def _people_of(session: Session, case: Case, activity_ids: Sequence[str]) -> dict[str, list[Person]]:
    people: dict[str, list[Person]] = {}
    if not activity_ids:
        return people
    for row in session.scalars(
        select(Participant).where(Participant.activity_id.in_(activity_ids)).order_by(Participant.id)
    ):
        known = case.contacts.get(row.contact_id or "")
        name = (known.name if known else None) or row.name or row.email
        if name:
            people.setdefault(row.activity_id, []).append(
                Person(
                    name,
                    row.side,
                    known.title if known else None,
                    known.role if known else None,
                    row.contact_id,
                    row.user_id,
                    row.role,
                )
            )
    return people


def _read_turns(session: Session, case: Case, most_calls: int) -> None:
    calls = {happening.id: happening for happening in case.happenings if happening.kind in ("call", "meeting")}
    wanted = list(calls)[: most_calls * 2]
    if not wanted:
        return
    rows = session.execute(
        select(Turn.activity_id, Turn.position, Turn.turn_id, Turn.speaker, Turn.side, Turn.contact_id, Turn.text)
        .where(Turn.activity_id.in_(wanted))
        .order_by(Turn.activity_id, Turn.position)
    ).all()
    by_call: dict[str, list[Piece]] = {}
    for row in rows:
        call = calls[row.activity_id]
        person = case.contacts.get(row.contact_id or "") or next(
            (one for one in call.people if one.name == row.speaker), None
        )
        side = row.side if row.side != "unknown" or person is None else person.side
        by_call.setdefault(row.activity_id, []).append(
            Piece(call, row.text, row.speaker, side, person, row.turn_id, row.position)
        )
    total = 0
    for call_id in wanted:
        if call_id in by_call and len(case.turns) < most_calls and (total < MOST_TURNS or not case.turns):
            case.turns[call_id] = by_call[call_id]
            total += len(by_call[call_id])
