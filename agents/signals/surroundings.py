"""What the spine knows around signals: their account, its owner, open deals, sequences, who is not written to. One statement for each, for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from agents.signals.matching import chunked
from infra.settings import Settings
from infra.spine.compared import person_of
from infra.spine.models import (
    Account,
    Contact,
    Deal,
    Enrichment,
    Lead,
    Signal,
    Suppression,
    Territory,
    User,
)
from infra.spine.models import Sequence as Touches
from sales.addresses import compared_address, parent_domains
from sales.icp import Company, Icp
from sales.names import fold
from sales.signals import Kind
from sales.suppression import LASTING
from sales.triage import Facts
from sales.working_hours import Hours

_PERSONS = frozenset(
    {Kind.JOB_CHANGE, Kind.CHAMPION_JOINED, Kind.CHAMPION_LEFT, Kind.NEW_PERSON, Kind.DEMO_REQUEST, Kind.MEETING_BOOKED, Kind.ENGAGEMENT, Kind.NPS_FALL, Kind.SITE_VISIT, Kind.AI_REFERRAL}
)  # fmt: skip
"""Kinds whose title is the person's, and not a posting's or a headline."""

_CUSTOMER_TYPES = ("customer", "client", "kunde", "active customer", "existing customer")
_ENOUGH_DEALS = 20
"""Deals from which on an industry without any is a new segment; with fewer nearly every one is."""

_LIVE_SEQUENCES = ("active", "paused")


@dataclass(frozen=True)
class Around:
    """One signal with what surrounds it: its row, the facts to judge by, and the rep's working hours."""

    row: Row[Any]
    facts: Facts
    ends_at: datetime | None
    hours: Hours


def ends_at(custom: dict[str, Any]) -> datetime | None:
    """Return the date ahead that a signal keeps in `custom`, if it has one."""
    told = custom.get("ends_at")
    return datetime.fromisoformat(told) if told else None


