"""When the morning feed comes, and what can still be decided on in it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.feeding import TO_DECIDE, last_feed
from sales.working_hours import Hours, is_open

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = Hours(BERLIN, frozenset(range(5)), time(8), time(18))
FEED_AT = time(8, 30)


def _berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 in Berlin; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "ends", "comes"),
    [
        (_berlin(18, 10), _berlin(21, 10), _berlin(20, 8, 30)),
        (_berlin(18, 10), _berlin(20, 12), _berlin(20, 8, 30)),
        (_berlin(18, 7), _berlin(18, 12), _berlin(18, 8, 30)),
        (_berlin(20, 10), _berlin(22, 12), None),
        (_berlin(20, 10), _berlin(23, 9), None),
        (_berlin(20, 10), None, _berlin(26, 8, 30)),
    ],
    ids=["the last of several", "hours before", "this morning", "only a weekend", "too short to decide", "no end"],
)
def test_a_draft_is_shown_in_the_last_feed_that_leaves_time_to_decide(
    now: datetime, ends: datetime | None, comes: datetime | None
) -> None:
    assert last_feed(now, ends, HOURS, FEED_AT) == comes


def test_a_feed_before_the_hours_of_the_day_comes_when_they_open_and_one_after_them_never() -> None:
    now, ends = _berlin(18, 20), _berlin(20, 7)
    assert last_feed(now, ends, HOURS, time(6)) == _berlin(19, 8)
    assert last_feed(now, ends, HOURS, time(18)) is None


@given(
    passed=st.timedeltas(timedelta(0), timedelta(days=365)),
    left=st.timedeltas(timedelta(0), timedelta(days=200)),
    feed_at=st.times(),
)
def test_it_lies_ahead_in_the_hours_of_the_day_and_before_the_end(
    passed: timedelta, left: timedelta, feed_at: time
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + passed
    comes = last_feed(now, now + left, HOURS, feed_at)
    if comes is not None:
        assert now < comes <= now + left - TO_DECIDE
        assert is_open(comes, HOURS)
