"""Likelihoods of open deals, as one service: what was learned is kept by the day and by the data, in memory and beside the spine."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from agents.likelihood.fitting import learn
from agents.likelihood.model import Learned
from agents.likelihood.record import Likelihood, LikelihoodReport, Method
from agents.likelihood.snapshots import Accounts, Snapshots, joined, snapshots_at
from infra.settings import Settings
from infra.spine.base import Instant
from infra.spine.business import Account, Deal, DealChange
from infra.spine.database import Database
from infra.spine.desk import ImportRun
from infra.spine.marks import marks_of
from infra.spine.scope import EVERYTHING, Scope
from sales.clock import Clock
from sales.likelihood import Ages
from sales.patterns import wilson_of

_KEPT = 8
_PART = 2_000
"""Named deals that one statement asks for."""
_FORM = 5
"""The form in which what was learned is kept: raise it when learning or keeping changes, so that nothing old is read."""

_SHARE = Decimal("0.0001")
_ACCOUNTS = select(func.count()).select_from(Account)
_RUNS = select(func.count()).select_from(ImportRun)


class Likelihoods:
    """Tells how likely deals are to be won. It learns from all of the company's decided deals and shows a likelihood only for those inside a scope.

    Safe to use from several threads; of two that ask at once, one learns.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._kept: OrderedDict[str, Learned] = OrderedDict()
        self._counted: tuple[tuple[tuple[int, ...], datetime], tuple[Any, ...]] | None = None
        self._lock = threading.Lock()

    def fitted(self, session: Session, as_of: datetime) -> Learned:
        """Return what was learned from the deals decided before the day of `as_of`. Kept for the day, and for as long as the data is the same."""
        limit = self._limit(as_of)
        key = self._key(session, limit)
        with self._lock:
            known = self._kept.get(key) or self._read(key)
            if known is None:
                known = learn(session, limit, self._settings)
                self._write(key, known)
            self._kept[key] = known
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return known

    def of(self, session: Session, which: Scope | Sequence[str], as_of: datetime) -> dict[str, Likelihood]:
        """Return the likelihood of each deal that was open at `as_of`: of a scope, or of those ids. One without a date of creation gets the plain win rate."""
        learned = self.fitted(session, as_of)
        rows, others = self._open(session, which, as_of)
        made = {one: self._plain(learned) for one in others}
        if not len(rows):
            return made
        ages = learned.ages.ages()
        days: dict[int, date | None] = {}
        for identity, age, share in zip(rows.ids, rows.ages.tolist(), learned.shares(rows).tolist(), strict=True):
            whole = int(age)
            if whole not in days:
                days[whole] = self._expected(ages, whole, as_of)
            made[identity] = self._told(learned, share, days[whole])
        return made

    def shares(self, session: Session, scope: Scope, at: datetime, as_of: datetime) -> dict[str, Decimal | None]:
        """Return the likelihood of every deal open at a moment by what had been learned as of another, as bare shares."""
        learned = self.fitted(session, as_of)
        rows, others = self._open(session, scope, at)
        plain = self._plain(learned).p
        made: dict[str, Decimal | None] = dict.fromkeys(others, plain)
        if learned.how != "none" and len(rows):
            made |= dict(zip(rows.ids, map(_share, learned.shares(rows).tolist()), strict=True))
        return made

    def described(self, session: Session, as_of: datetime) -> str:
        """Return method and sample in words."""
        return described(self.fitted(session, as_of))

    def report(self, session: Session, as_of: datetime, quarters: int = 3) -> LikelihoodReport:
        """Return what the likelihoods rest on, tried on the last `quarters` fiscal quarters. Learns once for each of them."""
        from agents.likelihood.trials import calibration_of, trials_of

        learned = self.fitted(session, as_of)
        trials, foretold = trials_of(self, session, self._settings, as_of, quarters)
        return LikelihoodReport(
            as_of=as_of,
            method=method_of(learned),
            how=learned.how,
            why=learned.why,
            won=learned.won,
            lost=learned.lost,
            left_out=learned.left_out,
            features=learned.shape.labels() if learned.shape is not None else (),
            trials=tuple(trials),
            calibration=tuple(calibration_of(foretold)),
        )

    def _limit(self, as_of: datetime) -> datetime:
        day = as_of.astimezone(self._settings.zone).date()
        return datetime.combine(day, time.min, tzinfo=self._settings.zone).astimezone(UTC)

    def _open(self, session: Session, which: Scope | Sequence[str], as_of: datetime) -> tuple[Snapshots, list[str]]:
        if isinstance(which, Scope):
            return self._some(session, which, as_of, None)
        parts: list[Snapshots] = []
        others: list[str] = []
        for begin in range(0, max(len(which), 1), _PART):
            rows, undated = self._some(session, EVERYTHING, as_of, which[begin : begin + _PART])
            parts.append(rows)
            others += undated
        return joined(parts), others

    def _some(
        self, session: Session, scope: Scope, as_of: datetime, ids: Sequence[str] | None
    ) -> tuple[Snapshots, list[str]]:
        rows = snapshots_at(session, scope, as_of, Accounts(session, ids), now=self._clock.now(), ids=ids)
        told = {"as_of": as_of} | ({"ids": list(ids)} if ids is not None else {})
        undated = session.connection().scalars(_undated(Scope(scope.grants), ids is not None), told)
        known = set(rows.ids)
        return rows, [one for one in undated if one not in known]

    def _expected(self, ages: Ages, age: int, as_of: datetime) -> date | None:
        won_at = ages.median(age)
        if won_at is None:
            return None
        today = as_of.astimezone(self._settings.zone).date()
        return today + timedelta(days=max(won_at - age, 1))

    def _plain(self, learned: Learned) -> Likelihood:
        if learned.how == "none":
            return Likelihood(
                p=None, low=None, high=None, method="none", sample=0, expected_close=None, of=described(learned)
            )
        share, decided = learned.overall, learned.won + learned.lost
        low, high = wilson_of(share, float(decided))
        return Likelihood(
            p=_share(share), low=low, high=high, method="base rate", sample=decided, expected_close=None,
            of=f"win rate of {decided:,} decided deals: without a date of creation nothing more is known of it",
        )  # fmt: skip

    def _told(self, learned: Learned, share: float, expected: date | None) -> Likelihood:
        if learned.how == "none":
            return self._plain(learned)
        low, high = wilson_of(share, learned.sample_at(share))
        return Likelihood(
            p=_share(share),
            low=low,
            high=high,
            method=method_of(learned),
            sample=learned.won + learned.lost,
            expected_close=expected,
            of=described(learned),
        )

    def _key(self, session: Session, limit: datetime) -> str:
        accounts = session.scalar(_ACCOUNTS)
        runs = session.scalar(_RUNS)
        known = (
            _FORM,
            limit.isoformat(),
            self._settings.fiscal_year_start,
            *self._counts(session, limit),
            accounts,
            runs,
        )
        return hashlib.sha256(repr((self._database.url.rpartition("@")[2], *known)).encode()).hexdigest()[:24]

    def _counts(self, session: Session, limit: datetime) -> tuple[Any, ...]:
        """Return how many deals and changes there are, as far as they are known at the limit; counted anew only where one was written."""
        marks = marks_of(session, "deals", "deal_changes")
        known = self._counted
        if marks is not None and known is not None and known[0] == (marks, limit):
            return known[1]
        before = Deal.closed_at < limit
        counts = session.execute(
            select(
                func.count(),
                func.count().filter(Deal.status == "won", before),
                func.count().filter(Deal.status == "lost", before),
                func.max(Deal.closed_at).filter(before),
                func.count(Deal.created_at),
            ).select_from(Deal)
        ).one()
        changes = session.scalar(select(func.count()).select_from(DealChange).where(DealChange.at < limit))
        made = (*(str(one) for one in counts), changes)
        if marks is not None:
            self._counted = ((marks, limit), made)
        return made

    def _file(self, key: str) -> Path:
        return self._settings.home / "likelihood" / f"{key}.json"

    def _read(self, key: str) -> Learned | None:
        try:
            return Learned.model_validate_json(self._file(key).read_text("utf-8"))
        except (OSError, ValidationError):
            return None

    def _write(self, key: str, learned: Learned) -> None:
        """Keep it for other processes. Where nothing can be written it is learned again, and nothing is lost but time."""
        path = self._file(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_text(learned.model_dump_json(), "utf-8")
            part.replace(path)
            for old in sorted(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            return


@lru_cache(maxsize=256)
def _undated(scope: Scope, some: bool) -> Select[str]:
    """Return the statement for the open deals of a scope without a date of creation."""
    is_open = (Deal.status == "open") | (Deal.closed_at > bindparam("as_of", type_=Instant()))
    named = [Deal.id.in_(bindparam("ids", expanding=True))] if some else []
    return select(Deal.id).where(scope.deals(), Deal.created_at.is_(None), is_open, *named)


def _share(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_SHARE, rounding=ROUND_HALF_UP)


def method_of(learned: Learned) -> Method:
    """Return the method's name as it is told."""
    if learned.how == "none":
        return "none"
    return "model" if learned.how == "logistic regression" else "base rate"


def described(learned: Learned) -> str:
    """Return method and sample in words."""
    decided = learned.won + learned.lost
    if learned.how == "none":
        return "nothing to go by: no deal has been decided yet"
    if learned.how == "logistic regression":
        return f"model fitted on {decided:,} decided deals"
    return f"{learned.how}, {decided:,} decided deals"
