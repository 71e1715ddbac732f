"""What a rep is shown: the morning feed of what is worth their time now, and the list of all signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, true
from sqlalchemy.orm import Session

from agents.signals.surroundings import ends_at
from infra.spine.models import Account, Contact, Proposal, Signal, User
from infra.spine.scope import Scope
from sales.freshness import Curve, freshness, rank, reasons_of
from sales.signals import MEANINGS, Kind

SHOWN = ("judged", "drafted", "review", "handed_over")
"""States that a feed shows: what is to be written about, what is drafted, what a person is asked, and what is for the owner of a deal."""

FEWEST, MOST = 10, 20
_CANDIDATES = 200
_WAITING = ("draft", "pending", "snoozed")


@dataclass(frozen=True)
class FeedItem:
    """A signal as it stands now. `rank`, `strength`, `freshness` and `fit` are from 0 to 1 (`fit` None: unknown); `proposal` is its draft's id."""

    id: str
    kind: str
    state: str
    headline: str
    company: str | None
    account: str | None
    person: str | None
    person_email: str | None
    contact: str | None
    title: str | None
    url: str | None
    owner: str | None
    rank: float
    strength: float
    freshness: float
    fit: float | None
    late: bool
    reasons: tuple[str, ...]
    risks: tuple[str, ...]
    missing: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    expires_at: datetime | None
    revisit_at: datetime | None
    proposal: str | None

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return {
            name: value.isoformat()
            if isinstance(value, datetime)
            else list(value)
            if isinstance(value, tuple)
            else value
            for name, value in self.__dict__.items()
        }


def feed(
    session: Session, user: User | None, now: datetime, curves: dict[Kind, Curve], scope: Scope, k: int = MOST
) -> tuple[FeedItem, ...]:
    """Return the `k` signals that are most worth a rep's time now, best first; for None, of everybody.

    Somebody who leads people also sees what nobody owns. What was ranked earlier is ranked anew by the present moment.
    """
    if user is None:
        mine: Any = true()
    elif user.role in ("manager", "admin"):
        mine = or_(Signal.owner_id == user.id, and_(Signal.owner_id.is_(None), _inside(scope)))
    else:
        mine = Signal.owner_id == user.id
    live = and_(Signal.state.in_(SHOWN), or_(Signal.expires_at.is_(None), Signal.expires_at > now))
    columns = (Signal.id, Signal.kind, Signal.occurred_at, Signal.strength, Signal.fit, Signal.custom)
    best = select(*columns).where(mine, live).order_by(Signal.rank.desc(), Signal.id).limit(max(_CANDIDATES, 4 * k))
    worth = {row.id: _rank_now(row, now, curves) for row in session.execute(best)}
    chosen = sorted(worth, key=lambda identity: (-worth[identity], identity))[:k]
    rows = session.execute(_rows().where(Signal.id.in_(chosen)))
    return tuple(sorted((_item(row, now, curves) for row in rows), key=lambda item: chosen.index(item.id)))


def _rank_now(row: Row[Any], now: datetime, curves: dict[Kind, Curve]) -> float:
    fresh = freshness(curves[Kind(row.kind)], now, row.occurred_at, ends_at(row.custom))
    return rank(row.strength, fresh, row.fit)


def listed(
    session: Session,
    scope: Scope,
    now: datetime,
    curves: dict[Kind, Curve],
    *,
    states: Sequence[str] = (),
    ids: Sequence[str] = (),
    limit: int = 100,
) -> tuple[FeedItem, ...]:
    """Return the signals inside a scope, the newest first; only those in `states` or with these ids, where any are named."""
    query = (
        _rows().where(_inside(scope)).order_by(Signal.received_at.desc(), Signal.rank.desc(), Signal.id).limit(limit)
    )
    if states:
        query = query.where(Signal.state.in_(states))
    if ids:
        query = query.where(Signal.id.in_(ids))
    return tuple(_item(row, now, curves) for row in session.execute(query))


def counted(session: Session, scope: Scope) -> dict[str, int]:
    """Return how many signals inside a scope are in each state."""
    found = select(Signal.state, func.count()).where(_inside(scope)).group_by(Signal.state).order_by(Signal.state)
    return {row[0]: row[1] for row in session.execute(found)}


def _inside(scope: Scope) -> Any:
    if scope.everything:
        return true()
    accounts = select(Account.id).where(scope.accounts())
    owners = and_(*(Signal.owner_id.in_(grant) for grant in scope.grants))
    # What nobody owns and nobody's account is about is for whoever leads people.
    nobodys = (
        and_(Signal.owner_id.is_(None), Signal.account_id.is_(None))
        if scope.role in ("manager", "admin")
        else Signal.id.is_(None)
    )
    return or_(owners, Signal.account_id.in_(accounts), nobodys)


def _rows() -> Any:
    proposal = (
        select(func.min(Proposal.id))
        .where(Proposal.signal_id == Signal.id, Proposal.state.in_(_WAITING))
        .scalar_subquery()
    )
    return (
        select(
            Signal,
            Account.name.label("account_name"),
            Contact.name.label("contact_name"),
            User.email.label("owner_email"),
            proposal.label("proposal"),
        )
        .outerjoin(Account, Account.id == Signal.account_id)
        .outerjoin(Contact, Contact.id == Signal.contact_id)
        .outerjoin(User, User.id == Signal.owner_id)
    )


def _item(row: Row[Any], now: datetime, curves: dict[Kind, Curve]) -> FeedItem:
    signal: Signal = row.Signal
    kind, ahead = Kind(signal.kind), ends_at(signal.custom)
    fresh = freshness(curves[kind], now, signal.occurred_at, ahead)
    late = signal.late_at is not None and signal.late_at <= now
    company = row.account_name or signal.company or signal.domain
    person = signal.person or row.contact_name
    judgement = signal.judgement or {}
    told = [judgement["reason"]] if judgement.get("reason") and signal.state != "judged" else []
    return FeedItem(
        id=signal.id,
        kind=signal.kind,
        state="expired"
        if signal.expires_at and signal.expires_at <= now and signal.state in (*SHOWN, "new")
        else signal.state,
        headline=headline(kind, company, person, signal.title),
        company=company,
        account=signal.account_id,
        person=person,
        person_email=signal.person_email,
        contact=signal.contact_id,
        title=signal.title,
        url=signal.url,
        owner=row.owner_email,
        rank=round(rank(signal.strength, fresh, signal.fit), 4),
        strength=signal.strength,
        freshness=round(fresh, 4),
        fit=None if signal.fit is None else round(signal.fit, 4),
        late=late,
        reasons=(*reasons_of(kind, now, signal.occurred_at, ahead, late), *told, *signal.reasons),
        risks=tuple(judgement.get("risks", ())),
        missing=tuple(judgement.get("missing", ())),
        occurred_at=signal.occurred_at,
        received_at=signal.received_at,
        expires_at=signal.expires_at,
        revisit_at=signal.revisit_at,
        proposal=row.proposal,
    )


def headline(kind: Kind, company: str | None, person: str | None, title: str | None) -> str:
    """Return a signal in one line: `Northwind: somebody new in a buying role (Ada Park, VP Sales)`."""
    who = ", ".join(part for part in (person, title) if part)
    words = f"{company or 'A company'}: {MEANINGS[kind].words}"
    return f"{words} ({who})" if who else words
