"""Deals that were open at a moment, with what was known of them then and, for learning, what became of them: one statement for each moment.

Nothing that a later closing may have written is read: amounts, close dates, stages and categories count only where the history tells that they were known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from agents.pipeline.owners import just_after
from agents.pipeline.standing import standing
from infra.spine.activity import Activity
from infra.spine.base import Instant, as_instant
from infra.spine.business import Deal, DealChange
from infra.spine.scope import Scope
from infra.spine.spoken import from_buyer, from_us
from sales.forecast import category_of
from sales.likelihood import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUMBERS = (
    "age",
    "stage_days",
    "amount",
    "close_days",
    "slips",
    "buyer_words",
    "our_words",
    "buyer_silent",
    "account_won",
    "account_lost",
)
# Not its owner: what a person won and lost is theirs and their manager's to know, and could be read back from two deals that differ in nothing else.
WORDS = ("stage", "category", "product", "lead_source", "type", "industry", "region")
_DAY_S = 86_400
_LATELY = timedelta(days=30)
_NAN = float("nan")


@dataclass(frozen=True)
class Snapshots:
    """Rows side by side. `numbers` hold NaN and `words` None where nothing was known. `won` and `later` (days until decided) are NaN where not decided."""

    ids: list[str]
    moments: NDArray[Any]
    numbers: dict[str, NDArray[Any]]
    words: dict[str, list[str | None]]
    won: NDArray[Any]
    later: NDArray[Any]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def ages(self) -> NDArray[Any]:
        """Whole days since each deal was created."""
        return self.numbers["age"]

    def chosen(self, mask: NDArray[Any]) -> Snapshots:
        """Return the rows that a mask chooses."""
        kept = [place for place, one in enumerate(mask) if one]
        return Snapshots(
            [self.ids[place] for place in kept],
            self.moments[mask],
            {name: values[mask] for name, values in self.numbers.items()},
            {name: [values[place] for place in kept] for name, values in self.words.items()},
            self.won[mask],
            self.later[mask],
        )


class Accounts:
    """How often each account's deals were won and lost before a moment; with `ids`, those of the accounts of these deals alone."""

    def __init__(self, session: Session, ids: Sequence[str] | None = None) -> None:
        query = select(Deal.account_id, Deal.closed_at, Deal.status).where(
            Deal.status != "open", Deal.account_id.is_not(None), Deal.closed_at.is_not(None)
        )
        if ids is not None:
            accounts = session.scalars(select(Deal.account_id).where(Deal.id.in_(ids)).distinct()).all()
            query = query.where(Deal.account_id.in_([one for one in accounts if one is not None]))
        found = sorted(session.execute(query), key=lambda row: row.closed_at)
        self._decided: dict[str, list[tuple[datetime, bool]]] = {}
        for account, closed, status in found:
            if account is None or closed is None:
                continue
            self._decided.setdefault(account, []).append((closed, status == "won"))

    def before(self, account: str | None, moment: datetime) -> tuple[float, float]:
        """Return how many were won and how many lost."""
        won = lost = 0
        for closed, was_won in self._decided.get(account or "", ()):
            if closed > moment:
                break
            won, lost = won + was_won, lost + (not was_won)
        return float(won), float(lost)


def snapshots_at(
    session: Session,
    scope: Scope,
    moment: datetime,
    accounts: Accounts,
    *,
    limit: datetime | None = None,
    now: datetime | None = None,
    ids: Sequence[str] | None = None,
) -> Snapshots:
    """Return the deals that were open at a moment. With a `limit`, what became of each before it; without, nothing is known of their end."""
    import numpy

    before = just_after(moment)
    told = {"before": before, "since": before - _LATELY} | ({"ids": list(ids)} if ids is not None else {})
    query = _query(Scope(scope.grants), now is not None and before > now, ids is not None)
    found = sorted(session.connection().execute(query, told).all(), key=attrgetter("deal_id"))
    ended = [
        row.ended if limit is not None and row.ended is not None and moment < row.ended < limit else None
        for row in found
    ]
    numbers = _numbers(found, moment, accounts)
    words = {name: [getattr(row, name) for row in found] for name in WORDS if name != "category"}
    words["category"] = _categories(found)
    return Snapshots(
        [row.deal_id for row in found],
        numpy.full(len(found), moment.timestamp()),
        {name: numpy.array(numbers[name], dtype=float) for name in NUMBERS},
        {name: words[name] for name in WORDS},
        numpy.array([_NAN if at is None else float(row.status == "won") for row, at in zip(found, ended, strict=True)], dtype=float),
        numpy.array([_NAN if at is None else (at - moment).total_seconds() / _DAY_S for at in ended], dtype=float),
    )  # fmt: skip


def joined(parts: Sequence[Snapshots]) -> Snapshots:
    """Return the rows of several moments as one."""
    import numpy

    return Snapshots(
        [one for part in parts for one in part.ids],
        numpy.concatenate([part.moments for part in parts]),
        {name: numpy.concatenate([part.numbers[name] for part in parts]) for name in NUMBERS},
        {name: [one for part in parts for one in part.words[name]] for name in WORDS},
        numpy.concatenate([part.won for part in parts]),
        numpy.concatenate([part.later for part in parts]),
    )


