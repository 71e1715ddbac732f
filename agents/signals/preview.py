"""What a profile would have let through in the last weeks: every signal of that time, judged by its text as it would stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from agents.signals.feed import headline
from agents.signals.surroundings import Surroundings
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Signal
from sales.icp import Fit, Icp
from sales.signals import Kind

WEEKS = 4
_EXAMPLES = 8
_CHUNK = 2_000


@dataclass
class Preview:
    """Counts over the signals of the last weeks: `through` fit, `out` do not, `unknown` could not be told. `changes` would come to another end than by the profile in force."""

    weeks: int
    total: int = 0
    through: int = 0
    out: int = 0
    unknown: int = 0
    changes: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    let_through: list[dict[str, Any]] = field(default_factory=list)
    kept_out: list[dict[str, Any]] = field(default_factory=list)

    def public(self) -> dict[str, Any]:
        """Return the JSON for programs."""
        return {**self.__dict__, "by_kind": dict(self.by_kind), "missing": dict(self.missing.most_common())}


def preview(
    database: Database, settings: Settings, icp: Icp, in_force: Icp, now: datetime, weeks: int = WEEKS
) -> Preview:
    """Return what `icp` would have made of the signals that came in the last `weeks`, beside the profile in force."""
    done = Preview(weeks)
    with database.session() as session:
        since = now - timedelta(weeks=weeks)
        ids = list(
            session.scalars(
                select(Signal.id).where(Signal.received_at > since).order_by(Signal.received_at.desc(), Signal.id)
            )
        )
        surroundings = Surroundings(session, settings, icp, now)
        for start in range(0, len(ids), _CHUNK):
            for one in surroundings.around(ids[start : start + _CHUNK]):
                company = one.facts.company
                told = {
                    "id": one.row.id,
                    "headline": headline(Kind(one.row.kind), company.name or company.domain, None, one.row.title),
                }
                _count(done, told, str(one.row.kind), icp, icp.fit(company), _ending(in_force, in_force.fit(company)))
    return done


def _ending(icp: Icp, fit: Fit) -> str:
    if fit.excluded:
        return "out"
    if icp.empty or fit.score is None:
        return "unknown"
    return "through" if fit.score >= icp.least_fit else "out"


def _count(done: Preview, told: dict[str, Any], kind: str, icp: Icp, fit: Fit, before: str) -> None:
    ending = _ending(icp, fit)
    done.total += 1
    done.missing.update(fit.missing)
    done.changes += ending != before
    told |= {
        "fit": None if fit.score is None else round(fit.score, 3),
        "reasons": list(fit.reasons),
        "missing": list(fit.missing),
    }
    if ending == "out":
        done.out += 1
        examples = done.kept_out
    else:
        done.by_kind[kind] += 1
        done.through += ending == "through"
        done.unknown += ending == "unknown"
        examples = done.let_through
    if len(examples) < _EXAMPLES:
        examples.append(told)
