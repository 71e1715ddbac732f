"""From Salesforce's records to records for the spine. What Salesforce calls by an id (owners, accounts, people) becomes a reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.connectors.stream import Mapped, Ref, Remote, Unreadable
from integrations.connectors.text import words_of
from integrations.connectors.values import number
from integrations.connectors.writing import Property
from integrations.salesforce.objects import MARKER, PREFIXES, STAMP, ObjectType
from integrations.salesforce.values import READER, Told, day, moment, truth
from sales.records import Origin, RecordKind, Row

Values = dict[str, object]
Field = tuple[str, str, Callable[[str | None], object]]
"""A field of ours, the one that tells it there, and how it is read."""

CATEGORY = "ForecastCategoryName"


@dataclass
class Known:
    """What is known of the organization: fields by object, which custom ones are fields of ours, and those that we may write."""

    properties: dict[str, Mapping[str, Property]] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, frozenset[str]] = field(default_factory=dict)


def _ref(text: str | None) -> Ref | None:
    """Return what an id refers to, None for what we don't read: a queue, a group, an object of theirs."""
    remote = PREFIXES.get((text or "")[:3])
    return Ref(remote, text) if remote and text else None


def _user(text: str | None) -> Ref | None:
    found = _ref(text)
    return found if found is not None and found.remote == "User" else None


def _text(text: str | None) -> str | None:
    return text


def _email(text: str | None) -> str | None:
    return text.lower() if text else None


_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "User": (
        ("name", "Name", _text),
        ("email", "Email", _email),
        ("team", "UserRole.Name", _text),
        ("manager", "ManagerId", _user),
        ("time_zone", "TimeZoneSidKey", _text),
        ("active", "IsActive", truth),
    ),
    "Account": (
        ("name", "Name", _text),
        ("website", "Website", _text),
        ("industry", "Industry", _text),
        ("employees", "NumberOfEmployees", number),
        ("annual_revenue", "AnnualRevenue", number),
        ("city", "BillingCity", _text),
        ("region", "BillingState", _text),
        ("country", "BillingCountry", _text),
        ("phone", "Phone", _text),
        ("type", "Type", _text),
        ("parent", "ParentId", _ref),
        ("owner", "OwnerId", _user),
        ("founded", "YearStarted", number),
        ("note", "Description", words_of),
        ("created_at", "CreatedDate", moment),
    ),
    "Contact": (
        ("name", "Name", _text),
        ("email", "Email", _email),
        ("title", "Title", _text),
        ("account", "AccountId", _ref),
        ("owner", "OwnerId", _user),
        ("note", "Description", words_of),
        ("created_at", "CreatedDate", moment),
    ),
    "Lead": (
        ("name", "Name", _text),
        ("email", "Email", _email),
        ("company", "Company", _text),
        ("title", "Title", _text),
        ("source", "LeadSource", _text),
        ("status", "Status", _text),
        ("owner", "OwnerId", _user),
        ("note", "Description", words_of),
        ("created_at", "CreatedDate", moment),
    ),
    "Opportunity": (
        ("name", "Name", _text),
        ("account", "AccountId", _ref),
        ("owner", "OwnerId", _user),
        ("amount", "Amount", number),
        ("currency", "CurrencyIsoCode", _text),
        ("stage", "StageName", _text),
        ("pipeline", "RecordType.Name", _text),
        ("forecast_category", CATEGORY, _text),
        # Salesforce keeps 20 where people read 20 %.
        ("probability", "Probability", number),
        ("close_date", "CloseDate", day),
        ("next_step", "NextStep", _text),
        ("type", "Type", _text),
        ("lead_source", "LeadSource", _text),
        ("note", "Description", words_of),
        ("created_at", "CreatedDate", moment),
    ),
}
FILLED: Mapping[str, tuple[str, ...]] = {
    name: (*(one[0] for one in fields), "status", "stage_entered_at", "closed_at", "contact", "phone")
    for name, fields in _FIELDS.items()
}
"""Fields of ours that the usual fields of an object fill."""

_CLEARED = frozenset(
    "account owner title phone amount close_date next_step forecast_category probability stage note type industry website employees "
    "annual_revenue city region country parent email lead_source manager team".split()
)
"""Fields that are emptied in the spine where Salesforce has them empty."""


def read(known: Known, kind: ObjectType, remote: Remote) -> Mapped:
    """Map a record. Raises Unreadable, with what is wrong in it."""
    told: Told = {name: value for name, value in remote.data.items() if not isinstance(value, list)}
    roles = [one for one in remote.data.get("roles") or () if isinstance(one, Mapping)]
    try:
        values = _activity(kind, told) if kind.kind == "activity" else _values(kind, told, roles)
        custom = _custom(known, kind, told, values)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            "bad_value", f"A value of this {kind.name} is of another kind than Salesforce's description says."
        ) from error
    if kind.kind != "activity" and not values.get("name"):
        raise Unreadable("nameless", f"This {kind.name} has no name.")
    kept = {name: value for name, value in values.items() if value is not None or name in _CLEARED}
    row = Row(
        RecordKind(kind.kind),
        Origin(f"salesforce {kind.stream}", 0, "salesforce"),
        {"external_id": remote.id, **kept},
        custom,
    )
    return Mapped(row, {name: told[name] for name in known.written.get(kind.name, ()) if name in told})