class Surroundings:
    """Gathers what surrounds the signals of one batch."""

    def __init__(self, session: Session, settings: Settings, icp: Icp, now: datetime) -> None:
        self._session = session
        self._settings = settings
        self._icp = icp
        self._now = now
        self._hours: dict[str | None, Hours] = {}
        self._sold_to: set[str] | None = None
        self._writing_to: set[str] = set()
        self._waiting: dict[str, datetime] = {}

    def around(self, ids: Sequence[str]) -> list[Around]:
        """Return the signals of these ids with what surrounds them."""
        rows = [row for some in chunked(ids) for row in self._session.execute(self._query().where(Signal.id.in_(some)))]
        self._writing_to, self._waiting = self._in_sequence(rows), self._nurtured(rows)
        barred = self._barred(rows)
        told = self._enriched(rows)
        return [
            self._one(row, barred.get(row.id), told.get(row.account_id or "") or told.get(row.domain or "") or {})
            for row in rows
        ]

    def _one(self, row: Row[Any], barred: str | None, enriched: dict[str, str]) -> Around:
        company = _company(row, enriched)
        facts = Facts(
            kind=Kind(row.kind),
            company=company,
            occurred_at=row.occurred_at,
            account_id=row.account_id,
            lead_id=row.lead_id,
            owner_id=row.owner,
            open_deal=row.open_deal,
            customer=bool(row.customer),
            barred=barred,
            in_sequence=row.id in self._writing_to,
            nurtured_until=self._waiting.get(row.id),
            new_segment=self._new_segment(company.industry),
            doubt=_doubt(row),
        )
        return Around(row, facts, ends_at(row.custom), self._hours_of(row.time_zone))

    def _query(self) -> Any:
        deal = _open_deal()
        owner = func.coalesce(
            deal.c.owner_id, Account.owner_id, Contact.owner_id, Lead.owner_id, _territory_owner(), _knower()
        )
        rep = aliased(User)
        # Who has left does not get a signal: whoever leads them does.
        working = case((rep.active, rep.id), else_=rep.manager_id)
        return (
            select(
                Signal.id,
                Signal.kind,
                Signal.state,
                Signal.account_id,
                Signal.lead_id,
                Signal.contact_id,
                Signal.domain,
                Signal.person_email,
                Signal.title,
                Signal.company,
                Signal.occurred_at,
                Signal.received_at,
                Signal.strength,
                Signal.custom,
                Account.name.label("account_name"),
                func.coalesce(Account.domain, Signal.domain).label("company_domain"),
                Account.employees,
                Account.industry,
                Account.region,
                Account.country,
                Account.tier,
                Contact.title.label("contact_title"),
                Contact.email.label("contact_email"),
                deal.c.id.label("open_deal"),
                working.label("owner"),
                rep.time_zone,
                _is_customer().label("customer"),
            )
            .outerjoin(Account, Account.id == Signal.account_id)
            .outerjoin(Contact, Contact.id == Signal.contact_id)
            .outerjoin(Lead, Lead.id == Signal.lead_id)
            .outerjoin(deal, deal.c.account_id == Signal.account_id)
            .outerjoin(rep, rep.id == owner)
        )

    def _in_sequence(self, rows: Sequence[Row[Any]]) -> set[str]:
        """Return the ids of signals whose person is being written to; or, where a signal names nobody, somebody of their company."""
        live = Touches.state.in_(_LIVE_SEQUENCES)
        people: set[str] = set()
        companies: set[str] = set()
        for column, values, found in (
            (Touches.contact_id, {row.contact_id for row in rows}, people),
            (person_of(Touches.recipient), {one for row in rows for one in _people(row)}, people),
            (Touches.account_id, {row.account_id for row in rows if _names_nobody(row)}, companies),
        ):
            for some in chunked(value for value in values if value):
                found.update(one for one in self._session.scalars(select(column).where(live, column.in_(some))) if one)
        return {
            row.id
            for row in rows
            if (row.account_id in companies if _names_nobody(row) else bool(people & {row.contact_id, *_people(row)}))
        }

    def _nurtured(self, rows: Sequence[Row[Any]]) -> dict[str, datetime]:
        """Return until when signals have to wait, because their person (or, where none is named, their account) asked for it."""
        until: dict[tuple[str, str], datetime] = {}
        waits = and_(Signal.state == "nurtured", Signal.revisit_at > self._now)
        for contact, account, moment in self._session.execute(
            select(Signal.contact_id, Signal.account_id, Signal.revisit_at).where(waits)
        ):
            who = ("contact", contact) if contact else ("account", account or "")
            if moment is not None:
                until[who] = max(moment, until.get(who, moment))
        found = {}
        for row in rows:
            who = ("contact", row.contact_id) if row.contact_id else ("account", row.account_id or "")
            if who in until:
                found[row.id] = until[who]
        return found

    def _barred(self, rows: Sequence[Row[Any]]) -> dict[str, str]:
        """Return why a signal's person or domain is not written to, by the signal's id."""
        values: dict[str, set[tuple[str, str]]] = {}
        for row in rows:
            told = values.setdefault(row.id, set())
            for address in _addresses(row):
                told |= {("person", address), ("person", compared_address(address) or address)}
                told |= {("domain", part) for part in parent_domains(address.rpartition("@")[2])}
            for domain in {row.domain, row.company_domain} - {None}:
                told |= {("domain", part) for part in parent_domains(domain)}
        reasons: dict[tuple[str, str], str] = {}
        in_force = or_(Suppression.until.is_(None), Suppression.until > self._now, Suppression.reason.in_(LASTING))
        for some in chunked(value for told in values.values() for _, value in told):
            found = select(Suppression.kind, Suppression.value, Suppression.reason).where(
                Suppression.value.in_(some), in_force
            )
            reasons.update({(kind, value): reason for kind, value, reason in self._session.execute(found)})
        held = {identity: {reasons[one] for one in told if one in reasons} for identity, told in values.items()}
        return {identity: "opt_out" if "opt_out" in why else min(why) for identity, why in held.items() if why}

    def _enriched(self, rows: Sequence[Row[Any]]) -> dict[str, dict[str, str]]:
        """Return what providers told of companies, the newest word for each field, by account id and by domain."""
        subjects = {value for row in rows for value in (row.account_id, row.domain) if value}
        told: dict[str, dict[str, str]] = {}
        for some in chunked(subjects):
            found = (
                select(Enrichment.subject_id, Enrichment.field, Enrichment.value)
                .where(Enrichment.subject_id.in_(some), Enrichment.subject_kind.in_(("account", "company", "domain")))
                .order_by(Enrichment.at, Enrichment.id)
            )
            for subject, name, value in self._session.execute(found):
                told.setdefault(subject, {})[name] = value
        return told

    def _new_segment(self, industry: str | None) -> str | None:
        """Return the industry where we have sold to others but never to it, and no profile names it."""
        if not industry or self._icp.wanted.get("industries"):
            return None
        if self._sold_to is None:
            sold = (
                select(Account.industry, func.count())
                .join(Deal, Deal.account_id == Account.id)
                .where(Account.industry.is_not(None))
                .group_by(Account.industry)
            )
            counts = {fold(name or ""): count for name, count in self._session.execute(sold)}
            self._sold_to = set(counts) if sum(counts.values()) >= _ENOUGH_DEALS else set()
        return industry if self._sold_to and fold(industry) not in self._sold_to else None

    def _hours_of(self, zone: str | None) -> Hours:
        hours = self._hours.get(zone)
        if hours is None:
            try:
                told = ZoneInfo(zone) if zone else self._settings.zone
            except (KeyError, ValueError, OSError):
                told = self._settings.zone
            hours = self._hours[zone] = Hours(told, frozenset(self._settings.working_days))
        return hours


