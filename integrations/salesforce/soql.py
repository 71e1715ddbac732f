"""Queries in SOQL: quoted so that no value can end its text, and ordered so that reading can begin again after any row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_ESCAPED = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
    "\x00": "",
}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def quoted(text: str) -> str:
    """Return a text as a SOQL literal ("Quoted String Escape Sequences" in the SOQL reference)."""
    return "'" + "".join(_ESCAPED.get(one, one) for one in text) + "'"


def name(text: str) -> str:
    """Return a name of an object or a field as it is; ValueError for anything that is none."""
    if not _NAME.fullmatch(text):
        raise ValueError("not a name of a field")
    return text


def is_id(text: str) -> bool:
    """Whether a text is an id of Salesforce, of 15 or 18 characters."""
    return _ID.fullmatch(text) is not None


def moment(at: datetime) -> str:
    """Return an instant as a literal."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_of(field: str, ids: Iterable[str]) -> str:
    """Return the condition that a field is one of these ids. What is no id is left out."""
    return f"{name(field)} IN ({','.join(quoted(one) for one in ids if is_id(one))})"


def after(stamp: str, at: datetime, identity: str) -> str:
    """Return the condition that a row comes after another in the order of a stamp and of ids."""
    literal = moment(at)
    return f"({stamp} > {literal} OR ({stamp} = {literal} AND Id > {quoted(identity)}))"


def select(
    fields: Sequence[str],
    object_type: str,
    conditions: Sequence[str] = (),
    *,
    order: str = "",
    limit: int | None = None,
) -> str:
    """Return a query."""
    asked = " ".join(("SELECT", ",".join(name(one) for one in fields), "FROM", name(object_type)))
    if conditions:
        asked += " WHERE " + " AND ".join(conditions)
    if order:
        asked += f" ORDER BY {order}"
    return asked + (f" LIMIT {limit}" if limit is not None else "")


def count(object_type: str) -> str:
    """Return the query that counts an object's records."""
    return " ".join(("SELECT COUNT() FROM", name(object_type)))
