"""HubSpot's property values, which are all text, as typed values and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

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
NOON = time(12)
"""A day in a property that holds a moment is written at noon UTC: it is that day in nearly every zone of the world."""


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


def number(text: str | None) -> Decimal | None:
    """Return an exact number. None for an empty one; ValueError for another."""
    if text is None or text == "":
        return None
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not found.is_finite():
        raise ValueError("not a number")
    return found


def typed(text: str | None, known: Property) -> Any:
    """Return a custom property's value: text, Decimal, date, datetime, bool, or the labels of its options. Raises ValueError."""
    if text is None or text == "":
        return None
    if known.type == "number":
        return number(text)
    if known.type == "date":
        return day(text)
    if known.type == "datetime":
        return moment(text)
    if known.type == "bool":
        return text.strip().lower() in ("true", "yes", "1")
    if known.options and known.type in ("choice", "choices"):
        parts = [part for part in text.split(";") if part] if known.type == "choices" else [text]
        return "; ".join(known.options.get(part, part) for part in parts)
    return text


def plain(value: Any, known: Property) -> str:
    """Return a JSON value of ours as HubSpot takes it; "" clears. An option may be given by its label or its value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if known.type == "datetime" and len(text) == 10:
        return f"{text}T{NOON.isoformat()}Z"
    if known.type in ("choice", "choices") and known.options:
        wanted = [part.strip() for part in text.split(";")] if known.type == "choices" else [text]
        by_label = {label.casefold(): name for name, label in known.options.items()}
        by_value = {name.casefold(): name for name in known.options}
        return ";".join(by_value.get(one.casefold()) or by_label.get(one.casefold()) or one for one in wanted)
    return text


def told(text: str | None, known: Property) -> Any:
    """Return a property's value as a JSON value of ours, to be compared with what a proposer saw."""
    found = typed(text, known)
    if isinstance(found, Decimal):
        shown = f"{found:f}"
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    if isinstance(found, datetime):
        return found.astimezone(UTC).isoformat()
    return found.isoformat() if isinstance(found, date) else found
