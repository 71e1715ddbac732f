"""Judging and ranking signals, many at a time: facts by SQL, the rule from `sales.triage`, one statement to write them back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from agents.signals.surroundings import Around, Surroundings
from infra.settings import Settings
from infra.spine.base import Base
from infra.spine.database import Database
from infra.spine.models import Signal
from sales.freshness import Curve, expires_at, freshness, late_at, rank
from sales.icp import Fit, Icp
from sales.signals import Kind
from sales.triage import triage

BATCH = 2_000
_OF_CHAMPIONS = 0.15
"""What it takes off a mover's strength that they were no champion or decider of ours."""


def judge(
    database: Database, settings: Settings, icp: Icp, now: datetime, curves: dict[Kind, Curve], ids: Sequence[str]
) -> Counter[str]:
    """Judge and rank these signals, as far as nobody has yet; return how many came to each state."""
    counts: Counter[str] = Counter()
    for start in range(0, len(ids), BATCH):
        with database.transaction() as session:
            surroundings = Surroundings(session, settings, icp, now)
            rows = [
                _judged(one, icp, now, curves)
                for one in surroundings.around(ids[start : start + BATCH])
                if one.row.state == "new"
            ]
            _write(session, rows)
        counts.update(row["new_state"] for row in rows)
    return counts


def waiting(session: Session) -> list[str]:
    """Return the ids of signals that nobody has judged yet, the oldest first."""
    return list(session.scalars(select(Signal.id).where(Signal.state == "new").order_by(Signal.received_at, Signal.id)))


def _judged(around: Around, icp: Icp, now: datetime, curves: dict[Kind, Curve]) -> dict[str, Any]:
    row, facts = around.row, around.facts
    curve = curves[facts.kind]
    fit = icp.fit(facts.company) if not icp.empty else Fit(None)
    verdict = triage(facts, icp, fit, now)
    strength = _strength(row)
    fresh = freshness(curve, now, row.occurred_at, around.ends_at)
    ends = expires_at(curve, row.occurred_at, row.received_at, around.hours, around.ends_at)
    expired = ends <= now
    return {
        "the_id": row.id,
        "new_state": "expired" if expired else verdict.state,
        "new_owner": facts.owner_id,
        "new_strength": strength,
        "new_fit": fit.score,
        "new_rank": rank(strength, fresh, fit.score),
        "new_expires": ends,
        "new_late": late_at(curve, row.occurred_at, around.ends_at),
        "new_reasons": [*_known_reasons(row), *fit.reasons],
        "new_judgement": {
            "decision": verdict.state,
            "reason": verdict.reason,
            "missing": list(verdict.missing),
            "risks": list(verdict.risks),
            "hard": verdict.hard,
            "fit_reasons": list(fit.reasons),
            "open_deal": facts.open_deal,
            "at": now.isoformat(),
        },
        "new_revisit": verdict.revisit_at,
    }


def _strength(row: Any) -> float:
    if "moved_contact" in row.custom and not _stood_for_us(row.custom.get("was")):
        return max(0.0, float(row.strength) - _OF_CHAMPIONS)
    return float(row.strength)


def _stood_for_us(role: str | None) -> bool:
    return any(word in (role or "").lower() for word in ("champion", "decision", "economic", "sponsor"))


def _known_reasons(row: Any) -> list[str]:
    if "moved_contact" not in row.custom:
        return []
    role = row.custom.get("was")
    return [f"they were your {role} before" if role else "you know them from before"]


_COLUMNS = {
    "state": "new_state",
    "owner_id": "new_owner",
    "strength": "new_strength",
    "fit": "new_fit",
    "rank": "new_rank",
    "expires_at": "new_expires",
    "late_at": "new_late",
    "reasons": "new_reasons",
    "judgement": "new_judgement",
    "revisit_at": "new_revisit",
}


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    table = Base.metadata.tables["signals"]
    values = {name: bindparam(value, type_=table.c[name].type) for name, value in _COLUMNS.items()}
    session.execute(update(table).where(table.c.id == bindparam("the_id"), table.c.state == "new").values(values), rows)
