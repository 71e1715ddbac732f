"""Everybody in a call is matched by mail, name and domain; who is new is proposed, and nobody is made up."""

from __future__ import annotations

import pytest

from agents.notes.record import Attendee
from agents.notes.service import Notes
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.notes.calls import SALE, add_call, company

TEXTS = [text for _, _, text in SALE]


@pytest.fixture
def notes(sqlite_database: Database, settings: Settings, clock: FixedClock) -> Notes:
    company(sqlite_database)
    return Notes(sqlite_database, settings, clock)


def there(notes: Notes, database: Database, speakers: tuple[str, str], people: list[tuple[str | None, str | None, str]]) -> dict[str, Attendee]:  # fmt: skip
    seller, buyer = speakers
    lines = [(seller if side == "seller" else buyer, "unknown", text) for _, side, text in SALE]
    add_call(database, "c1", lines, people=people)
    return {one.name or "": one for one in notes.of("c1", scope=EVERYTHING).participants}


def test_names_as_a_meeting_tool_shows_them(notes: Notes, sqlite_database: Database) -> None:
    found = there(notes, sqlite_database, ("Whitfield, Dana (Tallyport)", "Raymond Okonkwo"), [])
    assert (found["Dana Whitfield"].user, found["Dana Whitfield"].side) == ("dana", "seller")
    assert (found["Ray Okonkwo"].contact, found["Ray Okonkwo"].matched_by) == ("ray", "name")
    assert len(found) == 2


def test_an_address_says_more_than_a_name(notes: Notes, sqlite_database: Database) -> None:
    people: list[tuple[str | None, str | None, str]] = [
        ("R. O.", "ray@acme.example", "unknown"),
        ("Kim Lee", "kim@acme.example", "unknown"),
        ("Sam Roe", "sam@ours.example", "unknown"),
    ]
    found = there(notes, sqlite_database, ("Sam Roe", "Kim Lee"), people)
    assert (found["Ray Okonkwo"].contact, found["Ray Okonkwo"].matched_by) == ("ray", "mail")
    assert (found["Kim Lee"].side, found["Kim Lee"].matched_by, found["Kim Lee"].proposed) == ("buyer", "domain", True)
    assert (found["Sam Roe"].side, found["Sam Roe"].matched_by, found["Sam Roe"].proposed) == ("seller", "domain", False)  # fmt: skip


def test_somebody_of_the_same_name_with_another_address_is_somebody_else(notes: Notes, sqlite_database: Database) -> None:  # fmt: skip
    found = there(notes, sqlite_database, ("Dana Whitfield", "Ray Okonkwo"), [("Ray Okonkwo", "ray@else.example", "unknown")])  # fmt: skip
    assert found["Ray Okonkwo"].contact is None


def test_speakers_without_names_get_a_side_but_are_nobody(notes: Notes, sqlite_database: Database) -> None:
    found = there(notes, sqlite_database, ("Speaker 1", "Speaker 2"), [])
    assert not any(one.proposed or one.contact or one.user for one in found.values())
    assert set(found) == {"Speaker 1", "Speaker 2"}


def test_talk_among_strangers_has_no_sides(notes: Notes, sqlite_database: Database) -> None:
    lines = [
        (name, "unknown", f"I think the remote should have {what} because everybody who used it said so.")
        for name, what in (
            ("Ann", "big buttons"),
            ("Bob", "a rubber case"),
            ("Ann", "a yellow logo"),
            ("Bob", "fewer keys"),
        )
    ]
    add_call(sqlite_database, "c2", lines, account=None, deal=None)
    assert {one.side for one in notes.of("c2", scope=EVERYTHING).participants} == {"unknown"}