def _addresses(row: Row[Any]) -> set[str]:
    return {address.lower() for address in (row.person_email, row.contact_email) if address}


def _people(row: Row[Any]) -> set[str]:
    return {compared_address(address) or address for address in _addresses(row)}


def _names_nobody(row: Row[Any]) -> bool:
    return row.contact_id is None and row.person_email is None


def _open_deal() -> Any:
    """The open deal of each account that counts for more: the largest, then the one that was made last."""
    place = func.row_number().over(
        partition_by=Deal.account_id,
        order_by=(func.coalesce(Deal.amount, 0).desc(), func.coalesce(Deal.created_at, Deal.source_at).desc(), Deal.id),
    )
    # SQLite would walk all deals once for every signal; as a set they are walked once.
    ranked = (
        select(Deal.id, Deal.account_id, Deal.owner_id, place.label("place")).where(Deal.status == "open").subquery()
    )
    return select(ranked.c.id, ranked.c.account_id, ranked.c.owner_id).where(ranked.c.place == 1).subquery()


def _is_customer() -> Any:
    won = select(Deal.id).where(Deal.account_id == Signal.account_id, Deal.status == "won").exists()
    return or_(won, func.lower(Account.type).in_(_CUSTOMER_TYPES))


def _territory_owner() -> Any:
    place = aliased(Territory)
    return (
        select(func.min(place.owner_id))
        .where(
            or_(
                place.id == Account.territory,
                func.lower(place.name).in_(
                    [func.lower(Account.territory), func.lower(Account.region), func.lower(Account.country)]
                ),
            )
        )
        .scalar_subquery()
    )


def _knower() -> Any:
    """Whoever of us worked with a champion where they were before: an opening at a company that nobody owns is theirs."""
    mover, left = aliased(Contact), aliased(Account)
    return (
        select(func.coalesce(left.owner_id, mover.owner_id))
        .select_from(mover)
        .outerjoin(left, left.id == func.coalesce(Signal.custom["moved_from"].as_string(), mover.account_id))
        .where(Signal.kind == Kind.CHAMPION_JOINED, mover.id == Signal.custom["moved_contact"].as_string())
        .scalar_subquery()
    )


def _company(row: Row[Any], enriched: dict[str, str]) -> Company:
    about = row.custom.get("about", {})
    told = {**about, **enriched}
    return Company(
        name=row.account_name or row.company,
        domain=row.company_domain,
        employees=row.employees if row.employees is not None else _count(told.get("employees")),
        industry=row.industry or told.get("industry"),
        region=row.region or told.get("region"),
        country=row.country or told.get("country"),
        technologies=tuple(
            one.strip() for one in told.get("technology", told.get("technologies", "")).split(",") if one.strip()
        ),
        growth_stage=told.get("growth_stage")
        or (f"series {row.custom['round']}" if len(row.custom.get("round") or "") == 1 else row.custom.get("round")),
        tier=row.tier or told.get("tier"),
        title=(row.title if row.kind in _PERSONS else None) or row.contact_title,
    )


def _count(text: str | None) -> int | None:
    digits = "".join(c for c in (text or "").partition("-")[0] if c.isdigit())
    return int(digits[:9]) if digits else None


def _doubt(row: Row[Any]) -> str | None:
    if "moved_contact" in row.custom and not row.custom.get("sure"):
        return "the name is that of somebody we know: is it the same person?"
    return None
