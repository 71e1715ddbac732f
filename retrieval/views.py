"""Which passages a search may look at, computed in SQL before anything is searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, extract, func, select
from sqlalchemy.orm import Session

from infra.spine.models import Account, Deal, Passage
from infra.spine.scope import Scope


@dataclass(frozen=True)
class View:
    """The passages that one search may use, as columns sorted by passage id.

    `at` is in seconds since 1970, NaN where a source has no date; `source` numbers the sources (calls, mails, …) within this view; `ordinal` is the
    passage's place in its source; `words` and `terms` are its lengths.
    """

    ids: NDArray[np.int64]
    at: NDArray[np.float64]
    source: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    words: NDArray[np.int64]
    terms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)

    def within(self, since: datetime | None, until: datetime | None) -> View:
        """Return the passages from `since` (included) to `until` (included); undated ones stay unless `since` is given."""
        keep = np.ones(len(self.ids), dtype=bool)
        if until is not None:
            keep &= ~(self.at > until.timestamp())
        if since is not None:
            keep &= self.at >= since.timestamp()
        return self if keep.all() else self.take(np.flatnonzero(keep))

    def take(self, rows: NDArray[np.int64]) -> View:
        """Return the view of these row numbers, in their order."""
        return View(
            self.ids[rows], self.at[rows], self.source[rows], self.ordinal[rows], self.words[rows], self.terms[rows]
        )

    def rows_of(self, ids: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the row numbers of those `ids` that are in the view."""
        if len(self.ids) == 0 or len(ids) == 0:
            return np.zeros(0, dtype=np.int64)
        places = np.searchsorted(self.ids, ids)
        places[places == len(self.ids)] = 0
        return np.asarray(places[self.ids[places] == ids], dtype=np.int64)


@dataclass(frozen=True)
class _Columns:
    """All embedded passages of one generation of the index; accounts, deals and owners as numbers, 0 for none."""

    view: View
    account: NDArray[np.int64]
    deal: NDArray[np.int64]
    owner: NDArray[np.int64]
    accounts: dict[str, int]
    deals: dict[str, int]
    owners: dict[str, int]


class Views:
    """Makes views. Keeps the columns of all passages until the index changes; who may see which is read anew for each search."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[int, str], _Columns] | None = None
        self._lock = Lock()

    def of_scope(self, session: Session, scope: Scope, generation: int, fingerprint: str) -> View:
        """Return all passages inside `scope`."""
        columns = self._columns(session, generation, fingerprint)
        if scope.everything:
            return columns.view
        inside = np.ones(len(columns.view), dtype=bool)
        for grant in scope.grants:
            inside &= _granted(session, columns, grant)
        return columns.view.take(np.flatnonzero(inside))

    def of_records(
        self,
        session: Session,
        scope: Scope,
        fingerprint: str,
        *,
        accounts: Sequence[str] = (),
        deals: Sequence[str] = (),
        activity: str | None = None,
    ) -> View:
        """Return the passages inside `scope` of these accounts, of these deals and of one call or mail, as far as each is named."""
        conditions: list[ColumnElement[bool]] = [Passage.embedded_as == fingerprint, scope.passages()]
        if accounts:
            conditions.append(Passage.account_id.in_(accounts))
        if deals:
            conditions.append(Passage.deal_id.in_(deals))
        if activity is not None:
            conditions.append(Passage.activity_id == activity)
        return _view(session.execute(_BASIC.where(and_(*conditions)).order_by(Passage.id)).all())

    def _columns(self, session: Session, generation: int, fingerprint: str) -> _Columns:
        key = (generation, fingerprint)
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                self._kept = (key, _load(session, fingerprint))
            return self._kept[1]


_SOURCE = func.coalesce(Passage.activity_id, Passage.change_id)
_BASIC = select(Passage.id, extract("epoch", Passage.at), _SOURCE, Passage.ordinal, Passage.words, Passage.terms)


def _load(session: Session, fingerprint: str) -> _Columns:
    statement = _BASIC.add_columns(Passage.account_id, Passage.deal_id, Passage.owner_id)
    rows: Sequence[Any] = session.execute(
        statement.where(Passage.embedded_as == fingerprint).order_by(Passage.id)
    ).all()
    account, accounts = _numbered(row[6] for row in rows)
    deal, deals = _numbered(row[7] for row in rows)
    owner, owners = _numbered(row[8] for row in rows)
    return _Columns(_view(rows), account, deal, owner, accounts, deals, owners)


def _view(rows: Sequence[Any]) -> View:
    count = len(rows)
    source, _ = _numbered(row[2] for row in rows)
    return View(
        ids=np.fromiter((row[0] for row in rows), dtype=np.int64, count=count),
        at=np.fromiter((np.nan if row[1] is None else float(row[1]) for row in rows), dtype=np.float64, count=count),
        source=source,
        ordinal=np.fromiter((row[3] for row in rows), dtype=np.int64, count=count),
        words=np.fromiter((row[4] for row in rows), dtype=np.int64, count=count),
        terms=np.fromiter((row[5] for row in rows), dtype=np.int64, count=count),
    )


def _numbered(names: Iterable[str | None]) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Return a number for each name, from 1 in order of appearance, 0 for None, and which name has which."""
    numbers: dict[str, int] = {}
    column = [0 if name is None else numbers.setdefault(name, len(numbers) + 1) for name in names]
    return np.asarray(column, dtype=np.int64), numbers


def _granted(session: Session, columns: _Columns, grant: frozenset[str]) -> NDArray[np.bool_]:
    """Return which passages one grant shows: the rule of `Scope.passages`, over the columns."""
    alone = Scope((grant,))
    deals = _marked(columns.deals, session.scalars(select(Deal.id).where(alone.deals())))
    accounts = _marked(columns.accounts, session.scalars(select(Account.id).where(alone.accounts())))
    owners = _marked(columns.owners, grant)
    of_account = (columns.deal == 0) & accounts[columns.account]
    return np.asarray(owners[columns.owner] | deals[columns.deal] | of_account, dtype=bool)


def _marked(numbers: dict[str, int], names: Iterable[str]) -> NDArray[np.bool_]:
    marks = np.zeros(len(numbers) + 1, dtype=bool)
    for name in names:
        number = numbers.get(name)
        if number is not None:
            marks[number] = True
    return marks
