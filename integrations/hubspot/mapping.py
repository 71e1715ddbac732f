"""From HubSpot's records to records for the spine. What HubSpot calls by an id (stages, owners) is told by its name or as a reference."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from email.utils import getaddresses
from typing import Any

from integrations.connectors.stream import Mapped, Ref, Remote, Unreadable
from integrations.connectors.text import words_of
from integrations.connectors.values import number
from integrations.connectors.writing import Property
from integrations.hubspot.objects import BY_NAME, ObjectType
from integrations.hubspot.values import READER, day, moment
from sales.records import MailMessage, Origin, Person, RecordKind, Row

Values = dict[str, object]
_RECORDS: Mapping[str, RecordKind] = {
    "user": RecordKind.USER,
    "account": RecordKind.ACCOUNT,
    "contact": RecordKind.CONTACT,
    "deal": RecordKind.DEAL,
    "activity": RecordKind.ACTIVITY,
}
_HELD = {"COMPLETED": "completed", "SCHEDULED": "scheduled", "CANCELED": "cancelled", "NO_SHOW": "no show"}
_TASK = {"COMPLETED": "completed", "DEFERRED": "cancelled"}


@dataclass
class Known:
    """What is known of the portal: stages by id as (pipeline, stage, won/lost/open), the schema by object type, and which custom property is which field of ours."""

    stages: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    pipelines: dict[str, str] = field(default_factory=dict)
    properties: dict[str, dict[str, Property]] = field(default_factory=dict)
    named: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, frozenset[str]] = field(default_factory=dict)


def read(known: Known, kind: ObjectType, remote: Remote) -> Mapped:
    """Map a record. Raises Unreadable, with what is wrong in it."""
    properties: Mapping[str, Any] = remote.data.get("properties") or {}
    if not isinstance(properties, Mapping):
        raise Unreadable("no_properties", "HubSpot gave this record without properties.")
    told = {name: None if value is None else str(value) for name, value in properties.items()}
    bound = _bound(remote)
    try:
        if kind.name == "emails":
            mapped = _mail(remote, told, bound)
        else:
            values = {"external_id": remote.id, **_VALUES[kind.name](known, told, bound)}
            custom = _custom(known, kind, told, values)
            kept = {name: value for name, value in values.items() if value is not None or name in _CLEARED}
            row = Row(_RECORDS[kind.kind], Origin(f"hubspot {kind.name}", 0, "hubspot"), kept, custom)
            mapped = Mapped(row)
    except (ValueError, OverflowError) as error:
        raise Unreadable(
            "bad_value", f"A value of this {kind.name} record is of another kind than HubSpot's schema says."
        ) from error
    seen = {name: told[name] for name in known.written.get(kind.name, ()) if name in told}
    return Mapped(mapped.record, seen, mapped.about)


_CLEARED = frozenset(
    "account owner contact title phone amount close_date next_step forecast_category probability stage note loss_reason type industry".split()
)
"""Fields that are emptied in the spine where HubSpot has them empty; what it has no property for stays as it is."""


def read_owner(remote: Remote) -> Mapped:
    """Map an owner to a user of ours. Raises Unreadable for one that has neither name nor mail address."""
    told = remote.data
    name = " ".join(str(told.get(part) or "").strip() for part in ("firstName", "lastName")).strip()
    email = str(told.get("email") or "").strip().lower() or None
    if not name and not email:
        raise Unreadable("nameless", "This owner has neither a name nor a mail address.")
    teams = [one for one in told.get("teams") or () if isinstance(one, Mapping)]
    team = next((str(one.get("name")) for one in teams if one.get("primary")), None) or next(
        (str(one.get("name")) for one in teams), None
    )
    values: Values = {
        "external_id": remote.id,
        "name": name or _name_of(email or ""),
        "email": email,
        "team": team,
        "active": not told.get("archived", False),
    }
    kept = {key: value for key, value in values.items() if value is not None}
    return Mapped(Row(RecordKind.USER, Origin("hubspot owners", 0, "hubspot"), kept))


def _name_of(email: str) -> str:
    return " ".join(word.capitalize() for word in re.split(r"[._\-+]+", email.partition("@")[0]) if word)


def _bound(remote: Remote) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    associations = remote.data.get("associations")
    if isinstance(associations, Mapping):
        for name, listed in associations.items():
            results = listed.get("results") if isinstance(listed, Mapping) else listed
            ids = [str(one["id"] if isinstance(one, Mapping) else one) for one in results or ()]
            # In lists the same record comes once for each label; "companies" may come as "companies" or as a type of its own.
            found.setdefault(str(name), []).extend(dict.fromkeys(ids))
    return found


def _first(to: str, bound: Mapping[str, list[str]], primary: str | None = None) -> Ref | None:
    if primary:
        return Ref(to, primary)
    ids = bound.get(to) or ()
    return Ref(to, ids[0]) if ids else None


def _owner(told: Mapping[str, str | None]) -> Ref | None:
    owner = told.get("hubspot_owner_id")
    return Ref("owners", owner) if owner else None


def _company(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    name = told.get("name") or told.get("domain")
    if not name:
        raise Unreadable("nameless", "This company has neither a name nor a domain.")
    parent = told.get("hs_parent_company_id")
    return {
        "name": name,
        "domain": told.get("domain"),
        "website": told.get("website"),
        "industry": _labelled(known, "companies", "industry", told),
        "employees": number(told.get("numberofemployees")),
        "annual_revenue": number(told.get("annualrevenue")),
        "region": told.get("state"),
        "country": told.get("country"),
        "city": told.get("city"),
        "parent": Ref("companies", parent) if parent else None,
        "owner": _owner(told),
        "type": _labelled(known, "companies", "type", told),
        "founded": number(told.get("founded_year")),
        "phone": told.get("phone"),
        "created_at": moment(told.get("createdate")),
        "note": words_of(told.get("description")),
    }


def _contact(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    first, last, email = told.get("firstname"), told.get("lastname"), told.get("email")
    name = " ".join(part.strip() for part in (first, last) if part and part.strip()) or _name_of(email or "")
    if not name:
        raise Unreadable("nameless", "This contact has neither a name nor a mail address.")
    return {
        "name": name,
        "email": email.lower() if email else None,
        "account": _first("companies", bound, told.get("associatedcompanyid")),
        "title": told.get("jobtitle"),
        "role": _labelled(known, "contacts", "hs_buying_role", told),
        "phone": told.get("phone") or told.get("mobilephone"),
        "owner": _owner(told),
        "created_at": moment(told.get("createdate")),
    }


def _deal(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    stage_id = told.get("dealstage")
    pipeline, stage, status = known.stages.get(stage_id or "", (None, stage_id, None))
    if told.get("hs_is_closed_won") == "true":
        status = "won"
    elif told.get("hs_is_closed") == "true" and status != "won":
        status = "lost"
    contacts = bound.get("contacts") or ()
    probability = number(told.get("hs_deal_stage_probability"))
    return {
        "name": told.get("dealname"),
        "account": _first("companies", bound, told.get("hs_primary_associated_company")),
        "owner": _owner(told),
        "amount": number(told.get("amount")),
        "currency": told.get("deal_currency_code"),
        "stage": stage,
        "status": status,
        "pipeline": pipeline or known.pipelines.get(told.get("pipeline") or "", told.get("pipeline")),
        "forecast_category": _labelled(known, "deals", "hs_manual_forecast_category", told),
        # HubSpot keeps 0.2 where people read 20 %.
        "probability": probability * 100 if probability is not None and probability <= 1 else probability,
        "created_at": moment(told.get("createdate")),
        "close_date": day(told.get("closedate")),
        "closed_at": moment(told.get("closedate")) if status in ("won", "lost") else None,
        "next_step": told.get("hs_next_step"),
        "type": _labelled(known, "deals", "dealtype", told),
        "loss_reason": told.get("closed_lost_reason"),
        "note": words_of(told.get("description")),
        "stage_entered_at": moment(told.get("hs_v2_date_entered_current_stage")),
        "contact": Ref("contacts", contacts[0]) if contacts else None,
    }


def _activity(type_: str, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    people = [Ref("contacts", one) for one in bound.get("contacts") or ()]
    return {
        "type": type_,
        "account": _first("companies", bound),
        "deal": _first("deals", bound),
        "contact": people or None,
        "owner": _owner(told),
    }


def _call(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    at, length = moment(told.get("hs_timestamp")), number(told.get("hs_call_duration"))
    status = (told.get("hs_call_status") or "").replace("_", " ").lower()
    return _activity("call", told, bound) | {
        "at": at,
        "ended_at": at + timedelta(milliseconds=int(length)) if at and length else None,
        "subject": told.get("hs_call_title"),
        "body": words_of(told.get("hs_call_body")),
        "direction": (told.get("hs_call_direction") or "").lower() or None,
        "status": status or None,
    }


def _meeting(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    outcome = told.get("hs_meeting_outcome") or ""
    return _activity("meeting", told, bound) | {
        "at": moment(told.get("hs_meeting_start_time") or told.get("hs_timestamp")),
        "ended_at": moment(told.get("hs_meeting_end_time")),
        "subject": told.get("hs_meeting_title"),
        "body": words_of(told.get("hs_meeting_body")),
        "status": _HELD.get(outcome, outcome.replace("_", " ").lower() or None),
        "url": told.get("hs_meeting_external_url"),
    }


def _note(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    body = words_of(told.get("hs_note_body"))
    return _activity("note", told, bound) | {"at": moment(told.get("hs_timestamp")), "body": body}


def _task(known: Known, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Values:
    status = told.get("hs_task_status") or ""
    return _activity("task", told, bound) | {
        "at": moment(told.get("hs_createdate")),
        "due_at": moment(told.get("hs_timestamp")),
        "subject": told.get("hs_task_subject"),
        "body": words_of(told.get("hs_task_body")),
        "status": _TASK.get(status, "open"),
    }


_VALUES: Mapping[str, Callable[[Known, Mapping[str, str | None], Mapping[str, list[str]]], Values]] = {
    "companies": _company,
    "contacts": _contact,
    "deals": _deal,
    "calls": _call,
    "meetings": _meeting,
    "notes": _note,
    "tasks": _task,
}


def _mail(remote: Remote, told: Mapping[str, str | None], bound: Mapping[str, list[str]]) -> Mapped:
    sent_at = moment(told.get("hs_timestamp"))
    headers = _headers(told.get("hs_email_headers"))
    sender = _person(headers.get("from"), "from") or _people(told.get("hs_email_from_email"), "from")[:1]
    recipients = [
        *(_person(headers.get("to"), "to") or _people(told.get("hs_email_to_email"), "to")),
        *(_person(headers.get("cc"), "cc") or _people(told.get("hs_email_cc_email"), "cc")),
    ]
    identity = (told.get("hs_email_message_id") or "").strip().strip("<>") or f"hubspot-mail-{remote.id}"
    message = MailMessage(
        Origin("hubspot emails", 0, "hubspot"),
        identity,
        told.get("hs_email_subject"),
        sender[0] if sender else None,
        tuple(recipients),
        sent_at,
        words_of(told.get("hs_email_text")) or words_of(told.get("hs_email_html")) or "",
    )
    refs = {"account": _first("companies", bound), "deal": _first("deals", bound), "owner": _owner(told)}
    return Mapped(message, about={name: ref for name, ref in refs.items() if ref is not None})  # type: ignore[misc]


def _headers(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _person(told: Any, role: str) -> list[Person]:
    listed = told if isinstance(told, list) else [told] if told else []
    found = []
    for one in listed:
        if isinstance(one, Mapping) and one.get("email"):
            name = " ".join(str(one.get(part) or "").strip() for part in ("firstName", "lastName")).strip()
            found.append(Person(name or None, str(one["email"]).lower(), role))
    return found


def _people(text: str | None, role: str) -> list[Person]:
    pairs = getaddresses([text.replace(";", ",")]) if text else []
    return [Person(name or None, email.lower(), role) for name, email in pairs if "@" in email]


def _labelled(known: Known, object_type: str, name: str, told: Mapping[str, str | None]) -> str | None:
    value = told.get(name)
    property_ = known.properties.get(object_type, {}).get(name)
    return value if property_ is None or not value else str(READER.typed(value, property_))


def _custom(
    known: Known, kind: ObjectType, told: Mapping[str, str | None], values: Values
) -> dict[str, str | Decimal | date | bool]:
    """Put custom properties that are fields of ours into `values`; return the others by label."""
    custom: dict[str, str | Decimal | date | bool] = {}
    schema, named = known.properties.get(kind.name, {}), known.named.get(kind.name, {})
    for name, text in told.items():
        if name in named:
            property_ = schema.get(name)
            values[named[name]] = READER.typed(text, property_) if property_ else text
        elif name not in BY_NAME[kind.name].properties and text not in (None, "") and not name.startswith("hs_"):
            property_ = schema.get(name)
            if name in ("createdate", "lastmodifieddate"):
                continue
            value = READER.typed(text, property_) if property_ else text
            if value is not None:
                custom[property_.label if property_ else name] = value
    return custom
