"""The one change that a review closes with: the comparison that luck explains least, if it explains it too little; and adopting or refusing it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agents.guard.trail import note
from agents.intake.identity import stable_id
from agents.operating.comparing import Compared, comparisons
from agents.operating.record import Change
from infra.spine.scope import Scope
from infra.spine.watch import RuleChange
from sales.workflow.luck import LEAST, SURE, by_luck
from sales.workflow.rules import Rules

_RESTS = timedelta(days=90)
"""A change that was decided on is not proposed again for so long."""


def propose(session: Session, scope: Scope, as_of: datetime, rules: Rules) -> tuple[Change | None, str | None]:
    """Return the change and, where there is none, why. The chance by luck counts for all comparisons that were looked at together (Bonferroni)."""
    all_of_them = comparisons(session, scope, as_of, rules)
    large = [one for one in all_of_them if one.split.enough]
    if not large:
        return None, _too_small(all_of_them)
    rested = set(
        session.scalars(select(RuleChange.id).where(RuleChange.state != "open", RuleChange.decided_at > as_of - _RESTS))
    )
    judged = sorted(
        ((by_luck(one.split) * len(large), one.value, one) for one in large if one.worth_it), key=lambda one: one[:2]
    )
    for chance, _, one in judged:
        if chance > SURE:
            break
        made = change_of(one, chance, len(large))
        if made.id not in rested:
            return made, None
    return None, f"{len(large)} {'comparison was' if len(large) == 1 else 'comparisons were'} large enough to look at; none differs by more than luck would. Nothing argues for a change yet."  # fmt: skip


def _too_small(found: list[Compared]) -> str:
    largest = max((min(one.split.with_all, one.split.without_all) for one in found), default=0)
    return f"Too little has happened to argue for a change: {LEAST} cases are needed on either side of a comparison, and the largest has {largest} on its smaller one."  # fmt: skip


def change_of(one: Compared, chance: float, tried: int, asked_by: str | None = None) -> Change:
    """Return the change that a comparison argues for. `chance` is that of luck alone, over all `tried` comparisons together: a sum, which may be more than 1."""
    split = one.split
    shares = (f"{split.with_good} of {split.with_all}", f"{split.without_good} of {split.without_all}")
    return Change(
        id=stable_id("chg", one.kind, one.value), kind=one.kind, sentence=one.sentence, argument=one.argument.format(*shares), with_won=split.with_good,
        with_all=split.with_all, without_won=split.without_good, without_all=split.without_all, p=round(min(1.0, chance), 4), tried=tried,
        adopts=one.adopts, value=one.value, asked_by=asked_by,
    )  # fmt: skip


def asked_for(session: Session) -> tuple[Change, ...]:
    """Return the open changes that people asked for from records of the review, the oldest first."""
    rows = session.scalars(
        select(RuleChange)
        .where(RuleChange.state == "open", RuleChange.figures["asked_by"].as_string().is_not(None))
        .order_by(RuleChange.proposed_at, RuleChange.id)
    )
    return tuple(Change.model_validate(row.figures) for row in rows)


def rests(session: Session, change_id: str, now: datetime) -> str | None:
    """Return how a change was decided on lately, None where it was not: it is not put forward again for a while."""
    row = session.get(RuleChange, change_id)
    if row is None or row.state == "open" or row.decided_at is None or row.decided_at <= now - _RESTS:
        return None
    return row.state


def keep(session: Session, change: Change, now: datetime) -> None:
    """Keep a proposed change with its figures, so that it can be decided on. One that was decided long ago is open again."""
    row = session.get(RuleChange, change.id)
    figures: dict[str, Any] = change.model_dump(mode="json")
    if row is None:
        session.add(
            RuleChange(id=change.id, kind=change.kind, sentence=change.sentence, figures=figures, state="open", proposed_at=now)
        )  # fmt: skip
    elif row.state != "open":
        row.state, row.figures, row.proposed_at, row.decided_at, row.decided_by = "open", figures, now, None, None
    else:
        row.figures = figures


def close(session: Session, change_id: str, state: str, *, by: str | None, surface: str, now: datetime) -> bool:
    """Decide on an open change; False where somebody did already."""
    done: Any = session.execute(
        update(RuleChange)
        .where(RuleChange.id == change_id, RuleChange.state == "open")
        .values(state=state, decided_at=now, decided_by=by or "api")
    )
    if not done.rowcount:
        return False
    note(session, now, f"operating.{state}", by=by, surface=surface, subject=change_id)
    return True
