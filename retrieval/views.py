"""Which passages a search may look at, computed in SQL before anything is searched."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, extract, func, select, true
from sqlalchemy.orm import Session

from infra.spine.models import Passage
from infra.spine.scope import Scope

_KEPT = 16


@dataclass(frozen=True)
class View:
    """The passages that one search may use, as columns sorted by passage id.

    `at` is in seconds since 1970, NaN where a source has no date; `source` numbers the sources (calls, mails, …) within this view; `ordinal` is the
    passage's place in its source; `words` its length.
    """

    ids: NDArray[np.int64]
    at: NDArray[np.float64]
    source: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    words: NDArray[np.int64]

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
        return View(self.ids[rows], self.at[rows], self.source[rows], self.ordinal[rows], self.words[rows])

    def rows_of(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row numbers of those `ids` that are in the view."""
        if len(self.ids) == 0 or len(ids) == 0:
            return np.zeros(0, dtype=np.int64)
        places = np.searchsorted(self.ids, ids)
        places[places == len(self.ids)] = 0
        return np.asarray(places[self.ids[places] == ids], dtype=np.int64)


class Views:
    """Makes views, and keeps those of whole scopes until the index changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, View] = OrderedDict()
        self._lock = Lock()

    def of_scope(self, session: Session, scope: Scope, generation: int, fingerprint: str) -> View:
        """Return all passages inside `scope`."""
        # What a scope shows also depends on who owns what, which can change without the index doing so: the sums below notice it.
        key = (scope.key(), generation, fingerprint, _ownership(session, scope))
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        view = load_view(session, scope, fingerprint, true())
        with self._lock:
            self._kept[key] = view
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return view

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
        conditions: list[ColumnElement[bool]] = []
        if accounts:
            conditions.append(Passage.account_id.in_(accounts))
        if deals:
            conditions.append(Passage.deal_id.in_(deals))
        if activity is not None:
            conditions.append(Passage.activity_id == activity)
        return load_view(session, scope, fingerprint, and_(true(), *conditions))


def load_view(session: Session, scope: Scope, fingerprint: str, condition: ColumnElement[bool]) -> View:
    """Read the embedded passages inside `scope` that meet `condition`."""
    source = func.coalesce(Passage.activity_id, Passage.change_id)
    rows = session.execute(
        select(Passage.id, extract("epoch", Passage.at), source, Passage.ordinal, Passage.words)
        .where(Passage.embedded_as == fingerprint, scope.passages(), condition)
        .order_by(Passage.id)
    ).all()
    numbers: dict[str, int] = {}
    count = len(rows)
    return View(
        ids=np.fromiter((row[0] for row in rows), dtype=np.int64, count=count),
        at=np.fromiter((np.nan if row[1] is None else float(row[1]) for row in rows), dtype=np.float64, count=count),
        source=np.fromiter((numbers.setdefault(row[2], len(numbers)) for row in rows), dtype=np.int64, count=count),
        ordinal=np.fromiter((row[3] for row in rows), dtype=np.int64, count=count),
        words=np.fromiter((row[4] for row in rows), dtype=np.int64, count=count),
    )


def _ownership(session: Session, scope: Scope) -> tuple[int, int]:
    from infra.spine.models import Account, Deal

    if scope.everything:
        return (0, 0)
    deals = session.scalar(select(func.count()).select_from(Deal).where(scope.deals())) or 0
    accounts = session.scalar(select(func.count()).select_from(Account).where(scope.accounts())) or 0
    return (deals, accounts)
