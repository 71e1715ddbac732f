"""Custom fields of a system, recognised by their labels as an import recognises the headers of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sales.columns import assign
from sales.fields import FIELDS
from sales.records import RecordKind

_SURE = 0.9
_FITS: Mapping[str, frozenset[str]] = {
    "text": frozenset(("text", "choice", "choices")),
    "list": frozenset(("text", "choice", "choices")),
    "email": frozenset(("text",)),
    "money": frozenset(("number",)),
    "number": frozenset(("number",)),
    "integer": frozenset(("number",)),
    "percent": frozenset(("number",)),
    "date": frozenset(("date", "datetime")),
    "datetime": frozenset(("date", "datetime")),
    "bool": frozenset(("bool",)),
}
_NEVER = frozenset(("external_id", "name", "account", "deal", "owner", "contact", "parent", "created_at", "status"))
"""What a system tells in a field of its own: a custom field that is called so is something else."""


def recognised(kind: RecordKind, labelled: Mapping[str, tuple[str, str]], taken: Iterable[str]) -> dict[str, str]:
    """Return name → field of ours, for custom fields given as name → (label, type), where the label says so clearly and the type fits.

    `taken` are our fields that are filled otherwise.
    """
    names = list(labelled)
    types = {one.key: one.type for one in FIELDS[kind]}
    used = set(taken) | _NEVER
    found: dict[str, str] = {}
    columns, _ = assign(kind, [labelled[name][0] for name in names], ())
    for name, column in zip(names, columns, strict=True):
        key = column.field
        if key is None or column.spare or column.quality < _SURE or key in used or key not in types:
            continue
        if labelled[name][1] in _FITS[types[key]]:
            found[name] = key
            used.add(key)
    return found
