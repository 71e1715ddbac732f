"""When something is due by the longest delay that a rule allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.workflow.delay import Delay, due_at, parse_delay
from sales.working_hours import Hours, is_open, working_time

BERLIN = Hours(ZoneInfo("Europe/Berlin"))
MOMENTS = st.integers(0, 800_000).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def _berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("delay", "start", "due"),
    [
        ("24 hours", _berlin(20, 16), _berlin(21, 16)),
        ("3 days", _berlin(20, 16), _berlin(23, 16)),
        ("same day", _berlin(19, 10), _berlin(19, 17)),
        ("same day", _berlin(20, 18), _berlin(23, 17)),
        ("4 working hours", _berlin(20, 15), _berlin(23, 11)),
        ("1 working day", _berlin(20, 10), _berlin(23, 17)),
        ("2 working days", _berlin(21, 10), _berlin(25, 17)),
    ],
)
def test_a_delay_is_counted_in_the_owners_working_time(delay: str, start: datetime, due: datetime) -> None:
    assert due_at(start, parse_delay(delay), BERLIN) == due


@given(start=MOMENTS, hours=st.integers(1, 60))
def test_working_hours_are_worked_exactly(start: datetime, hours: int) -> None:
    due = due_at(start, Delay(hours, "working hours"), BERLIN)
    assert working_time(start, due, BERLIN) == timedelta(hours=hours)


@given(start=MOMENTS, days=st.integers(1, 20))
def test_nothing_is_due_on_a_free_day(start: datetime, days: int) -> None:
    due = due_at(start, Delay(days, "working days"), BERLIN)
    assert due > start
    assert is_open(due - timedelta(seconds=1), BERLIN)


@pytest.mark.parametrize("text", ["soon", "0 days", "9999 hours", "", "three days"])
def test_what_is_no_delay_is_refused_with_what_may_be_written(text: str) -> None:
    with pytest.raises(ValueError, match="same day"):
        parse_delay(text)


@given(count=st.integers(1, 90), unit=st.sampled_from(["hours", "days", "working hours", "working days"]))
def test_a_delay_is_told_as_it_is_written(count: int, unit: str) -> None:
    assert parse_delay(Delay(count, unit).told()) == Delay(count, unit)  # type: ignore[arg-type]
