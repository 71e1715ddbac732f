"""What is said unasked: once, in the person's hours, the most valuable first, and never more than they can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from agents.notices import NewNotice, drop, due, put, settle
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import User
from sales.names import person_key

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
Say = Callable[..., None]


@pytest.fixture
def office(settings: Settings) -> Settings:
    return settings.model_copy(update={"notices_a_day": 2})


@pytest.fixture
def say(database: Database) -> Say:
    """Let a notice wait for Dana (New York) or Jonas (Berlin)."""
    with database.transaction() as session:
        for name, zone in (("Dana", "America/New_York"), ("Jonas", "Europe/Berlin")):
            session.add(
                User(id=name, name=name, name_key=person_key(name), time_zone=zone, source="test", source_at=MONDAY)
            )

    def wait(key: str, user: str = "Dana", value: int = 0, *, urgent: bool = False, kind: str = "card") -> None:
        with database.transaction() as session:
            put(session, NewNotice(key, user, kind, {}, urgent=urgent, value=Decimal(value)), MONDAY)

    return wait


def _told(database: Database, office: Settings, now: datetime) -> list[str]:
    with database.transaction() as session:
        keys = due(session, office, now)
        for key in keys:
            settle(session, key, "sent", now)
    return keys


def test_the_most_valuable_is_said_first_and_the_rest_waits_for_the_next_day(
    database: Database, office: Settings, say: Say
) -> None:
    for key, value in (("small", 10), ("large", 90), ("middle", 50)):
        say(key, value=value)
    assert _told(database, office, MONDAY) == ["large", "middle"]
    assert _told(database, office, MONDAY + timedelta(hours=2)) == []
    assert _told(database, office, MONDAY + timedelta(days=1)) == ["small"]


def test_what_is_urgent_comes_though_enough_was_said_but_not_at_night(
    database: Database, office: Settings, say: Say
) -> None:
    for key in ("one", "two", "three"):
        say(key)
    say("demo request", urgent=True)
    assert _told(database, office, MONDAY) == ["demo request", "one"]
    say("interest", urgent=True)
    assert _told(database, office, MONDAY + timedelta(hours=1)) == ["interest"]
    say("at night", urgent=True)
    assert _told(database, office, MONDAY + timedelta(hours=10)) == []
    assert "at night" in _told(database, office, MONDAY + timedelta(days=1))


def test_that_sending_stopped_is_said_at_night_and_at_the_weekend_too(
    database: Database, office: Settings, say: Say
) -> None:
    for key in ("one", "two", "three"):
        say(key)
    assert _told(database, office, MONDAY) == ["one", "three"]
    say("paused: monday", urgent=True, kind="domain_paused")
    assert _told(database, office, MONDAY + timedelta(hours=12)) == ["paused: monday"]
    say("paused: saturday", urgent=True, kind="domain_paused")
    assert _told(database, office, MONDAY + timedelta(days=5, hours=10)) == ["paused: saturday"]


def test_everybody_has_hours_of_their_own(database: Database, office: Settings, say: Say) -> None:
    say("for New York", "Dana")
    say("for Berlin", "Jonas")
    assert _told(database, office, MONDAY.replace(hour=18)) == ["for New York"]
    assert _told(database, office, MONDAY + timedelta(hours=17)) == ["for Berlin"]


def test_the_same_is_said_once_and_what_was_taken_back_never(database: Database, office: Settings, say: Say) -> None:
    say("card")
    say("card")
    say("taken back")
    with database.transaction() as session:
        drop(session, "taken back")
    assert _told(database, office, MONDAY) == ["card"]
    say("card")
    assert _told(database, office, MONDAY + timedelta(hours=1)) == []
