"""Google Calendar: the primary calendar's window whole once a day, then by `syncToken` what has changed.

By Google's public description (Calendar API v3 `events.list`, guide "Synchronize resources efficiently"). What was deleted comes with its id
only, so that after a deletion the window is read whole again: it says what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.mailboxes.ics import AHEAD_DAYS, PAST_DAYS
from integrations.mailboxes.source import Meeting, Page, not_understood, occurrence
from integrations.mailboxes.web import Gone, Web
from sales.records import Person

BASE_URL = "https://www.googleapis.com"
_EVENTS = "/calendar/v3/calendars/primary/events"
_FIELDS = (
    "nextPageToken,nextSyncToken,items(id,iCalUID,status,summary,start,end,visibility,eventType,htmlLink,recurringEventId,originalStartTime,"
    "organizer(email,displayName),attendees(email,displayName,resource,responseStatus))"
)
_ALWAYS = {"singleEvents": "true", "maxResults": "250", "fields": _FIELDS}
_MOST_PAGES = 100
_NO_MEETINGS = ("birthday", "focusTime", "outOfOffice", "workingLocation")
_PRIVATE = ("private", "confidential")


class GoogleCalendar:
    """Reads the primary calendar of one Google account."""

    def __init__(self, web: Web, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now

    def close(self) -> None:
        """Let the connections go."""
        self._web.close()

    def read(self, cursor: Mapping[str, Any]) -> Page:
        """Return the window whole, or what has changed in it since. Raises Retriable and Fatal as `Source.read` says."""
        today = self._now().date().isoformat()
        if cursor.get("sync") and cursor.get("day") == today:
            try:
                items, token = self._listed({"syncToken": str(cursor["sync"])})
            except Gone:
                return self._whole(today)
            if not any(one.get("status") == "cancelled" for one in items):
                return self._page({"sync": token, "day": today}, items, whole=False)
        return self._whole(today)

    def _whole(self, today: str) -> Page:
        now = self._now()
        window = {
            "timeMin": (now - timedelta(days=PAST_DAYS)).isoformat(),
            "timeMax": (now + timedelta(days=AHEAD_DAYS)).isoformat(),
        }
        try:
            items, token = self._listed(window)
        except Gone as error:
            raise not_understood() from error
        return self._page({"sync": token, "day": today}, items, whole=True)

    def _listed(self, asked: Mapping[str, str]) -> tuple[list[dict[str, Any]], str]:
        """Every item of all pages, and the token that the last one holds."""
        items: list[dict[str, Any]] = []
        params = {**_ALWAYS, **asked}
        for _ in range(_MOST_PAGES):
            told = self._web.json(_EVENTS, params)
            some = told.get("items") or []
            if not isinstance(some, list):
                raise not_understood()
            items += [one for one in some if isinstance(one, dict)]
            if isinstance(token := told.get("nextSyncToken"), str):
                return items, token
            if not isinstance(following := told.get("nextPageToken"), str):
                break
            params["pageToken"] = following
        raise not_understood()

    def _page(self, cursor: dict[str, Any], items: list[dict[str, Any]], *, whole: bool) -> Page:
        now = self._now()
        first, last = now - timedelta(days=PAST_DAYS), now + timedelta(days=AHEAD_DAYS)
        meetings, left_out = [], 0
        for item in items:
            try:
                meeting = _meeting(item)
            except (ValueError, TypeError, AttributeError, KeyError):
                left_out += 1
                continue
            if meeting is not None and first <= meeting.begins <= last:
                meetings.append(meeting)
        return Page(cursor, meetings=tuple(meetings), left_out=left_out, whole=whole)


def _meeting(item: Mapping[str, Any]) -> Meeting | None:
    """An event as a meeting; None for whole days and what is no meeting. Of a private one only its time is taken."""
    start = item["start"].get("dateTime")
    if item.get("status") == "cancelled" or item.get("eventType") in _NO_MEETINGS or start is None:
        return None
    begins, identity = datetime.fromisoformat(start), str(item.get("iCalUID") or item["id"])
    if item.get("recurringEventId") and (original := (item.get("originalStartTime") or {}).get("dateTime")):
        identity = occurrence(identity, datetime.fromisoformat(original))
    if begins.tzinfo is None:
        raise ValueError("a time without an offset")
    if item.get("visibility") in _PRIVATE:
        return Meeting(identity, None, begins, None, private=True)
    end = (item.get("end") or {}).get("dateTime")
    url = str(item.get("htmlLink") or "")
    return Meeting(
        identity,
        str(item.get("summary") or "").strip() or None,
        begins,
        datetime.fromisoformat(end) if end else None,
        tuple(_people(item)),
        url=url if url.startswith("https://") else None,
    )


def _people(item: Mapping[str, Any]) -> list[Person]:
    """Organizer and attendees; rooms and who declined were not there."""
    people = [Person(_name(item["organizer"]), _address(item["organizer"]), "organizer")] if item.get("organizer") else []  # fmt: skip
    people += [
        Person(_name(one), _address(one), "attendee")
        for one in item.get("attendees") or ()
        if not one.get("resource") and one.get("responseStatus") != "declined"
    ]
    return [one for one in people if one.email or one.name]


def _name(told: Mapping[str, Any]) -> str | None:
    return str(told.get("displayName") or "").strip() or None


def _address(told: Mapping[str, Any]) -> str | None:
    return str(told.get("email") or "").strip().lower() or None
