"""What a change of stage asks for: the fields that the new stage needs, and the end of the old one as far as the buyer has not shown it. Nothing is blocked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from agents.metrics.metric import Window
from agents.workflow.exits import Known, criteria, known_of
from agents.workflow.fields import COLUMNS
from agents.workflow.ground import open_deals
from agents.workflow.next_steps import Ask
from agents.workflow.record import Criterion, StageAsk
from infra.spine.business import Deal, DealChange
from infra.spine.scope import Scope
from sales.workflow.rules import StageRule
from sales.workflow.wording import in_a_row

_MOST = 500
"""So many changes are looked at, the newest."""


def stage_asks(session: Session, ask: Ask, scope: Scope, window: Window) -> list[StageAsk]:
    """Return what the newest change of stage of each open deal asks for, of changes in the window, the newest first."""
    rows = session.execute(_changes(ask, scope, window)).all()
    if not rows:
        return []
    people = any("two_contacts" in stage.met_by for stage in ask.rules.stages)
    span = replace(ask.span, deals=[row.deal_id for row in rows[:_MOST]])
    known = known_of(session, span, ask.frameworks, ask.links, people=people)
    return [_asked(ask, row, known.get(row.deal_id) or Known()) for row in rows[:_MOST]]


def _changes(ask: Ask, scope: Scope, window: Window) -> Any:
    deals, newest, before = open_deals(ask.span), aliased(DealChange), aliased(DealChange)
    last = (
        select(func.max(newest.at))
        .where(newest.deal_id == DealChange.deal_id, newest.field == "stage", newest.at < window.end)
        .correlate(DealChange)
        .scalar_subquery()
    )
    entered = (
        select(func.max(before.at))
        .where(before.deal_id == DealChange.deal_id, before.field == "stage", before.at < DealChange.at)
        .correlate(DealChange)
        .scalar_subquery()
    )
    return (
        select(
            deals.c.deal_id, Deal.name, Deal.owner_id, DealChange.id, DealChange.old, DealChange.new, DealChange.at,
            func.coalesce(entered, Deal.created_at).label("since"), *(column.label(name) for name, column in COLUMNS.items()),
        )
        .join(Deal, Deal.id == deals.c.deal_id)
        .join(DealChange, DealChange.deal_id == deals.c.deal_id)
        .where(DealChange.field == "stage", DealChange.at >= window.begin, DealChange.at < window.end, DealChange.at == last, scope.deals())
        .order_by(DealChange.at.desc(), DealChange.id)
    )  # fmt: skip


def _asked(ask: Ask, row: Any, known: Known) -> StageAsk:
    left, entered = ask.rules.stage_of(row.old), ask.rules.stage_of(row.new)
    needs = () if entered is None or ask.span.past else entered.needs
    forward = _forward(ask, left, entered)
    found = criteria(left, known, row.since) if left is not None and forward else ()
    return StageAsk(
        deal_id=row.deal_id,
        deal=row.name,
        owner_id=row.owner_id,
        change_id=row.id,
        left=row.old,
        entered=row.new,
        at=row.at,
        missing=tuple(one for one in needs if getattr(row, one) in (None, "")),
        exit=left.exit if left is not None and forward else None,
        criteria=found,
        question=_question(left, found) if left is not None else None,
        unmapped=tuple(name for name, stage in ((row.old, left), (row.new, entered)) if name and stage is None),
    )


def _forward(ask: Ask, left: StageRule | None, entered: StageRule | None) -> bool:
    """Whether a stage was left for a later one: going back, or a new name for the same stage, needs no proof."""
    if left is None or entered is None:
        return False
    return ask.rules.stages.index(entered) > ask.rules.stages.index(left)


def _question(left: StageRule, found: tuple[Criterion, ...]) -> str | None:
    """Return what is asked of a change for which the buyer's part is missing: None where it is there, or where nothing could tell."""
    missing = [one.label for one in found if one.met is False]
    if not missing:
        return None
    return f'"{left.label}" ends when: {left.exit}. Nothing recorded says that {in_a_row(missing)}. Is the deal really there?'
