"""Salesforce's values, from JSON or CSV alike, as plain text; and as typed values and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from integrations.connectors.values import Reader, as_written, is_yes, number
from integrations.connectors.writing import FieldType, Property

_TYPES: Mapping[str, FieldType] = {
    "boolean": "bool",
    "int": "number",
    "long": "number",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "combobox": "text",
    "multipicklist": "choices",
}
UNREAD = frozenset(("address", "location", "base64", "complexvalue", "anyType", "encryptedstring"))
"""Types of fields that are not read: made of others, or not text."""

Told = dict[str, str | None]
"""A record's values as text, by the names of its fields; those of a parent as `Parent.Name`."""


def property_of(told: Mapping[str, Any]) -> Property:
    """Return one field of an object's description."""
    listed = [one for one in told.get("picklistValues") or () if isinstance(one, Mapping)]
    options = {str(one.get("value")): str(one.get("label")) for one in listed if one.get("active", True)}
    # What is not restricted takes any word, as people's pages do.
    return Property(
        name=str(told["name"]),
        label=str(told.get("label") or told["name"]),
        type=_TYPES.get(str(told.get("type")), "text"),
        read_only=not told.get("updateable", False) or bool(told.get("calculated")),
        options=options or None,
        unique=bool(told.get("unique")),
    )


def flat(row: Mapping[str, Any]) -> Told:
    """Return a row of an answer as texts."""
    found: Told = {}
    for name, value in row.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": one for inner, one in flat(value).items()}
        elif isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif value is None or value == "":
            found[name] = None
        elif not isinstance(value, list):
            found[name] = str(value)
    return found


def moment(text: str | None) -> datetime | None:
    """Return an instant: 2026-11-21T10:00:00.000+0000 or with Z. ValueError for another."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(text: str | None) -> date | None:
    """Return a day."""
    return date.fromisoformat(text[:10]) if text else None


def truth(text: str | None) -> bool:
    """Return a checkbox."""
    return text == "true"


READER = Reader(moment, day, truth)
"""How Salesforce's texts are read."""


def plain(value: Any, known: Property) -> Any:
    """Return a JSON value of ours as Salesforce takes it; None clears. An option may be given by its label or its value. Raises ValueError."""
    if value is None or value == "":
        return False if known.type == "bool" else None
    if isinstance(value, bool):
        return value
    text = str(value)
    if known.type == "number":
        found = number(text)
        # A decimal is not JSON; a number of up to 15 digits comes through as it is.
        return None if found is None else int(found) if found == found.to_integral_value() else float(found)
    if known.type == "bool":
        return is_yes(text)
    if known.type == "date":
        return text[:10]
    return as_written(text, known)
