"""Values out of parsed JSON, taken without trust: the wrong type is None, texts are cleaned, times are seconds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from integrations.files.decoding import clean
from sales.dates import DateRule, as_datetime, parse_date
from sales.records import Person


def parse(text: str) -> Any:
    """Parse JSON with exact numbers. Raises ValueError for bad syntax, numbers beyond reason and nesting beyond reason."""
    try:
        return json.loads(text, parse_float=_number, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _number(text: str) -> Decimal | None:
    value = Decimal(text)
    return value if abs(value.adjusted()) < 100 else None


def text_of(value: Any) -> str | None:
    """A text or a number as trimmed text; None for everything else and for blanks."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return clean(str(value)).strip() or None


def first_text(item: Mapping[str, Any], *keys: str) -> str | None:
    """The first of the keys that holds a text."""
    return next((found for key in keys if (found := text_of(item.get(key))) is not None), None)


def seconds(value: Any, scale: float = 1.0) -> float | None:
    """A time offset in seconds: a number, or text such as `12.5`, `00:01:02.500` or `1:02`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        result = float(value) * scale
    elif isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*s?\s*", value):
        result = float(value.strip().rstrip("s")) * scale
    elif isinstance(value, str):
        return clock(value)
    else:
        return None
    return round(result, 3) if 0 <= result < 1e7 else None


def clock(text: str) -> float | None:
    """`[hh:]mm:ss[.mmm]`, with a dot or a comma, in seconds."""
    found = re.fullmatch(r"\s*(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,6}))?\s*", text)
    if not found:
        return None
    whole = int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
    return whole + (int(found[4]) / 10 ** len(found[4]) if found[4] else 0.0)


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """An instant from ISO text, another written date, or epoch seconds or milliseconds."""
    text = text_of(value)
    if text is None:
        return None
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        text = text.split(".")[0].rjust(10, "0")
    found = parse_date(text, DateRule(numbers=True), zone)
    return None if found is None else as_datetime(found, zone)


def person(value: Any, role: str = "attendee") -> Person | None:
    """Somebody as a name, an address, `Name <address>`, or an object with name and email."""
    if isinstance(value, str | int):
        text = text_of(value) or ""
        if found := re.fullmatch(r"(.*?)\s*<\s*([^<>\s]+@[^<>\s]+)\s*>", text):
            return Person(found[1].strip(" \"'") or None, found[2], role)
        if re.fullmatch(r"[^@\s]+@[^@\s]+", text):
            return Person(None, text, role)
        return Person(text, None, role) if text else None
    if not isinstance(value, Mapping):
        return None
    name = first_text(value, "name", "displayName", "display_name", "fullName", "full_name", "speaker", "speakerName")
    if name is None:
        name = (
            " ".join(
                part
                for part in (first_text(value, "first_name", "firstName"), first_text(value, "last_name", "lastName"))
                if part
            )
            or None
        )
    email = first_text(value, "email", "emailAddress", "email_address", "mail")
    if name is None and email is None:
        return None
    side = (first_text(value, "side", "affiliation", "party", "type") or "").casefold()
    side_of = {
        "buyer": "buyer",
        "external": "buyer",
        "customer": "buyer",
        "prospect": "buyer",
        "seller": "seller",
        "internal": "seller",
    }
    return Person(
        name,
        email,
        first_text(value, "role") or role,
        first_text(value, "title", "job_title", "jobTitle"),
        side_of.get(side),
    )


def people(*values: Any) -> tuple[Person, ...]:
    """Everybody named in some lists, each once: those with the same address, or the same name, are one."""
    found: list[Person] = []
    for value in values:
        for item in value if isinstance(value, list | tuple) else [value]:
            someone = item if isinstance(item, Person) else person(item)
            if someone is None:
                continue
            place = next((n for n, other in enumerate(found) if _same(someone, other)), None)
            if place is None:
                found.append(someone)
            else:
                known = found[place]
                found[place] = replace(
                    known,
                    name=known.name or someone.name,
                    email=known.email or someone.email,
                    title=known.title or someone.title,
                    side=known.side or someone.side,
                )
    return tuple(found)


def _same(a: Person, b: Person) -> bool:
    if a.email and b.email:
        return a.email.casefold() == b.email.casefold()
    return a.name is not None and b.name is not None and a.name.casefold() == b.name.casefold()


def derived_id(prefix: str, *parts: object) -> str:
    """A stable id for what has none: a hash of what it says."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()
    return f"{prefix}-{digest[:16]}"
