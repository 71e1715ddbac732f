"""The canonical fields of each kind of record, with their types: what a column can be recognised as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sales.records import RecordKind

FieldType = Literal["text", "money", "number", "integer", "percent", "date", "datetime", "bool", "email", "list"]


@dataclass(frozen=True)
class Field:
    """A canonical field: its key (a column of the spine), a label for people, its type, and whether a record is worth nothing without it."""

    key: str
    label: str
    type: FieldType
    required: bool = False


def _f(key: str, label: str, type_: FieldType = "text", *, required: bool = False) -> Field:
    return Field(key, label, type_, required)


FIELDS: dict[RecordKind, tuple[Field, ...]] = {
    RecordKind.ACCOUNT: (
        _f("external_id", "Account ID"),
        _f("name", "Account", required=True),
        _f("domain", "Domain"),
        _f("website", "Website"),
        _f("industry", "Industry"),
        _f("employees", "Employees", "integer"),
        _f("annual_revenue", "Annual revenue", "number"),
        _f("region", "Region"),
        _f("country", "Country"),
        _f("city", "City"),
        _f("parent", "Parent account"),
        _f("owner", "Owner"),
        _f("tier", "Tier"),
        _f("type", "Type"),
        _f("founded", "Founded", "integer"),
        _f("aliases", "Aliases", "list"),
        _f("phone", "Phone"),
        _f("created_at", "Created", "datetime"),
        _f("note", "Note"),
        _f("territory", "Territory"),
    ),
    RecordKind.CONTACT: (
        _f("external_id", "Contact ID"),
        _f("name", "Name", required=True),
        _f("first_name", "First name"),
        _f("last_name", "Last name"),
        _f("email", "Email", "email"),
        _f("account", "Account"),
        _f("title", "Title"),
        _f("role", "Role"),
        _f("phone", "Phone"),
        _f("owner", "Owner"),
        _f("stance", "Stance"),
        _f("created_at", "Created", "datetime"),
        _f("note", "Note"),
    ),
    RecordKind.USER: (
        _f("external_id", "User ID"),
        _f("name", "Name", required=True),
        _f("first_name", "First name"),
        _f("last_name", "Last name"),
        _f("email", "Email", "email"),
        _f("role", "Role"),
        _f("team", "Team"),
        _f("manager", "Manager"),
        _f("region", "Region"),
        _f("time_zone", "Time zone"),
        _f("active", "Active", "bool"),
    ),
    RecordKind.LEAD: (
        _f("external_id", "Lead ID"),
        _f("name", "Name", required=True),
        _f("first_name", "First name"),
        _f("last_name", "Last name"),
        _f("email", "Email", "email"),
        _f("company", "Company"),
        _f("title", "Title"),
        _f("phone", "Phone"),
        _f("source", "Lead source"),
        _f("created_at", "Created", "datetime"),
        _f("first_touch_at", "First touch", "datetime"),
        _f("status", "Status"),
        _f("owner", "Owner"),
        _f("next_action", "Next action"),
        _f("next_action_at", "Next action date", "date"),
        _f("note", "Note"),
    ),
    RecordKind.DEAL: (
        _f("external_id", "Deal ID"),
        _f("name", "Deal"),
        _f("account", "Account"),
        _f("owner", "Owner"),
        _f("amount", "Amount", "money"),
        _f("currency", "Currency"),
        _f("stage", "Stage"),
        _f("status", "Status"),
        _f("pipeline", "Pipeline"),
        _f("forecast_category", "Forecast category"),
        _f("probability", "Probability", "percent"),
        _f("created_at", "Created", "datetime"),
        _f("close_date", "Close date", "date"),
        _f("closed_at", "Closed", "datetime"),
        _f("lost_at", "Lost", "datetime"),
        _f("next_step", "Next step"),
        _f("next_step_date", "Next step date", "date"),
        _f("type", "Type"),
        _f("product", "Product"),
        _f("lead_source", "Lead source"),
        _f("loss_reason", "Loss reason"),
        _f("competitor", "Competitor"),
        _f("note", "Note"),
        _f("last_activity_at", "Last activity", "datetime"),
        _f("stage_entered_at", "Stage entered", "datetime"),
        _f("contact", "Primary contact"),
        _f("quantity", "Quantity", "number"),
    ),
    RecordKind.PRODUCT: (
        _f("external_id", "Product ID"),
        _f("name", "Product", required=True),
        _f("family", "Family"),
        _f("price", "List price", "money"),
        _f("currency", "Currency"),
        _f("description", "Description"),
    ),
    RecordKind.TARGET: (
        _f("owner", "Owner or team", required=True),
        _f("quarter", "Quarter", required=True),
        _f("amount", "Target", "money", required=True),
        _f("currency", "Currency"),
    ),
    RecordKind.TERRITORY: (
        _f("external_id", "Territory ID"),
        _f("name", "Territory", required=True),
        _f("team", "Team"),
        _f("owner", "Owner"),
    ),
    RecordKind.ACTIVITY: (
        _f("external_id", "Activity ID"),
        _f("type", "Type"),
        _f("direction", "Direction"),
        _f("account", "Account"),
        _f("deal", "Deal"),
        _f("owner", "Owner"),
        _f("contact", "Contact"),
        _f("subject", "Subject"),
        _f("body", "Body"),
        _f("at", "Date", "datetime"),
        _f("ended_at", "End", "datetime"),
        _f("due_at", "Due", "datetime"),
        _f("status", "Status"),
        _f("url", "Link"),
        _f("automatic", "Automatic", "bool"),
    ),
    RecordKind.CHANGE: (
        _f("deal", "Deal", required=True),
        _f("field", "Field", required=True),
        _f("old", "Old value"),
        _f("new", "New value"),
        _f("at", "Date", "datetime", required=True),
        _f("by", "Changed by"),
    ),
}
"""Every canonical field by kind. A contact, user or lead with first and last name but no name gets the two joined; `name` is then filled by the reader."""

OWN: dict[RecordKind, tuple[Field, ...]] = {
    RecordKind.DEAL: (
        _f("health_score", "Dealwright health score", "integer"),
        _f("health_band", "Dealwright health"),
        _f("likelihood", "Dealwright likelihood (%)", "percent"),
        _f("sentiment", "Dealwright sentiment"),
        _f("last_buyer_contact", "Dealwright last buyer contact", "datetime"),
    ),
}
"""What Dealwright itself works out of a record and tells the CRM. No column of a record: it is not imported, not asked for, and what a CRM says of it is not read."""


QUALIFICATION = "qualification_"
"""What the key of a field begins with that holds one element of a deal's qualification: `qualification_champion`. Which there are says the team's framework."""

_ELEMENT = re.compile(rf"{QUALIFICATION}[a-z][a-z0-9_]{{0,39}}")
_LONGEST_LABEL = 40
"""Letters of a label. Salesforce takes no longer one for a custom field."""


def is_element(kind: RecordKind, key: str) -> bool:
    """Whether a key is the field of an element of the qualification."""
    return kind is RecordKind.DEAL and _ELEMENT.fullmatch(key) is not None


def field_of(kind: RecordKind, key: str) -> Field | None:
    """Return a field of a kind of record, one of our own among them; None where there is no such field."""
    if is_element(kind, key):
        return Field(key, f"Dealwright {key.removeprefix(QUALIFICATION).replace('_', ' ')}"[:_LONGEST_LABEL], "text")
    return next((one for one in (*FIELDS[kind], *OWN.get(kind, ())) if one.key == key), None)


def own_keys(kind: RecordKind) -> frozenset[str]:
    """Return the keys of what Dealwright itself works out of a kind of record."""
    return frozenset(one.key for one in OWN.get(kind, ()))
