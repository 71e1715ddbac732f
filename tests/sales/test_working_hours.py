"""Working hours, in every zone and through every change of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.working_hours import Hours, is_open, next_open, working_time

BERLIN = Hours(ZoneInfo("Europe/Berlin"))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
HOURS = st.builds(
    Hours,
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]).map(ZoneInfo),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sampled_from([time(0), time(7, 30), time(9)]),
    st.sampled_from([time(12), time(17), time(23, 59)]),
)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T08:30:00+01:00", "2026-11-23T09:00:00+01:00"),
        ("2026-11-23T11:00:00+01:00", "2026-11-23T11:00:00+01:00"),
        ("2026-11-20T17:00:00+01:00", "2026-11-23T09:00:00+01:00"),
        ("2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),
    ],
    ids=["early", "at work", "Friday evening", "over the weekend in which clocks change"],
)
def test_work_goes_on_when_the_office_opens(moment: str, opens: str) -> None:
    assert next_open(datetime.fromisoformat(moment), BERLIN) == datetime.fromisoformat(opens)


def test_a_weekend_holds_no_working_time() -> None:
    friday, monday = datetime(2026, 11, 20, 15, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert working_time(friday, monday, BERLIN) == timedelta(hours=2)
    assert working_time(monday, friday, BERLIN) == timedelta(0)


@given(MOMENTS, HOURS)
def test_the_next_opening_is_open_and_no_working_time_lies_before_it(moment: datetime, hours: Hours) -> None:
    opening = next_open(moment, hours)
    assert opening >= moment
    assert is_open(opening, hours)
    assert working_time(moment, opening, hours) == timedelta(0)
    assert is_open(moment, hours) == (opening == moment)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), st.timedeltas(timedelta(0), timedelta(days=20)), HOURS)
def test_working_time_adds_up(start: datetime, one: timedelta, other: timedelta, hours: Hours) -> None:
    middle, end = start + one, start + one + other
    assert working_time(start, end, hours) == working_time(start, middle, hours) + working_time(middle, end, hours)


def test_hours_that_never_come_are_refused() -> None:
    with pytest.raises(ValueError, match="working day"):
        Hours(ZoneInfo("UTC"), frozenset())
    with pytest.raises(ValueError, match="opens"):
        Hours(ZoneInfo("UTC"), opens=time(17), closes=time(9))
