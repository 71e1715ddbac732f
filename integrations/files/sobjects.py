"""Salesforce sObject trees (`sf data export tree`): what a record's type is, and the names behind references between files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.files.decoding import Source, whole
from integrations.files.jsonvalues import first_text, parse, text_of
from sales.records import RecordKind

_KINDS = {
    "account": RecordKind.ACCOUNT, "contact": RecordKind.CONTACT, "user": RecordKind.USER, "lead": RecordKind.LEAD,
    "opportunity": RecordKind.DEAL, "product2": RecordKind.PRODUCT, "product": RecordKind.PRODUCT, "task": RecordKind.ACTIVITY,
    "event": RecordKind.ACTIVITY, "opportunityfieldhistory": RecordKind.CHANGE, "forecastingquota": RecordKind.TARGET,
}  # fmt: skip
_MOST_FILES = 50
_MOST_BYTES = 5_000_000


def type_of(item: Mapping[str, Any]) -> str | None:
    """The sObject type that a record names, or None where it is not from Salesforce."""
    attributes = item.get("attributes")
    return text_of(attributes.get("type")) if isinstance(attributes, Mapping) else None


def reference_of(item: Mapping[str, Any]) -> str | None:
    """The id by which other records of the tree point at this one."""
    attributes = item.get("attributes")
    return text_of(attributes.get("referenceId")) if isinstance(attributes, Mapping) else None


def kind_of(sobject: str) -> RecordKind | None:
    """The kind of record behind an sObject type; None for those that the spine has no place for."""
    return _KINDS.get(re.sub(r"__c$", "", sobject).casefold())


def records_of(document: Any) -> Iterator[Mapping[str, Any]]:
    """The top records of a tree file."""
    records = document.get("records") if isinstance(document, Mapping) else None
    for item in records if isinstance(records, list) else ():
        if isinstance(item, Mapping) and type_of(item):
            yield item


def names_beside(source: Source, document: Any) -> dict[str, str]:
    """`@Reference` → name, for records of types that the spine does not know (a product family), from the tree files in the same folder.

    References to accounts, deals and the like stay references: their records carry them as ids.
    """
    wanted = {
        value
        for item in records_of(document)
        for value in item.values()
        if isinstance(value, str) and re.fullmatch(r"@\w+", value)
    }
    if not wanted or source.path is None:
        return {}
    names: dict[str, str] = {}
    for path in sorted(source.path.parent.glob("*.json"))[:_MOST_FILES]:
        try:
            if path.stat().st_size > _MOST_BYTES:
                continue
            other = parse(whole(Source(path.name, path)))
        except (OSError, ValueError):
            continue
        for item in records_of(other):
            mark = f"@{reference_of(item)}"
            if mark in wanted and kind_of(type_of(item) or "") is None and (name := first_text(item, "Name")):
                names[mark] = name
    return names
