"""A Microsoft 365 calendar: `calendarView/delta` over the window, whole once a day, then by its delta link what has changed.

By Microsoft's public description (Graph v1.0 event-delta; "Get incremental changes to events in a calendar view") and what is known of it
(microsoft-graph-docs issues 7632 and 22197): an occurrence comes without subject and people, which stand in its series' master, and an
occurrence that was deleted is not told. So the window is read whole again where something vanished or a series changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.mailboxes.ics import AHEAD_DAYS, PAST_DAYS
from integrations.mailboxes.source import Meeting, Page, not_understood, occurrence
from integrations.mailboxes.web import Gone, Web
from sales.records import Person

SCOPE = "https://graph.microsoft.com/Calendars.Read offline_access"
_HEADERS = {"Prefer": 'odata.maxpagesize=100, outlook.timezone="UTC", IdType="ImmutableId"'}
_MOST_PAGES = 200
_PRIVATE = ("private", "confidential", "personal")
_SELECT = "id,iCalUId,subject,sensitivity,isCancelled,organizer,attendees,webLink"


class GraphCalendar:
    """Reads the primary calendar of one Microsoft 365 account."""

    def __init__(self, web: Web, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now

    def close(self) -> None:
        """Let the connections go."""
        self._web.close()

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the window whole, or what has changed in it since. Raises Retriable and Fatal as `Source.read` says."""
        today = self._now().date().isoformat()
        if cursor.get("link") and cursor.get("day") == today:
            try:
                items, link = self._listed(str(cursor["link"]), None)
            except Gone:
                return self._whole(today)
            if all("@removed" not in one and one.get("type") in (None, "singleInstance") for one in items):
                return self._page({"link": link, "day": today}, items, whole=False)
        return self._whole(today)

    def _whole(self, today: str) -> Page:
        now = self._now().astimezone(UTC)
        window = {
            "startDateTime": (now - timedelta(days=PAST_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "endDateTime": (now + timedelta(days=AHEAD_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        try:
            items, link = self._listed("/v1.0/me/calendarView/delta", window)
        except Gone as error:
            raise not_understood() from error
        return self._page({"link": link, "day": today}, items, whole=True)

    def _listed(self, path: str, params: Mapping[str, str] | None) -> tuple[list[dict[str, Any]], str]:
        """Every item of a round, and the delta link that ends it."""
        items: list[dict[str, Any]] = []
        for _ in range(_MOST_PAGES):
            told = self._web.json(path, params, _HEADERS)
            some = told.get("value")
            if not isinstance(some, list):
                raise not_understood()
            items += [one for one in some if isinstance(one, dict)]
            if isinstance(link := told.get("@odata.deltaLink"), str):
                return items, link
            if not isinstance(following := told.get("@odata.nextLink"), str):
                break
            path, params = following, None
        raise not_understood()

    def _page(self, cursor: dict[str, Any], items: list[dict[str, Any]], *, whole: bool) -> Page:
        masters: dict[str, Mapping[str, Any]] = {one["id"]: one for one in items if one.get("type") == "seriesMaster" and isinstance(one.get("id"), str)}  # fmt: skip
        meetings, left_out = [], 0
        for item in items:
            if "@removed" in item or item.get("type") == "seriesMaster":
                continue
            try:
                meeting = _meeting(item, self._master(item, masters))
            except (ValueError, TypeError, AttributeError, KeyError):
                left_out += 1
                continue
            if meeting is not None:
                meetings.append(meeting)
        return Page(cursor, meetings=tuple(meetings), left_out=left_out, whole=whole)

    def _master(self, item: Mapping[str, Any], masters: dict[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        """The master of an occurrence's series, asked for once; nothing for a single event."""
        series = item.get("seriesMasterId")
        if not isinstance(series, str) or not series:
            return {}
        if series not in masters:
            try:
                masters[series] = self._web.json(
                    f"/v1.0/me/events/{quote(series, safe='')}", {"$select": _SELECT}, _HEADERS
                )
            except Gone:
                masters[series] = {}
        return masters[series]


def _meeting(item: Mapping[str, Any], master: Mapping[str, Any]) -> Meeting | None:
    """An event as a meeting, with what its series says where it says nothing itself; None for whole days. Of a private one only its time is taken."""
    told = {**master, **{name: value for name, value in item.items() if value is not None}}
    if told.get("isAllDay"):
        return None
    begins = _moment(told["start"])
    identity = str(told.get("iCalUId") or told["id"])
    if master:
        original = item.get("originalStart")
        moment = datetime.fromisoformat(str(original)[:19]).replace(tzinfo=UTC) if original else begins
        identity = occurrence(str(master.get("iCalUId") or item["seriesMasterId"]), moment)
    if str(told.get("sensitivity") or "").casefold() in _PRIVATE:
        return Meeting(identity, None, begins, None, private=True)
    url = str(told.get("webLink") or "")
    return Meeting(
        identity,
        str(told.get("subject") or "").strip() or None,
        begins,
        _moment(told["end"]) if told.get("end") else None,
        tuple(_people(told)),
        cancelled=bool(told.get("isCancelled")),
        url=url if url.startswith("https://") else None,
    )


def _moment(told: Mapping[str, Any]) -> datetime:
    """A time in UTC, which is the zone that we ask for; its fraction has more digits than it needs."""
    if str(told.get("timeZone") or "UTC") not in ("UTC", "Etc/UTC", "Coordinated Universal Time"):
        raise ValueError("a time in another zone than was asked for")
    return datetime.fromisoformat(str(told["dateTime"])[:19]).replace(tzinfo=UTC)


def _people(told: Mapping[str, Any]) -> list[Person]:
    """Organizer and attendees; rooms and who declined were not there."""
    people = [_person(told["organizer"], "organizer")] if told.get("organizer") else []
    people += [
        _person(one, "attendee")
        for one in told.get("attendees") or ()
        if one.get("type") != "resource" and (one.get("status") or {}).get("response") != "declined"
    ]
    return [one for one in people if one.email or one.name]


def _person(told: Mapping[str, Any], role: str) -> Person:
    address = told.get("emailAddress") or {}
    email = str(address.get("address") or "").strip().lower()
    return Person(str(address.get("name") or "").strip() or None, email if "@" in email else None, role)
