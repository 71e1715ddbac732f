"""Leads as a list and one by one: where each stands, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from agents.intake.state import State, lead_states
from agents.listing import PAGE, Listed
from infra.spine.models import Lead, User
from infra.spine.scope import Scope

LeadOrder = Literal["created", "name", "company", "next", "status"]
ANY = ""


@dataclass(frozen=True)
class LeadFilter:
    """What a list of leads is held to. `words` stand in the name, company or mail address; `untouched` leaves only those that nobody wrote to or called."""

    words: str = ""
    status: str = ANY
    owner: str = ANY
    untouched: bool = False


@dataclass(frozen=True)
class LeadRow:
    """A lead and where it stands. `waited` is how long its first touch took, or has taken until now where there was none."""

    id: str
    name: str
    email: str | None
    phone: str | None
    company: str | None
    account_id: str | None
    title: str | None
    lead_source: str | None
    owner: str | None
    created_at: datetime | None
    first_touch_at: datetime | None
    waited: timedelta | None
    note: str | None
    custom: dict[str, Any]
    source: str
    source_at: datetime
    state: State


def list_leads(
    session: Session,
    scope: Scope,
    now: datetime,
    zone: tzinfo,
    held: LeadFilter,
    order: LeadOrder = "created",
    *,
    down: bool = True,
    page: int = 1,
) -> Listed[LeadRow]:
    """Return one page of the leads that may be seen. What has no value in the ordered column comes last either way."""
    where = [scope.leads(), *_held(held)]
    columns: dict[LeadOrder, ColumnElement[Any]] = {
        "created": Lead.created_at.expression,
        "name": func.lower(Lead.name),
        "company": func.lower(Lead.company),
        "next": Lead.next_action_at.expression,
        "status": Lead.status.expression,
    }
    column = columns[order]
    rows = session.execute(
        select(Lead, User.name)
        .outerjoin(User, User.id == Lead.owner_id)
        .where(*where)
        .order_by(column.is_(None), column.desc() if down else column.asc(), func.lower(Lead.name), Lead.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    ).all()
    states = lead_states(session, scope, [lead.id for lead, _ in rows], now, zone)
    total = session.scalar(select(func.count()).select_from(Lead).where(*where)) or 0
    return Listed(tuple(_row(lead, owner, states[lead.id], now) for lead, owner in rows), total)


def read_lead(session: Session, scope: Scope, lead_id: str, now: datetime, zone: tzinfo) -> LeadRow | None:
    """Return a lead and where it stands, or None where it is outside the scope."""
    found = session.execute(
        select(Lead, User.name).outerjoin(User, User.id == Lead.owner_id).where(scope.leads(), Lead.id == lead_id)
    ).one_or_none()
    if found is None:
        return None
    lead, owner = found
    return _row(lead, owner, lead_states(session, scope, [lead_id], now, zone)[lead_id], now)


def owners_and_statuses(session: Session, scope: Scope) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the owners (id and name) and the statuses that the leads in the scope have, to filter by."""
    owners = session.execute(
        select(User.id, User.name)
        .join(Lead, Lead.owner_id == User.id)
        .where(scope.leads())
        .distinct()
        .order_by(User.name)
    ).all()
    statuses = session.scalars(
        select(Lead.status).where(scope.leads(), Lead.status.is_not(None)).distinct().order_by(Lead.status)
    )
    return [(row.id, row.name) for row in owners], [status for status in statuses if status]


def _held(held: LeadFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if words := held.words.strip().lower():
        where.append(
            or_(*(func.lower(one).contains(words, autoescape=True) for one in (Lead.name, Lead.company, Lead.email)))
        )
    if held.status:
        where.append(Lead.status == held.status)
    if held.owner:
        where.append(Lead.owner_id == held.owner)
    if held.untouched:
        where.append(Lead.first_touch_at.is_(None))
    return where


def _row(lead: Lead, owner: str | None, state: State, now: datetime) -> LeadRow:
    waited = None
    if lead.created_at is not None and lead.created_at <= now:
        waited = max(timedelta(0), (lead.first_touch_at or now) - lead.created_at)
    return LeadRow(
        lead.id,
        lead.name,
        lead.email,
        lead.phone,
        lead.company,
        lead.account_id,
        lead.title,
        lead.lead_source,
        owner,
        lead.created_at,
        lead.first_touch_at,
        waited,
        lead.note,
        lead.custom,
        lead.source,
        lead.source_at,
        state,
    )
