"""How HubSpot is read: everything by list the first time, what changed by search after that, what was archived by its own list.

The search gives 10,000 results at most and sorts by one property. So what changed is read in the order of ids, each page beginning after the last id of
the one before (`hs_object_id` greater than it): no page is ever beyond the ceiling, and a record that changes meanwhile is found by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.connectors.stream import Cursor, Page, Remote
from integrations.hubspot.api import ASSOCIATIONS_LIMIT, LIST_LIMIT, SEARCH_LIMIT, Api
from integrations.hubspot.objects import MERGEABLE, ObjectType
from integrations.hubspot.values import moment

OVERLAP = timedelta(minutes=5)
"""What changed shortly before the last run is read again: the search learns of a change some time after it was made, and clocks differ."""

_A_MOMENT = timedelta(milliseconds=1)
_EMPTY = timedelta(days=1)
"""How far before its first reading an empty object type is looked through later."""

_LONGEST_URL = 6_000


class Reading:
    """Pages of one object type. `extra` are custom properties to ask for besides the usual ones; `now` is our own clock."""

    def __init__(self, api: Api, kind: ObjectType, extra: Iterable[str], now: Callable[[], datetime]) -> None:
        self._api = api
        self._kind = kind
        self._now = now
        self._properties = _fitting([*kind.properties, *extra])
        self._all = [*kind.properties, *extra]

    def page(self, cursor: Cursor) -> Page:
        """Return the next page. The cursor's phase is list, changes or archived; see the module."""
        phase = cursor.get("phase", "list")
        if phase == "list":
            return self._listed(cursor)
        return self._archived(cursor) if phase == "archived" else self._changed(cursor)

    def _begun(self, cursor: Cursor) -> Cursor:
        """Note when this run began, by HubSpot's clock where it told the time, and the latest change seen so far."""
        if "begun" in cursor:
            return cursor
        return {**cursor, "begun": (self._api.client.remote_now or self._now()).isoformat(), "latest": None}

    def _ended(self, cursor: Cursor) -> Cursor:
        """Return where the next run begins.

        It is told by the changes that were seen, not by a clock: whose clock stamps the records is nobody's to know. After a run that saw a newer change,
        a while before it is read once more; after a quiet one, only what is newer still. Nothing seen at all leaves the beginning where it is.
        """
        begun = datetime.fromisoformat(cursor["begun"])
        latest = datetime.fromisoformat(cursor["latest"]) if cursor.get("latest") else None
        known = datetime.fromisoformat(cursor["known"]) if cursor.get("known") else None
        if latest is None or (known is not None and latest <= known):
            since = known + _A_MOMENT if known else _read(cursor.get("since")) or begun - _EMPTY
        else:
            known, since = latest, min(begun, latest) - OVERLAP
        told = {"phase": "changes", "since": since.isoformat()}
        return told | ({"known": known.isoformat()} if known else {})

    def _listed(self, cursor: Cursor) -> Page:
        results, after = self._api.list_objects(
            self._kind.name,
            self._properties,
            cursor.get("after"),
            associations=self._kind.to,
            limit=LIST_LIMIT,
        )
        if len(self._properties) < len(self._all):
            results = self._completed(results)
        cursor = self._with_latest(self._begun(cursor), results)
        records = tuple(self._remote(one) for one in results)
        if after:
            return Page(records, {**cursor, "phase": "list", "after": after}, more=True)
        return Page(records, self._ended(cursor), more=False)

    def _changed(self, cursor: Cursor) -> Page:
        since = datetime.fromisoformat(cursor["since"])
        filters: list[dict[str, Any]] = [
            {"propertyName": self._kind.modified, "operator": "GTE", "value": _milliseconds(since)}
        ]
        if cursor.get("last_id"):
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": str(cursor["last_id"])})
        results = self._api.search(self._kind.name, filters, self._all, "hs_object_id", limit=SEARCH_LIMIT)
        cursor = self._with_latest(self._begun(cursor), results)
        self._bind(results)
        records = tuple(self._remote(one) for one in results)
        if len(results) == SEARCH_LIMIT:
            last = max(int(one["id"]) for one in results)
            return Page(records, {**cursor, "phase": "changes", "last_id": str(last)}, more=True)
        return Page(records, {**cursor, "phase": "archived", "after": None}, more=True)

    def _archived(self, cursor: Cursor) -> Page:
        results, after = self._api.list_objects(
            self._kind.name, (self._kind.modified,), cursor.get("after"), archived=True, limit=LIST_LIMIT
        )
        records = tuple(Remote(str(one["id"]), deleted=True) for one in results)
        if after:
            return Page(records, {**cursor, "phase": "archived", "after": after}, more=True)
        return Page(records, self._ended(cursor), more=False)

    def some(self, ids: list[str]) -> tuple[Remote, ...]:
        """Return these records as they are now; those that are not there any more as deleted."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), LIST_LIMIT):
            found += self._api.read_many(self._kind.name, ids[start : start + LIST_LIMIT], self._all)
        self._bind(found)
        there = {str(one["id"]) for one in found}
        gone = tuple(Remote(one, deleted=True) for one in ids if one not in there)
        return (*(self._remote(one) for one in found), *gone)

    def _completed(self, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Read what an address can't hold: a portal may have more custom properties than fit into one."""
        full = {
            str(one["id"]): one
            for one in self._api.read_many(self._kind.name, [str(one["id"]) for one in results], self._all)
        }
        return [
            {
                **one,
                "properties": {
                    **(one.get("properties") or {}),
                    **(full.get(str(one["id"]), {}).get("properties") or {}),
                },
            }
            for one in results
        ]

    def _bind(self, results: list[dict[str, Any]]) -> None:
        """Add to what each record is bound: a search does not tell."""
        ids = [str(one["id"]) for one in results]
        for to in self._kind.to if ids else ():
            found: dict[str, list[str]] = {}
            for start in range(0, len(ids), ASSOCIATIONS_LIMIT):
                found |= self._api.associations(self._kind.name, to, ids[start : start + ASSOCIATIONS_LIMIT])
            for one in results:
                one.setdefault("associations", {})[to] = {"results": [{"id": i} for i in found.get(str(one["id"]), ())]}

    def _with_latest(self, cursor: Cursor, results: Iterable[Mapping[str, Any]]) -> Cursor:
        changes = [changed for one in results if (changed := self._changed_at(one)) is not None]
        if not changes:
            return cursor
        latest = max(changes)
        known = cursor.get("latest")
        if known is None or datetime.fromisoformat(known) < latest:
            return {**cursor, "latest": latest.isoformat()}
        return cursor

    def _changed_at(self, one: Mapping[str, Any]) -> datetime | None:
        try:
            return moment((one.get("properties") or {}).get(self._kind.modified)) or moment(one.get("updatedAt"))
        except (ValueError, AttributeError, TypeError):
            return None

    def _remote(self, one: Mapping[str, Any]) -> Remote:
        properties = one.get("properties") or {}
        merged: tuple[str, ...] = ()
        if self._kind.name in MERGEABLE and isinstance(properties, Mapping):
            told = str(properties.get("hs_merged_object_ids") or "")
            merged = tuple(part for part in told.replace(",", ";").split(";") if part)
        return Remote(str(one["id"]), one, self._changed_at(one), bool(one.get("archived")), merged)


class OwnerReading:
    """Pages of owners: those in office, then those who left. There is no way to ask for changes, and there are few: all are read each time."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, cursor: Cursor) -> Page:
        """Return the next page."""
        archived = bool(cursor.get("archived"))
        results, after = self._api.owners(cursor.get("after"), archived=archived)
        records = tuple(
            Remote(str(one["id"]), {**one, "archived": archived}, moment(one.get("updatedAt"))) for one in results
        )
        if after:
            return Page(records, {"archived": archived, "after": after}, more=True)
        return Page(records, {} if archived else {"archived": True}, more=not archived)


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _milliseconds(at: datetime) -> str:
    return str(round(at.astimezone(UTC).timestamp() * 1000))


def _fitting(names: list[str]) -> list[str]:
    """Return as many names as an address can hold."""
    found, length = [], 0
    for name in dict.fromkeys(names):
        length += len(name) + len("&properties=")
        if length > _LONGEST_URL:
            break
        found.append(name)
    return found
