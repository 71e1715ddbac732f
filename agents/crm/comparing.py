"""Whether a value that stands in a system is the one that somebody saw or wants: by the field's kind, not by spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sales.fields import field_of
from sales.ownership import KINDS

_NUMBERS = ("money", "number", "integer", "percent")


def same(kind: str, key: str, left: Any, right: Any, zone: ZoneInfo) -> bool:
    """Return whether two JSON values of a field are one: 84000 and 84000.00, a day and a moment of that day, nothing and an empty text."""
    left, right = (_bare(value) for value in (left, right))
    if left is None or right is None:
        return left is right
    known = field_of(KINDS[kind], key)
    type_ = known.type if known is not None else "text"
    if type_ in _NUMBERS:
        try:
            return Decimal(str(left)) == Decimal(str(right))
        except InvalidOperation:
            return str(left) == str(right)
    if type_ == "date":
        return _day(str(left), zone) == _day(str(right), zone)
    if type_ == "datetime":
        return _moment(str(left)) == _moment(str(right))
    folded = [" ".join(str(value).split()) for value in (left, right)]
    if type_ == "email" or key in ("stage", "forecast_category", "type"):
        folded = [one.casefold() for one in folded]
    return folded[0] == folded[1]


def _bare(value: Any) -> Any:
    return None if value is None or (isinstance(value, str) and not value.strip()) else value


def _moment(text: str) -> datetime | str:
    """Return an instant, told to the second: systems keep no more, or three digits of it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found.replace(microsecond=0, tzinfo=found.tzinfo or UTC)


def _day(text: str, zone: ZoneInfo) -> str:
    if len(text) <= 10:
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text[:10]
    return (found.astimezone(zone) if found.tzinfo else found).date().isoformat()
