"""Triggers of the CRM's own fields: a next step whose day has come, and a stage that was entered without what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, func, or_, select
from sqlalchemy.orm import Session, aliased

from agents.workflow.found import Started
from agents.workflow.ground import Span
from infra.spine.business import Deal, DealChange
from sales.workflow.rules import FIELDS, Rules

COLUMNS: dict[str, Any] = {
    "amount": Deal.amount,
    "close_date": Deal.close_date,
    "next_step": Deal.next_step,
    "next_step_date": Deal.next_step_date,
    "competitor": Deal.competitor,
    "product": Deal.product,
    "contact": Deal.contact_id,
}
"""The columns of the fields that a stage may need."""
TEXTS = frozenset({"next_step", "competitor", "product"})


def next_steps_due(session: Session, span: Span, deals: CTE, zone: ZoneInfo) -> Iterator[Started]:
    """Return the next steps whose day has come since the span began. Nothing for a past moment: what stood there then is not recorded."""
    if span.past:
        return
    first, today = span.since.astimezone(zone).date(), span.as_of.astimezone(zone).date()
    rows = session.execute(
        select(deals.c.deal_id, deals.c.owner_id, deals.c.stage, deals.c.next_step_date, Deal.next_step)
        .join(Deal, Deal.id == deals.c.deal_id)
        .where(deals.c.next_step_date >= first, deals.c.next_step_date <= today)
    )
    for deal_id, owner, stage, day, step in rows:
        begins = datetime.combine(day, time(), zone)
        yield Started(
            "next_step_due", deal_id, owner, stage, f"next_step:{day.isoformat()}", begins, None, step, detail={"step": step}
        )  # fmt: skip


def stages_entered(session: Session, span: Span, deals: CTE, rules: Rules) -> Iterator[Started]:
    """Return the changes of stage since the span began of deals that lack what the stage they are in needs. Nothing for a past moment."""
    if span.past:
        return
    names = session.scalars(select(deals.c.stage).distinct().where(deals.c.stage.is_not(None))).all()
    later = aliased(DealChange)
    newest = (
        select(func.max(later.at))
        .where(later.deal_id == DealChange.deal_id, later.field == "stage", later.at <= span.as_of)
        .correlate(DealChange)
        .scalar_subquery()
    )
    rows = session.execute(
        select(deals.c.deal_id, deals.c.owner_id, deals.c.stage, DealChange.id, DealChange.at, DealChange.old, *COLUMNS.values())
        .join(DealChange, DealChange.deal_id == deals.c.deal_id)
        .join(Deal, Deal.id == deals.c.deal_id)
        .where(
            DealChange.field == "stage",
            DealChange.at >= span.since,
            DealChange.at <= span.as_of,
            DealChange.at == newest,
            deals.c.stage.in_([name for name in names if _needs(rules, name)]),
            or_(*(missing(name) for name in COLUMNS)),
        )
    )  # fmt: skip
    for deal_id, owner, stage, change, at, left, *values in rows:
        told = dict(zip(COLUMNS, values, strict=True))
        lacking = [name for name in _needs(rules, stage) if told[name] in (None, "")]
        if lacking:
            yield Started("stage_changed", deal_id, owner, stage, change, at, detail={"missing": lacking, "left": left})


def missing(name: str) -> Any:
    """Return the condition that a deal's field is empty."""
    column = COLUMNS[name]
    return or_(column.is_(None), column == "") if name in TEXTS else column.is_(None)


def named(fields: list[str]) -> str:
    """Return how fields are called, in a row."""
    words = [FIELDS[one] for one in fields]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _needs(rules: Rules, stage: str | None) -> tuple[str, ...]:
    found = rules.stage_of(stage)
    return found.needs if found is not None else ()