def read_change(remote: Remote) -> Mapped:
    """Map a change that a history tells."""
    told = remote.data
    values: Values = {
        "deal": Ref("Opportunity", str(told["deal"])),
        "field": told["field"],
        "old": told.get("old"),
        "new": told.get("new"),
        "at": moment(told.get("at")),
        "by": _user(told.get("by")),
    }
    kept = {name: value for name, value in values.items() if value is not None}
    return Mapped(Row(RecordKind.CHANGE, Origin("salesforce history", 0, "salesforce"), kept))


def _values(kind: ObjectType, told: Told, roles: list[Mapping[str, Any]]) -> Values:
    values: Values = {ours: how(told[theirs]) for ours, theirs, how in _FIELDS[kind.name] if theirs in told}
    if kind.name in ("Contact", "Lead"):
        values["phone"] = told.get("Phone") or told.get("MobilePhone")
    if kind.name == "Contact":
        spoken = [one for one in roles if one.get("Role")]
        latest = max(spoken, key=lambda one: str(one.get(STAMP)), default=None)
        values["role"] = latest["Role"] if latest else None
    elif kind.name == "Lead" and truth(told.get("IsConverted")):
        values["status"] = "Converted"
    elif kind.name == "Opportunity":
        values |= _outcome(told)
        contacts = [str(one["ContactId"]) for one in roles if one.get("ContactId")]
        values["contact"] = Ref("Contact", contacts[0]) if contacts else None
    return values


def _outcome(told: Told) -> Values:
    won, closed = truth(told.get("IsWon")), truth(told.get("IsClosed"))
    since = moment(told.get("LastStageChangeDate"))
    return {
        "status": "won" if won else "lost" if closed else "open",
        "stage_entered_at": since or moment(told.get("CreatedDate")),
        "closed_at": since if won or closed else None,
    }


def _activity(kind: ObjectType, told: Told) -> Values:
    who, what = _ref(told.get("WhoId")), _ref(told.get("WhatId"))
    account = _ref(told.get("AccountId")) or (what if what is not None and what.remote == "Account" else None)
    values: Values = {
        "account": account,
        "deal": what if what is not None and what.remote == "Opportunity" else None,
        "contact": [who] if who is not None and who.remote == "Contact" else None,
        "owner": _user(told.get("OwnerId")),
        "subject": told.get("Subject"),
        "body": words_of(told.get("Description")),
    }
    return values | (_task(told) if kind.name == "Task" else _event(told))


def _task(told: Told) -> Values:
    made, due = moment(told.get("CreatedDate")), day(told.get("ActivityDate"))
    done = moment(told.get("CompletedDateTime"))
    closed = truth(told.get("IsClosed"))
    status = "completed" if closed else "open"
    subtype = told.get("TaskSubtype") or "Task"
    if subtype == "Call" or told.get("CallType"):
        length = number(told.get("CallDurationInSeconds"))
        at = done or due or made
        return {
            "type": "call",
            "at": at,
            "ended_at": done + timedelta(seconds=int(length)) if done and length else None,
            "direction": (told.get("CallType") or "").lower() or None,
            "status": status if closed else "scheduled",
        }
    if subtype in ("Email", "ListEmail"):
        return {"type": "email", "at": done or made, "status": status}
    return {"type": "task", "at": made, "due_at": due, "status": "cancelled" if _given_up(told) else status}


def _given_up(told: Told) -> bool:
    return (told.get("Status") or "").casefold() == "deferred"


def _event(told: Told) -> Values:
    at = moment(told.get("StartDateTime")) or moment(told.get("ActivityDateTime")) or day(told.get("ActivityDate"))
    return {"type": "meeting", "at": at, "ended_at": moment(told.get("EndDateTime"))}


def _custom(known: Known, kind: ObjectType, told: Told, values: Values) -> dict[str, str | Decimal | date | bool]:
    """Put custom fields that are fields of ours into `values`; return the others by label."""
    custom: dict[str, str | Decimal | date | bool] = {}
    schema, named = known.properties.get(kind.name, {}), known.named.get(kind.name, {})
    usual = {STAMP, "Id", "IsDeleted", "MasterRecordId", MARKER, *kind.fields}
    for name, text in told.items():
        property_ = schema.get(name)
        if name in usual or property_ is None:
            continue
        value = READER.typed(text, property_)
        if name in named:
            values[named[name]] = value
        elif value is not None:
            custom[property_.label] = value
    return custom
