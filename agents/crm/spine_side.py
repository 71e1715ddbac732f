"""Changing a record of the spine as a write changes it in the CRM: the column, what follows from it, and a deal's history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from agents.crm.stages import stages_in
from agents.intake.deals import plain
from agents.intake.identity import company_domain_of, stable_id
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.models import Account, Contact, Deal, DealChange, User
from sales.dates import parse_date
from sales.fields import field_of
from sales.names import account_key, person_key
from sales.outcome import closed_moment, status_of
from sales.ownership import KINDS, is_own

MODELS: Mapping[str, Any] = {"deal": Deal, "contact": Contact, "account": Account}
TRACKED = ("stage", "close_date", "amount", "forecast_category", "owner_id")
_REFERENCES = {"owner": "owner_id", "account": "account_id", "contact": "contact_id"}


def value_of(kind: str, key: str, told: Any, settings: Settings) -> Any:
    """Return a JSON value as a column holds it. Raises Fatal (422) for one that the field can't hold."""
    if told is None or told == "":
        return None
    known = field_of(KINDS[kind], key)
    type_ = known.type if known is not None else "text"
    try:
        if type_ in ("money", "number", "percent"):
            return Decimal(str(told))
        if type_ == "integer":
            return int(Decimal(str(told)))
        if type_ == "date":
            return date.fromisoformat(str(told)[:10])
        if type_ == "datetime":
            found = parse_date(str(told), zone=settings.zone)
            return found if isinstance(found, datetime) else None
    except (ValueError, ArithmeticError) as error:
        raise Fatal(
            "A value is not of its field's kind.", "Numbers as digits, days as YYYY-MM-DD.", status=422
        ) from error
    return str(told)


def shown(value: Any) -> Any:
    """Return a column's value as a JSON value: numbers as plain text, days as ISO."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def present_in_spine(session: Session, kind: str, record_id: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the spine has in these fields, as JSON values; nothing where there is no such record."""
    row = session.get(MODELS[kind], record_id)
    if row is None:
        return {}
    return {key: shown(getattr(row, _REFERENCES.get(key, key), None)) for key in keys}


def change_in_spine(
    session: Session,
    kind: str,
    record_id: str,
    fields: Mapping[str, Any],
    *,
    settings: Settings,
    at: datetime,
    by: str | None,
    source: str,
) -> bool:
    """Set fields of a record, with what follows from them. Returns False where there is no such record. Twice is once.

    What Dealwright itself works out is no column of a record: a write of nothing else leaves the record untouched.
    """
    row = session.get(MODELS[kind], record_id)
    if row is None:
        return False
    fields = {key: told for key, told in fields.items() if not is_own(kind, key)}
    if not fields:
        return True
    before = {name: getattr(row, name) for name in TRACKED} if kind == "deal" else {}
    for key, told in fields.items():
        column = _REFERENCES.get(key, key)
        if hasattr(row, column):
            setattr(row, column, value_of(kind, key, told, settings))
    if kind == "contact":
        _name_contact(row, fields)
    elif kind == "account" and "name" in fields and row.name:
        row.name_key = account_key(row.name)
    elif kind == "deal":
        _follow(session, row, before, settings, at)
        _note(session, row, before, at, _named(session, by), source)
    if hasattr(row, "provenance"):
        told_by = {"by": by, "at": at.isoformat(), "source": source}
        row.provenance = {**(row.provenance or {}), **{f"field:{key}": told_by for key in fields}}
    session.flush()
    return True


def _name_contact(row: Contact, fields: Mapping[str, Any]) -> None:
    if "first_name" in fields or "last_name" in fields:
        words = row.name.split()
        first = fields.get("first_name") or (words[0] if words else "")
        last = fields.get("last_name") or " ".join(words[1:])
        row.name = f"{first} {last}".strip() or row.name
    if row.email:
        row.email = row.email.lower()
    row.name_key = person_key(row.name)


def _follow(session: Session, row: Deal, before: Mapping[str, Any], settings: Settings, at: datetime) -> None:
    """Let status, closing and time in stage follow, as they do when a deal is imported."""
    was = row.status
    if row.stage != before["stage"]:
        row.stage_entered_at = at
        row.provenance = {**(row.provenance or {}), "status": None}
    moved = stages_in(session, row.pipeline).get(row.stage or "") if row.stage != before["stage"] else None
    told = status_of(
        status=(row.provenance or {}).get("status"),
        stage=row.stage,
        forecast_category=row.forecast_category,
        probability=row.probability,
        loss_reason=row.loss_reason,
        amount=row.amount,
    )
    row.status = moved.status if moved is not None else told
    if row.status != was or row.close_date != before["close_date"]:
        closed = at if row.status != was and row.status != "open" else None
        row.closed_at = closed_moment(row.status, closed, row.close_date, settings.zone)


def _note(session: Session, row: Deal, before: Mapping[str, Any], at: datetime, by: str | None, source: str) -> None:
    for name in TRACKED:
        old, new = before[name], getattr(row, name)
        if old == new or old is None:
            continue
        field = name.removesuffix("_id")
        texts = [_named(session, value) if field == "owner" else shown(value) for value in (old, new)]
        identity = stable_id("change", row.id, field, *texts, at.isoformat())
        if session.get(DealChange, identity) is None:
            session.add(
                DealChange(
                    id=identity, deal_id=row.id, field=field, old=texts[0], new=texts[1], at=at, by=by, source=source
                )
            )


def _named(session: Session, user_id: str | None) -> str | None:
    user = session.get(User, user_id) if user_id else None
    return user.name if user else user_id


def make_in_spine(
    session: Session,
    kind: str,
    record_id: str | None,
    fields: Mapping[str, Any],
    *,
    settings: Settings,
    at: datetime,
    source: str,
) -> str:
    """Make a record of a person or a company, or find the one that is the same; return its id. Raises Fatal (422) where it has no name."""
    name = str(
        fields.get("name") or " ".join(str(fields.get(key) or "") for key in ("first_name", "last_name"))
    ).strip()
    email = str(fields.get("email") or "").lower() or None
    if not (name or email):
        raise Fatal("A new record needs a name.", "Name it, or give a mail address.", status=422)
    account = fields.get("account")
    key = account_key(name) if kind == "account" else person_key(name)
    identity = record_id or stable_id(kind, email or account or name, "" if email else key)
    if session.get(MODELS[kind], identity) is not None:
        return identity
    told: dict[str, Any] = {"id": identity, "name": name or email, "source": source, "source_at": at}
    if kind == "deal":
        told |= {"currency": settings.currency, "status": "open"}
    else:
        told["name_key"] = key
    if kind == "contact":
        told["email"] = email
    elif kind == "account":
        told["domain"] = company_domain_of(str(fields.get("domain") or fields.get("website") or ""))
    session.add(MODELS[kind](**told))
    session.flush()
    rest = {
        one: value for one, value in fields.items() if one not in ("name", "email", "first_name", "last_name", "domain")
    }
    change_in_spine(session, kind, identity, rest, settings=settings, at=at, by=None, source=source)
    return identity
