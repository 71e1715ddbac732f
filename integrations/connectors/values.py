"""Values of a CRM's fields, which come as text: read as what their type says, told as JSON values of ours, and options by their label or value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.connectors.writing import Property

NOON = time(12)
"""A day in a field that holds a moment is written at noon UTC: it is that day in nearly every zone of the world."""


def number(text: str | None) -> Decimal | None:
    """Return an exact number. None for an empty one; ValueError for another."""
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not found.is_finite():
        raise ValueError("not a number")
    return found


@dataclass(frozen=True)
class Reader:
    """How one system writes moments, days and checkboxes; all else is alike."""

    moment: Callable[[str | None], datetime | None]
    day: Callable[[str | None], date | datetime | None]
    truth: Callable[[str | None], bool]

    def typed(self, text: str | None, known: Property) -> Any:
        """Return a custom field's value: text, Decimal, date, datetime, bool, or the labels of its options. Raises ValueError."""
        if text is None or text == "":
            return None
        if known.type == "number":
            return number(text)
        if known.type == "date":
            return self.day(text)
        if known.type == "datetime":
            return self.moment(text)
        if known.type == "bool":
            return self.truth(text)
        if known.options and known.type in ("choice", "choices"):
            parts = [part for part in text.split(";") if part] if known.type == "choices" else [text]
            return "; ".join(known.options.get(part, part) for part in parts)
        return text

    def told(self, text: str | None, known: Property) -> Any:
        """Return a field's value as a JSON value of ours, to be compared with what a proposer saw."""
        found = self.typed(text, known)
        if isinstance(found, Decimal):
            shown = f"{found:f}"
            return shown.rstrip("0").rstrip(".") if "." in shown else shown
        if isinstance(found, datetime):
            return found.astimezone(UTC).isoformat()
        return found.isoformat() if isinstance(found, date) else found


def is_yes(text: str) -> bool:
    """Return whether words of ours mean a ticked checkbox."""
    return text.strip().lower() in ("true", "yes", "1")


def as_written(text: str, known: Property) -> str:
    """Return a value of ours as both systems take it: a day in a moment's field at noon, an option by its value, whether it was given so or by its label."""
    if known.type == "datetime" and len(text) == 10:
        return f"{text}T{NOON.isoformat()}Z"
    if known.type in ("choice", "choices") and known.options:
        wanted = [part.strip() for part in text.split(";")] if known.type == "choices" else [text]
        by_label = {label.casefold(): name for name, label in known.options.items()}
        by_value = {name.casefold(): name for name in known.options}
        return ";".join(by_value.get(one.casefold()) or by_label.get(one.casefold()) or one for one in wanted)
    return text
