"""What a profile would have let through in the last weeks: every signal of that time, judged by its text as it would stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from agents.signals.feed import headline
from agents.signals.rulebook import RuleBook
from agents.signals.sources import Sources, parse_sources
from agents.signals.surroundings import Surroundings, ends_at
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Signal
from sales.freshness import curves_with, late_at
from sales.icp import Fit, Icp
from sales.signals import MEANINGS, Kind

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


def preview_of_sources(database: Database, settings: Settings, book: RuleBook, text: str, now: datetime) -> list[str]:
    """Return in sentences what another `signals.toml` would change: the sources that are asked, and how long what waits stays worth acting on."""
    held = book.current(now)
    before, after = parse_sources(held.text) if held else Sources(), parse_sources(text)
    asked, were = {one.name: one for one in after.source}, {one.name: one for one in before.source}
    told = [f"{len(asked)} {'source' if len(asked) == 1 else 'sources'} would be asked."]
    told += [f"New: {name}." for name in asked if name not in were]
    told += [f"No longer asked: {name}." for name in were if name not in asked]
    told += [f"Changed: {name}." for name in asked if name in were and asked[name] != were[name]]
    old, new = (curves_with({**settings.signal_curves, **one.curves}) for one in (before, after))
    for kind in Kind:
        if old[kind] != new[kind]:
            told.append(f"{MEANINGS[kind].words.capitalize()}: late after {new[kind].late_h:g} h, over after {new[kind].expire_h:g} h (now {old[kind].late_h:g} h and {old[kind].expire_h:g} h).")  # fmt: skip
    if old != new:
        with database.session() as session:
            waits = select(Signal.kind, Signal.occurred_at, Signal.custom).where(
                Signal.state.in_(("judged", "review", "handed_over")), Signal.expires_at > now
            )
            rows = session.execute(waits).all()
        late = sum(late_at(new[Kind(row.kind)], row.occurred_at, ends_at(row.custom)) <= now for row in rows)
        was = sum(late_at(old[Kind(row.kind)], row.occurred_at, ends_at(row.custom)) <= now for row in rows)
        told.append(f"Of {len(rows)} that wait, {late} would be late ({was} are now).")
    return told
