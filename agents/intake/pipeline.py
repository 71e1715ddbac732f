"""Deals and their history seen as a whole: when a stage was entered, when a deal was closed, and the order of a pipeline's stages."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from agents.crm.stages import defined_stages, of_pipeline
from agents.intake.batch import table_of
from agents.intake.deals import COMPOSED, SEEN, composed_name
from agents.intake.identity import is_made
from infra.spine.models import Account, Deal, DealChange, Stage
from sales.outcome import DealStatus
from sales.ownership import SYSTEMS
from sales.stages import order_stages

WRITTEN = "dealwright"
"""The source of a change that we made in a system of record."""

_UNSYNCED = {"synchronize_session": False}


def settle_deals(session: Session) -> None:
    """Bring deals and their history together: a change that a history tells is not kept twice, and its time is the better one."""
    told = aliased(DealChange)
    twice = select(told.id).where(
        told.deal_id == DealChange.deal_id,
        told.field == DealChange.field,
        told.new.is_not_distinct_from(DealChange.new),
        told.old.is_not_distinct_from(DealChange.old),
        told.source != SEEN,
        told.at <= DealChange.at,
    )
    session.execute(delete(DealChange).where(DealChange.source == SEEN, twice.exists()), execution_options=_UNSYNCED)
    ours = aliased(DealChange)
    # What Dealwright wrote itself comes back with the CRM's history: who ticked it is told by ours.
    back = select(ours.id).where(
        ours.deal_id == DealChange.deal_id,
        ours.field == DealChange.field,
        ours.new.is_not_distinct_from(DealChange.new),
        ours.old.is_not_distinct_from(DealChange.old),
        ours.source == WRITTEN,
        func.date(ours.at) == func.date(DealChange.at),
    )
    session.execute(
        delete(DealChange).where(DealChange.source.in_(SYSTEMS), back.exists()), execution_options=_UNSYNCED
    )
    entered = (
        select(func.max(DealChange.at))
        .where(DealChange.deal_id == Deal.id, DealChange.field == "stage", DealChange.new == Deal.stage)
        .scalar_subquery()
    )
    session.execute(
        update(Deal)
        .where(
            Deal.provenance["stage_entered"].as_string().is_distinct_from("told"),
            entered.is_not(None),
            Deal.stage_entered_at.is_distinct_from(entered),
        )
        .values(stage_entered_at=entered),
        execution_options=_UNSYNCED,
    )
    session.execute(
        update(Deal)
        .where(Deal.status != "open", Deal.closed_at.is_(None), entered.is_not(None))
        .values(closed_at=entered),
        execution_options=_UNSYNCED,
    )


def name_the_nameless(session: Session) -> None:
    """Call deals without a name of their own by what their account and product are called now."""
    query = (
        select(Deal.id, Deal.name, Deal.product, Account.name)
        .outerjoin(Account, Account.id == Deal.account_id)
        .where(Deal.provenance["name"].as_string() == COMPOSED)
    )
    rows = [
        {"the_id": identity, "value": name}
        for identity, before, product, account in session.execute(query)
        if (name := composed_name(account, product, _told(identity)) or before) != before
    ]
    if rows:
        table = table_of(Deal)
        session.execute(update(table).where(table.c.id == bindparam("the_id")).values(name=bindparam("value")), rows)


def _told(identity: str) -> str | None:
    """Return the id that a file told of a deal; None for one of our own making."""
    return None if is_made(identity) else identity


def order_pipelines(session: Session) -> None:
    """Write the stages of every pipeline in their order, those that the CRM defines for it among them. A deal without a pipeline is in the one that is called ""."""
    pipeline: ColumnElement[str] = func.coalesce(Deal.pipeline, "")
    statuses: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    chances: dict[str, dict[str, Decimal]] = defaultdict(dict)
    found = (
        select(pipeline, Deal.stage, Deal.status, func.count(), func.avg(Deal.probability))
        .where(Deal.stage.is_not(None))
        .group_by(pipeline, Deal.stage, Deal.status)
    )
    for name, stage, status, count, chance in session.execute(found):
        statuses[name][stage][status] += count
        if status == "open" and chance is not None:
            chances[name][stage] = Decimal(chance)
    moves: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    moved = (
        select(pipeline, DealChange.old, DealChange.new, func.count())
        .join(Deal, Deal.id == DealChange.deal_id)
        .where(DealChange.field == "stage", DealChange.new.is_not(None))
        .group_by(pipeline, DealChange.old, DealChange.new)
    )
    for name, old, new, count in session.execute(moved):
        for stage in (old, new):
            if stage is not None:
                statuses[name].setdefault(stage, defaultdict(int))
        if old is not None and new is not None:
            moves[name][old, new] = count
    defined = defined_stages(session)
    told = {name: of_pipeline(defined, name) for name in statuses}
    for name, stages in statuses.items():
        # One list for all pipelines does not say which of them has a stage that nobody stands in.
        if name in defined or len(statuses) == 1:
            for stage in told[name]:
                stages.setdefault(stage, defaultdict(int))
    wanted = [
        {"pipeline": name, "name": placed.name, "position": placed.position, "status": placed.status}
        for name, stages in sorted(statuses.items())
        for placed in order_stages(
            sorted(stages),
            moves=moves[name],
            probabilities=chances[name],
            statuses={stage: _status(counts) for stage, counts in stages.items()},
            defined=told[name],
        )
    ]
    _write_stages(session, wanted)


def _status(counts: dict[str, int]) -> DealStatus:
    """A stage is closed when every deal in it is, in one way."""
    if len(counts) == 1:
        for status in ("won", "lost"):
            if status in counts:
                return status
    return "open"


def _write_stages(session: Session, wanted: list[dict[str, Any]]) -> None:
    table = table_of(Stage)
    stored = [dict(row) for row in session.execute(select(table)).mappings()]
    if sorted(map(repr, stored)) != sorted(map(repr, wanted)):
        session.execute(delete(table))
        if wanted:
            session.execute(insert(table), wanted)