@lru_cache(maxsize=256)
def _query(scope: Scope, present: bool, some: bool) -> Any:
    """Return the statement for a scope: it is built once, as building it takes longer than running it for one deal."""
    before, since = bindparam("before", type_=Instant()), bindparam("since", type_=Instant())
    ids: Any = bindparam("ids", expanding=True) if some else None
    rows = standing(scope, before, name="snapshot", ids=ids, present=present)
    of = rows.c
    # Counted once for all: SQLite would look a single deal's changes up by their field.
    named = [DealChange.deal_id.in_(ids)] if ids is not None else []
    slips = (
        select(DealChange.deal_id, func.count().label("slips"))
        .where(
            DealChange.field == "close_date",
            DealChange.at < before,
            func.substr(DealChange.new, 1, 10) > func.substr(DealChange.old, 1, 10),
            *named,
        )
        .group_by(DealChange.deal_id)
        .subquery("slipped")
    )

    def lately(whose: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .where(Activity.deal_id == of.deal_id, whose, Activity.at < before, Activity.at >= since)
            .correlate(rows)
            .scalar_subquery()
        )

    last = (
        select(func.max(Activity.at))
        .where(Activity.deal_id == of.deal_id, from_buyer(Activity), Activity.at < before)
        .correlate(rows)
        .scalar_subquery()
    )
    return (
        select(
            of.deal_id, of.began_at, of.stage, of.stage_at, of.close_day, of.close_told, of.amount, of.amount_told, of.category, of.product,
            of.lead_source, of.type, of.industry, of.region, of.account_id, func.coalesce(slips.c.slips, 0).label("slips"),
            lately(from_buyer(Activity)).label("buyer_words"), lately(from_us(Activity)).label("our_words"), last.label("last_word"),
            of.status, case((of.status != "open", of.closed_at)).label("ended"),
        )
        .select_from(rows.outerjoin(slips, slips.c.deal_id == of.deal_id))
        .where(of.state == "open", of.began_at.is_not(None))
    )  # fmt: skip


def _numbers(found: Sequence[Any], moment: datetime, accounts: Accounts) -> dict[str, list[float]]:
    """Return every number of the rows, a list for each: many times faster than row by row."""
    days: dict[str | None, float] = {}
    for text in {row.close_day for row in found}:
        day = _day(text)
        days[text] = _NAN if day is None else float((day - moment.date()).days)
    decided = [accounts.before(row.account_id, moment) for row in found]
    return {
        "age": [float(int(max(one, 0))) for one in _days([row.began_at for row in found], moment)],
        "stage_days": _days([row.stage_at for row in found], moment),
        "amount": [float(row.amount) if row.amount is not None and row.amount_told else _NAN for row in found],
        "close_days": [days[row.close_day] if row.close_told else _NAN for row in found],
        "slips": [float(row.slips) if row.close_told else _NAN for row in found],
        "buyer_words": [float(row.buyer_words) for row in found],
        "our_words": [float(row.our_words) for row in found],
        "buyer_silent": _days([row.last_word for row in found], moment),
        "account_won": [won for won, _ in decided],
        "account_lost": [lost for _, lost in decided],
    }


def _days(since: Sequence[Any], moment: datetime) -> list[float]:
    return [_NAN if at is None else (moment - as_instant(at)).total_seconds() / _DAY_S for at in since]


def _categories(found: Sequence[Any]) -> list[str | None]:
    known = {word: category_of(word) for word in {row.category for row in found}}
    return [known[row.category] for row in found]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Lives:
    """When every deal was created and decided, and how."""

    lives: tuple[tuple[datetime, datetime | None, str], ...]

    def at(self, limit: datetime) -> list[tuple[int, Outcome]]:
        """Return every deal's age when it was decided before the limit, or at the limit where it was open then, with how it ended."""
        made: list[tuple[int, Outcome]] = []
        for created, closed, status in self.lives:
            if created >= limit:
                continue
            decided = closed is not None and closed < limit
            ended: Outcome = "open" if not decided else "won" if status == "won" else "lost"
            last = closed if decided and closed is not None else limit
            made.append((int((last - created).total_seconds() // _DAY_S), ended))
        return made

    def months(self, limit: datetime, start_month: int, zone: tzinfo) -> tuple[tuple[int, int], ...]:
        """Return how many deals were won and decided before the limit in the first, second and third months of fiscal quarters."""
        counts = [[0, 0], [0, 0], [0, 0]]
        for _, closed, status in self.lives:
            if closed is not None and closed < limit:
                of = counts[(closed.astimezone(zone).month - start_month) % 3]
                of[0] += status == "won"
                of[1] += 1
        return tuple((won, decided) for won, decided in counts)


def lives_of(session: Session) -> Lives:
    """Return the life of every deal whose days are known and in their order."""
    rows = session.execute(
        select(Deal.created_at, Deal.closed_at, Deal.status).where(
            Deal.created_at.is_not(None),
            or_(Deal.status == "open", and_(Deal.closed_at.is_not(None), Deal.closed_at >= Deal.created_at)),
        )
    )
    return Lives(
        tuple(
            (created, None if status == "open" else closed, status)
            for created, closed, status in rows
            if created is not None
        )
    )
