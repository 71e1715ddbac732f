"""Calendars read through the vendors' APIs from strict fakes: the window whole, then what changed; nothing private is taken."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.mailboxes import google_calendar, graph_calendar
from integrations.mailboxes.google_calendar import GoogleCalendar
from integrations.mailboxes.graph_calendar import GraphCalendar
from integrations.mailboxes.source import Secret
from integrations.mailboxes.web import Web
from tests.conftest import NOW
from tests.fakes.calendar_apis import FakeGoogleCalendar, FakeGraphCalendar

SAM, ANNA = "sam@ours.example", "anna@buyer.example"


class Days:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def google(server: FakeGoogleCalendar, days: Days) -> GoogleCalendar:
    return GoogleCalendar(Web(server.url, Secret(access_token="good"), token_url=f"{server.url}/token"), days.now)


def graph(server: FakeGraphCalendar, days: Days) -> GraphCalendar:
    return GraphCalendar(Web(server.url, Secret(access_token="good"), token_url=f"{server.url}/token"), days.now)


def event(identity: str, at: str = "2026-11-24T10:00:00-05:00", **more: Any) -> dict[str, Any]:
    """Return an event as Google tells it."""
    return {
        "id": identity,
        "iCalUID": f"{identity}@google.com",
        "status": "confirmed",
        "summary": identity,
        "start": {"dateTime": at},
        "end": {"dateTime": (datetime.fromisoformat(at) + timedelta(minutes=30)).isoformat()},
        "organizer": {"email": SAM, "self": True},
        "attendees": [
            {"email": ANNA, "displayName": "Anna Berg", "responseStatus": "accepted"},
            {"email": "room@resource.example", "resource": True},
            {"email": "tom@buyer.example", "responseStatus": "declined"},
        ],
        "htmlLink": "https://www.google.com/calendar/event?eid=1",
    } | more


def item(identity: str, at: str = "2026-11-24T15:00:00.0000000", **more: Any) -> dict[str, Any]:
    """Return an event as Graph tells it."""
    return {
        "id": identity,
        "iCalUId": f"uid-{identity}",
        "type": "singleInstance",
        "subject": identity,
        "sensitivity": "normal",
        "isAllDay": False,
        "isCancelled": False,
        "start": {"dateTime": at, "timeZone": "UTC"},
        "end": {"dateTime": at, "timeZone": "UTC"},
        "organizer": {"emailAddress": {"name": "Sam Reed", "address": SAM}},
        "attendees": [
            {"type": "required", "status": {"response": "accepted"}, "emailAddress": {"name": "Anna Berg", "address": ANNA}},
            {"type": "resource", "status": {"response": "none"}, "emailAddress": {"name": "Room", "address": "room@ours.example"}},
        ],
    } | more  # fmt: skip


def test_google_gives_the_window_whole_and_then_what_changed() -> None:
    days = Days()
    with FakeGoogleCalendar() as server:
        for number in range(5):
            server.put(event(f"e{number}"))
        server.put(event("old", "2025-01-01T10:00:00+00:00"))
        box = google(server, days)
        first = box.read({})
        assert [one.id for one in first.meetings] == [f"e{number}@google.com" for number in range(5)]
        assert (first.whole, first.more) == (True, False)
        assert [(one.email, one.role) for one in first.meetings[0].people] == [(SAM, "organizer"), (ANNA, "attendee")]
        assert first.meetings[0].begins == datetime.fromisoformat("2026-11-24T10:00:00-05:00")
        nothing = box.read(first.cursor)
        assert (nothing.meetings, nothing.whole) == ((), False)
        server.put(event("e1", summary="moved", at="2026-11-25T09:00:00+00:00"))
        changed = box.read(nothing.cursor)
        assert [(one.id, one.subject) for one in changed.meetings] == [("e1@google.com", "moved")]
        assert not changed.whole
        box.close()
        assert server.unknown == []


def test_google_reads_whole_again_after_a_deletion_a_new_day_and_a_lost_token() -> None:
    days = Days()
    with FakeGoogleCalendar() as server:
        server.put(event("a"))
        server.put(event("b"))
        box = google(server, days)
        page = box.read({})
        server.remove("a")
        page = box.read(page.cursor)
        assert ([one.id for one in page.meetings], page.whole) == (["b@google.com"], True)
        server.forget()
        page = box.read(page.cursor)
        assert page.whole
        days.at += timedelta(days=1)
        assert box.read(page.cursor).whole
        assert server.wholes == 4
        box.close()


def test_google_tells_nothing_of_private_events_and_leaves_out_what_is_no_meeting() -> None:
    with FakeGoogleCalendar() as server:
        server.put(event("secret", visibility="private", summary="Doctor"))
        server.put(event("away", eventType="outOfOffice"))
        server.put(event("day", start={"date": "2026-11-24"}, end={"date": "2026-11-25"}))
        server.put(event("broken", start={"dateTime": "soon"}) | {"start": {"dateTime": "2026-11-24T10:00:00"}})
        box = google(server, Days())
        (page,) = [box.read({})]
        assert [(one.id, one.private, one.subject, one.people) for one in page.meetings] == [("secret@google.com", True, None, ())]  # fmt: skip
        assert page.left_out == 1
        box.close()


def test_occurrences_of_a_series_are_told_apart_and_keep_their_id_when_moved() -> None:
    with FakeGoogleCalendar() as server:
        for day, moved in (("24", "24"), ("25", "26")):
            server.put(
                event(f"s_{day}", f"2026-11-{moved}T10:00:00+00:00")
                | {"iCalUID": "s@google.com", "recurringEventId": "s", "originalStartTime": {"dateTime": f"2026-11-{day}T10:00:00+00:00"}}
            )  # fmt: skip
        box = google(server, Days())
        assert [one.id for one in box.read({}).meetings] == ["s@google.com/20261124T100000Z", "s@google.com/20261125T100000Z"]  # fmt: skip
        box.close()


def test_graph_gives_the_window_whole_and_then_what_changed() -> None:
    days = Days()
    with FakeGraphCalendar() as server:
        for number in range(5):
            server.put(item(f"e{number}"))
        box = graph(server, days)
        first = box.read({})
        assert [one.id for one in first.meetings] == [f"uid-e{number}" for number in range(5)]
        assert first.whole
        assert [(one.name, one.email, one.role) for one in first.meetings[0].people] == [("Sam Reed", SAM, "organizer"), ("Anna Berg", ANNA, "attendee")]  # fmt: skip
        server.put(item("e1", isCancelled=True))
        changed = box.read(first.cursor)
        assert ([(one.id, one.cancelled) for one in changed.meetings], changed.whole) == ([("uid-e1", True)], False)
        server.remove("e2")
        assert len(box.read(changed.cursor).meetings) == 4
        server.forget()
        days.at += timedelta(hours=1)
        assert box.read(changed.cursor).whole
        box.close()
        assert server.unknown == []


def test_graphs_bare_occurrences_take_subject_and_people_from_their_series() -> None:
    bare = {"type": "occurrence", "seriesMasterId": "m", "end": {"dateTime": "2026-11-24T16:00:00.0000000", "timeZone": "UTC"}}  # fmt: skip
    with FakeGraphCalendar() as server:
        server.masters["m"] = item("m", type="seriesMaster", subject="Weekly")
        server.put({"id": "o1", "start": {"dateTime": "2026-11-24T15:00:00.0000000", "timeZone": "UTC"}, **bare})
        server.put({"id": "o2", "start": {"dateTime": "2026-12-01T15:00:00.0000000", "timeZone": "UTC"}, **bare})
        moved = item("x", "2026-12-09T15:00:00.0000000", type="exception", seriesMasterId="m", subject="Weekly, moved", originalStart="2026-12-08T15:00:00Z")  # fmt: skip
        server.put(moved)
        box = graph(server, Days())
        page = box.read({})
        assert [(one.id, one.subject) for one in page.meetings] == [
            ("uid-m/20261124T150000Z", "Weekly"),
            ("uid-m/20261201T150000Z", "Weekly"),
            ("uid-m/20261208T150000Z", "Weekly, moved"),
        ]
        assert all(ANNA in [person.email for person in one.people] for one in page.meetings)
        assert server.calls.count("/v1.0/me/events/m") == 1
        box.close()


@pytest.mark.parametrize("sensitivity", ["private", "personal", "confidential"])
def test_graph_tells_nothing_of_private_events(sensitivity: str) -> None:
    with FakeGraphCalendar() as server:
        server.put(item("secret", sensitivity=sensitivity, subject="Doctor"))
        box = graph(server, Days())
        (meeting,) = box.read({}).meetings
        assert (meeting.private, meeting.subject, meeting.people) == (True, None, ())
        box.close()


@pytest.mark.shared_data
def test_what_google_is_asked_stands_in_its_discovery_document(shared_data: Path) -> None:
    told = json.loads((shared_data / "contracts" / "google-calendar.v3.discovery.json").read_text())
    method = told["resources"]["events"]["methods"]["list"]
    asked = {*google_calendar._ALWAYS, "syncToken", "pageToken", "timeMin", "timeMax"}
    assert asked <= {*method["parameters"], *told["parameters"]}
    path = f"/{told['servicePath']}{method['path']}".replace("{calendarId}", "primary")
    assert path == google_calendar._EVENTS
    assert told["rootUrl"].rstrip("/") == google_calendar.BASE_URL
    assert "https://www.googleapis.com/auth/calendar.events.owned.readonly" in method["scopes"]
    fields = told["schemas"]["Event"]["properties"]
    top = google_calendar._FIELDS.partition("items(")[2].replace("organizer(email,displayName)", "organizer").partition("attendees(")  # fmt: skip
    assert set(top[0].rstrip(",").split(",")) | {"attendees"} <= set(fields)
    assert set(top[2].rstrip(")").split(",")) <= set(told["schemas"]["EventAttendee"]["properties"])
    for made in (event("a"), event("b", visibility="private"), {"id": "c", "status": "cancelled"}):
        assert set(made) <= set(fields)


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=12), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["start", "end", "dateTime", "timeZone", "id", "iCalUID", "status", "attendees", "email", "organizer", "emailAddress", "address", "type", "summary", "seriesMasterId"]), inner, max_size=5), max_leaves=12)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["id", "start", "end", "attendees", "organizer", "status", "visibility", "sensitivity", "isAllDay", "recurringEventId", "originalStartTime"]), _JSON))  # fmt: skip
def test_no_event_breaks_the_reading(told: dict[str, Any]) -> None:
    for read in (google_calendar._meeting, lambda one: graph_calendar._meeting(one, {})):
        try:
            found = read(told)
        except (ValueError, TypeError, AttributeError, KeyError):
            continue
        assert found is None or found.begins.tzinfo is not None
