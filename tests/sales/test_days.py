"""Days ago are calendar days of the company's zone, whatever the clocks do, and however far back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.days import DaysAgo

# Havana and Beirut change their clocks at midnight, Lord Howe by half an hour; Apia left a whole day out.
ZONES = [
    "UTC",
    "America/New_York",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(-2_524_521_600, 2_208_988_800).map(lambda seconds: EPOCH + timedelta(seconds=seconds))


@given(as_of=moments, ago=st.timedeltas(timedelta(days=-40), timedelta(days=4_000)), zone=st.sampled_from(ZONES))
def test_the_days_are_those_of_the_calendar(as_of: datetime, ago: timedelta, zone: str) -> None:
    place = ZoneInfo(zone)
    moment = as_of - ago
    wanted = (as_of.astimezone(place).date() - moment.astimezone(place).date()).days
    assert DaysAgo(as_of, place).of(moment) == wanted


@given(
    as_of=moments,
    ago=st.timedeltas(timedelta(days=-3), timedelta(days=60)),
    days=st.integers(0, 60),
    zone=st.sampled_from(ZONES),
)
def test_what_lies_before_a_days_start_is_that_many_days_ago_or_more(
    as_of: datetime, ago: timedelta, days: int, zone: str
) -> None:
    counted = DaysAgo(as_of, ZoneInfo(zone))
    moment = as_of - ago
    assert (moment < counted.start(days)) == (counted.of(moment) >= days)


@pytest.mark.parametrize("days", [0, 1, 36_500, 3_000_000])
def test_no_number_of_days_is_too_large(days: int) -> None:
    for zone in ZONES:
        assert DaysAgo(datetime(2026, 11, 23, 15, tzinfo=UTC), ZoneInfo(zone)).start(days).tzinfo is not None
