"""Nobody is disturbed at night, at the weekend, or more often a day than they can read."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.disturbing import when_to_say
from sales.working_hours import Hours, is_open

HOURS = Hours(ZoneInfo("Europe/Berlin"), opens=time(8), closes=time(18))
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "said", "urgent", "when"),
    [
        (MONDAY, 0, False, MONDAY),
        (MONDAY, 20, False, MONDAY.replace(day=24, hour=8)),
        (MONDAY, 20, True, MONDAY),
        (MONDAY.replace(hour=22), 20, False, MONDAY.replace(day=24, hour=8)),
        (MONDAY.replace(hour=22), 0, True, MONDAY.replace(day=24, hour=8)),
        (MONDAY.replace(day=27, hour=19), 3, False, MONDAY.replace(day=30, hour=8)),
        (MONDAY.replace(hour=6), 20, False, MONDAY.replace(day=24, hour=8)),
    ],
    ids=[
        "at work",
        "enough for today",
        "urgent though enough for today",
        "at night a new day begins",
        "urgent at night",
        "Friday evening",
        "before work, but enough was said today",
    ],
)
def test_it_is_said_when_the_person_works_and_has_room_for_it(
    at: datetime, said: int, urgent: bool, when: datetime
) -> None:
    assert when_to_say(at, HOURS, said, 20, urgent=urgent) == when


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 40),
    st.booleans(),
)
def test_it_is_always_said_within_hours_and_within_the_week(now: datetime, said: int, urgent: bool) -> None:
    when = when_to_say(now, HOURS, said, 20, urgent=urgent)
    assert is_open(when, HOURS)
    assert now <= when <= now + timedelta(days=5)


@pytest.mark.parametrize("at", [MONDAY, MONDAY.replace(hour=3), MONDAY.replace(day=29, hour=12)])
def test_an_alarm_waits_for_no_hour_and_no_budget(at: datetime) -> None:
    assert when_to_say(at, HOURS, 99, 20, urgent=True, alarm=True) == at
