"""Google Calendar's `events.list` and Graph's `calendarView/delta` on loopback; a call that they do not know is answered 400 and remembered.

Written from public documentation: Calendar API v3 reference `events.list` and the guide "Synchronize resources efficiently" (sync tokens, 410);
Graph v1.0 event-delta and "Get incremental changes to events in a calendar view" (rounds, @removed), with occurrences as they really come
(microsoft-graph-docs issue 7632: without subject and people).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.fakes.mail_apis import Answer, _Server

_GOOGLE_ALWAYS = {"singleEvents", "maxResults", "fields"}


class FakeGoogleCalendar(_Server):
    """Events are kept by id; each change has a number, which is what a sync token holds. `forget` voids all tokens."""

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.events: dict[str, tuple[int, dict[str, Any]]] = {}
        self.changes = 0
        self.oldest = 0
        self.page = page
        self.wholes = 0

    def put(self, event: dict[str, Any]) -> None:
        """Add or change an event."""
        self.changes += 1
        self.events[event["id"]] = (self.changes, event)

    def remove(self, identity: str) -> None:
        """Delete an event: only its id remains."""
        self.put({"id": identity, "status": "cancelled"})

    def forget(self) -> None:
        """Void every token that was given out."""
        self.oldest = self.changes + 1

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        rest = set(query) - _GOOGLE_ALWAYS - {"pageToken"}
        if path != "/calendar/v3/calendars/primary/events" or query.get("singleEvents") != "true" or rest not in ({"syncToken"}, {"timeMin", "timeMax"}):  # fmt: skip
            return self.strange(f"{path} {sorted(query)}")
        if "syncToken" in query:
            since = int(query["syncToken"])
            if since < self.oldest:
                return 410, {"error": {"code": 410, "errors": [{"reason": "fullSyncRequired"}]}}
            found = [event for number, event in self.events.values() if number > since]
        else:
            self.wholes += "pageToken" not in query
            low, high = datetime.fromisoformat(query["timeMin"]), datetime.fromisoformat(query["timeMax"])
            found = [one for _, one in self.events.values() if one.get("status") != "cancelled" and low <= _start(one, low) <= high]  # fmt: skip
        start = int(query.get("pageToken", "0"))
        told: dict[str, Any] = {"kind": "calendar#events", "items": found[start : start + self.page]}
        if start + self.page < len(found):
            return 200, told | {"nextPageToken": str(start + self.page)}
        return 200, told | {"nextSyncToken": str(self.changes)}


def _start(event: dict[str, Any], otherwise: datetime) -> datetime:
    text = event["start"].get("dateTime")
    at = datetime.fromisoformat(text) if text else otherwise
    return at if at.tzinfo else otherwise


class FakeGraphCalendar(_Server):
    """Items of the view are kept by id, masters apart; each change has a number, which is what a delta link holds."""

    def __init__(self, page: int = 2) -> None:
        super().__init__()
        self.items: dict[str, tuple[int, dict[str, Any]]] = {}
        self.masters: dict[str, dict[str, Any]] = {}
        self.changes = 0
        self.oldest = 0
        self.page = page

    def put(self, item: dict[str, Any]) -> None:
        """Add or change an item."""
        self.changes += 1
        self.items[item["id"]] = (self.changes, item)

    def remove(self, identity: str) -> None:
        """Delete an item."""
        self.put({"id": identity, "@removed": {"reason": "deleted"}})

    def forget(self) -> None:
        """Void every link that was given out."""
        self.oldest = self.changes + 1

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        for identity, master in self.masters.items():
            if path == f"/v1.0/me/events/{identity}" and set(query) == {"$select"}:
                return 200, master
        first = set(query) == {"startDateTime", "endDateTime"}
        if path != "/v1.0/me/calendarView/delta" or not (first or set(query) <= {"$skiptoken", "$deltatoken"}):
            return self.strange(f"{path} {sorted(query)}")
        since, start = map(int, (query.get("$skiptoken") or query.get("$deltatoken") or "0.0").split("."))
        if "$deltatoken" in query and since < self.oldest:
            return 410, {"error": {"code": "syncStateNotFound"}}
        found = [item for number, item in self.items.values() if number > since and (since or "@removed" not in item)]
        some, more = found[start : start + self.page], start + self.page < len(found)
        token = f"$skiptoken={since}.{start + self.page}" if more else f"$deltatoken={self.changes}.0"
        return 200, {"value": some, "@odata.nextLink" if more else "@odata.deltaLink": f"{self.url}{path}?{token}"}
