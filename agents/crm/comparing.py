"""Whether a value that stands in a system is the one that somebody saw or wants: by the field's kind, not by spelling."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sales.fields import FIELDS
from sales.ownership import KINDS

_NUMBERS = ("money", "number", "integer", "percent")


def same(kind: str, key: str, left: Any, right: Any, zone: ZoneInfo) -> bool:
    """Return whether two JSON values of a field are one: 84000 and 84000.00, a day and a moment of that day, nothing and an empty text."""
    left, right = (_bare(value) for value in (left, right))
    if left is None or right is None:
        return left is right
    type_ = next((one.type for one in FIELDS[KINDS[kind]] if one.key == key), "text")
    if type_ in _NUMBERS:
        try:
            return Decimal(str(left)) == Decimal(str(right))
        except InvalidOperation:
            return str(left) == str(right)
    if type_ == "date":
        return _day(str(left), zone) == _day(str(right), zone)
    folded = [" ".join(str(value).split()) for value in (left, right)]
    if type_ == "email" or key in ("stage", "forecast_category", "type"):
        folded = [one.casefold() for one in folded]
    return folded[0] == folded[1]


def _bare(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _day(text: str, zone: ZoneInfo) -> str:
    if len(text) <= 10:
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text[:10]
    return (found.astimezone(zone) if found.tzinfo else found).date().isoformat()
