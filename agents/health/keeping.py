"""Keeping how deals stand: the record of now, and a mark whenever score, band or reasons change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from agents.health.ground import chunks
from agents.health.hearing import VERSION as HEARD
from agents.health.record import Health
from infra.spine.base import JsonText
from infra.spine.models import Activity, Contact, Deal, DealChange, DealHealth, HealthMark, Heard
from infra.spine.scope import Scope
from infra.spine.spoken import is_open
from sales.health.judging import VERSION as JUDGED

VERSION = f"{JUDGED}.{HEARD}"
"""By which rules a health was made."""


@dataclass(frozen=True)
class Mark:
    """How a deal stood from `at` on; `reasons` are their kinds, those that speak for it among them."""

    deal_id: str
    at: datetime
    score: int | None
    band: str
    likelihood: Decimal | None
    reasons: frozenset[str]


def marks_before(session: Session, scope: Scope, at: datetime, ids: Collection[str] | None = None) -> dict[str, Mark]:
    """Return the mark in force at a moment of each deal of the scope that has one."""
    last = (
        select(HealthMark.deal_id, func.max(HealthMark.at).label("at"))
        .where(HealthMark.at <= at, *([HealthMark.deal_id.in_(ids)] if ids is not None else []))
        .group_by(HealthMark.deal_id)
        .subquery("last_mark")
    )
    rows = session.scalars(
        select(HealthMark)
        .join(last, (last.c.deal_id == HealthMark.deal_id) & (last.c.at == HealthMark.at))
        .join(Deal, Deal.id == HealthMark.deal_id)
        .where(scope.deals())
    )
    return {
        row.deal_id: Mark(row.deal_id, row.at, row.score, row.band, row.likelihood, frozenset(row.reasons))
        for row in rows
    }


def stale_deals(session: Session, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return the open deals whose health is missing, of other rules or of an earlier day, or to whom something happened since, and those that are kept though they ended."""
    today = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    kept = DealHealth
    old = or_(kept.deal_id.is_(None), kept.made_from != VERSION, kept.made_at < today, Deal.source_at > kept.made_at)
    ids = set(session.scalars(select(Deal.id).outerjoin(kept, kept.deal_id == Deal.id).where(is_open(Deal), old)))
    since = session.scalar(select(func.min(kept.made_at)).where(kept.made_at >= today))
    if since is not None:
        happened = (
            select(Activity.deal_id, Activity.account_id, Activity.source_at.label("at")).where(Activity.source_at > since),
            select(Activity.deal_id, Activity.account_id, Heard.made_at.label("at"))
            .join(Activity, Activity.id == Heard.activity_id)
            .where(Heard.made_at > since),
            select(DealChange.deal_id, Deal.account_id, DealChange.at)
            .join(Deal, Deal.id == DealChange.deal_id)
            .where(DealChange.at > since),
            select(Deal.id, Contact.account_id, Contact.source_at.label("at"))
            .join(Deal, Deal.account_id == Contact.account_id)
            .where(Contact.source_at > since),
        )  # fmt: skip
        deals: dict[str, datetime] = {}
        accounts: dict[str, datetime] = {}
        for statement in happened:
            for deal_id, account_id, at in session.execute(statement):
                for found, key in ((deals, deal_id), (accounts, account_id)):
                    if key is not None and (key not in found or found[key] < at):
                        found[key] = at
        if deals or accounts:
            for deal_id, account_id, made_at in session.execute(
                select(kept.deal_id, Deal.account_id, kept.made_at).join(Deal, Deal.id == kept.deal_id)
            ):
                last = max(deals.get(deal_id, made_at), accounts.get(account_id or "", made_at))
                if last > made_at:
                    ids.add(deal_id)
    ids |= set(session.scalars(select(kept.deal_id).join(Deal, Deal.id == kept.deal_id).where(~is_open(Deal))))
    return sorted(ids)


def keep(session: Session, healths: Sequence[Health], asked: Collection[str], now: datetime) -> int:
    """Keep healths, and forget those of `asked` deals that are open no more. Returns how many stand otherwise than they were kept. Call it in a transaction."""
    ids = [one.deal_id for one in healths]
    kept = {
        row.deal_id: row
        for part in chunks(ids)
        for row in session.execute(
            select(
                DealHealth.deal_id, DealHealth.score, DealHealth.band, DealHealth.likelihood, DealHealth.record
            ).where(DealHealth.deal_id.in_(part))
        )
    }
    ended = select(Deal.id).where(~is_open(Deal))
    for part in chunks(sorted(asked)):
        session.execute(
            delete(DealHealth)
            .where(DealHealth.deal_id.in_(part), DealHealth.deal_id.in_(ended))
            .execution_options(synchronize_session=False)
        )
    if not healths:
        return 0
    changed = [one for one in healths if _differs(one, kept.get(one.deal_id))]
    for part in chunks(ids):
        session.execute(delete(DealHealth).where(DealHealth.deal_id.in_(part)))
    session.execute(
        insert(DealHealth),
        [
            {
                "deal_id": one.deal_id, "score": one.score, "band": one.band, "likelihood": one.likelihood, "expected_close": one.expected_close,
                "record": JsonText(one.model_dump_json()), "made_from": VERSION, "made_at": now,
            }
            for one in healths
        ],
    )  # fmt: skip
    if changed:
        # Two looks in one moment leave one mark: the later.
        for part in chunks([one.deal_id for one in changed]):
            session.execute(
                delete(HealthMark)
                .where(HealthMark.deal_id.in_(part), HealthMark.at == now)
                .execution_options(synchronize_session=False)
            )
        session.execute(
            insert(HealthMark),
            [
                {
                    "deal_id": one.deal_id, "at": now, "score": one.score, "band": one.band, "likelihood": one.likelihood,
                    "reasons": [reason.kind for reason in one.reasons],
                }
                for one in changed
            ],
        )  # fmt: skip
    return len(changed)


def _differs(one: Health, kept: object) -> bool:
    if kept is None:
        return True
    before = {reason["kind"] for reason in kept.record["reasons"]}  # type: ignore[attr-defined]
    return (
        one.score != kept.score  # type: ignore[attr-defined]
        or one.band != kept.band  # type: ignore[attr-defined]
        or {reason.kind for reason in one.reasons} != before
    )
