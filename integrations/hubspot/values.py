"""HubSpot's property values, which are all text, as typed values and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from integrations.connectors.values import NOON, Reader, as_written, is_yes
from integrations.connectors.writing import FieldType, Property

_TYPES: Mapping[str, FieldType] = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "datetime",
    "bool": "bool",
    "enumeration": "choice",
    "phone_number": "text",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def property_of(told: Mapping[str, Any]) -> Property:
    """Return one property of the schema."""
    kind = _TYPES.get(str(told.get("type")), "text")
    if kind == "choice" and told.get("fieldType") == "checkbox":
        kind = "choices"
    if kind == "choice" and told.get("fieldType") == "booleancheckbox":
        kind = "bool"
    options = {str(one.get("value")): str(one.get("label")) for one in told.get("options") or ()}
    rights = told.get("modificationMetadata") or {}
    return Property(
        name=str(told["name"]),
        label=str(told.get("label") or told["name"]),
        type=kind,
        read_only=bool(rights.get("readOnlyValue")) or bool(told.get("calculated")),
        options=options or None,
        unique=bool(told.get("hasUniqueValue")),
    )


def moment(text: str | None) -> datetime | None:
    """Return an instant: ISO 8601, or milliseconds since 1970. None for an empty one; ValueError for another."""
    if not text:
        return None
    if text.lstrip("-").isdigit() and len(text) > 8:
        return _EPOCH + timedelta(milliseconds=int(text))
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(text: str | None) -> date | datetime | None:
    """Return the day of a property that means one: midnight in UTC is a day as it stands, another moment is told in the company's zone later."""
    if not text:
        return None
    if len(text) == 10 and text[4] == "-":
        return date.fromisoformat(text)
    found = moment(text)
    if found is None:
        return None
    utc = found.astimezone(UTC)
    return utc.date() if utc.timetz().replace(tzinfo=None) in (time(0), NOON) else found


READER = Reader(moment, day, lambda text: is_yes(text or ""))
"""How HubSpot's texts are read."""


def plain(value: Any, known: Property) -> str:
    """Return a JSON value of ours as HubSpot takes it; "" clears. An option may be given by its label or its value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return as_written(str(value), known)
