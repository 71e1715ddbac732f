"""Which week a review tells of, when it is due, and what of it stands on the first screen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.reviewing import FOLD_AFTER, Hour, Weighed, folds_for, on_screen, read_week, week_of, week_told

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WORKING = (0, 1, 2, 3, 4)
_moments = st.integers(0, 150_000_000).map(lambda after: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=after))
_zones = st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Asia/Kolkata"), ZoneInfo("Pacific/Auckland"), ZoneInfo("UTC")])


@pytest.mark.parametrize("text, name", [("2026-W47", "2026-W47"), ("2026W7", "2026-W07"), (" 2026-w53 ", "2026-W53")])
def test_a_week_is_read_as_people_write_it(text: str, name: str) -> None:
    week = read_week(text, BERLIN)
    assert week is not None
    assert week.name == name


@pytest.mark.parametrize("text", ["", "47", "2026-W54", "2025-W53", "2026-W00", "last", "0000-W01"])
def test_what_is_no_week_is_none(text: str) -> None:
    assert read_week(text, BERLIN) is None


def test_on_a_monday_the_review_tells_of_the_week_before_and_on_a_saturday_of_the_one_that_ends() -> None:
    assert week_told(datetime(2026, 11, 23, 8, tzinfo=UTC), BERLIN, WORKING).name == "2026-W47"
    assert week_told(datetime(2026, 11, 20, 17, tzinfo=UTC), BERLIN, WORKING).name == "2026-W46"
    assert week_told(datetime(2026, 11, 21, 9, tzinfo=UTC), BERLIN, WORKING).name == "2026-W47"
    # Sunday evening in New York is Monday in Berlin.
    assert week_told(datetime(2026, 11, 23, 2, tzinfo=UTC), NEW_YORK, WORKING).name == "2026-W47"


@given(_moments, _zones)
def test_weeks_follow_each_other_without_a_gap_through_clock_changes(at: datetime, zone: ZoneInfo) -> None:
    week = week_of(at.astimezone(zone).date(), zone)
    assert week.begin <= at < week.end
    assert week.before().end == week.begin
    assert timedelta(days=7) - timedelta(hours=1) <= week.end - week.begin <= timedelta(days=7, hours=1)


@given(_moments, st.integers(0, 6), st.times(), _zones)
def test_a_review_was_last_due_within_the_last_week_at_its_hour(at: datetime, weekday: int, hour: time, zone: ZoneInfo) -> None:  # fmt: skip
    due = Hour(weekday, hour.replace(microsecond=0, second=0), zone).last_due(at)
    assert due <= at
    assert at - due < timedelta(days=7, hours=2)
    assert due.astimezone(zone).date().weekday() == weekday or due.astimezone(zone).utcoffset() is not None


def test_a_review_of_friday_tells_of_its_own_week_and_one_of_monday_of_the_last() -> None:
    friday, monday = Hour(4, time(16), BERLIN), Hour(0, time(8), BERLIN)
    assert friday.week(datetime(2026, 11, 20, 15, tzinfo=UTC)).name == "2026-W47"
    assert monday.week(datetime(2026, 11, 23, 7, tzinfo=UTC)).name == "2026-W47"
    assert monday.last_due(datetime(2026, 11, 23, 6, 59, tzinfo=UTC)) == datetime(2026, 11, 16, 7, tzinfo=UTC)
    assert monday.last_due(datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) == datetime(2026, 11, 23, 7, tzinfo=UTC)


_sections = st.lists(
    st.lists(st.builds(Weighed, st.just("x"), st.integers(1, 400), st.just(1.0)), max_size=6), max_size=12
)


@given(_sections, st.lists(st.integers(0, 4), max_size=12))
def test_the_first_screen_is_never_overfull(sections: list[list[Weighed]], first: list[int]) -> None:
    shown = on_screen(sections, first, lines=9, characters=1_000)
    assert [count <= len(section) for count, section in zip(shown, sections, strict=True)] == [True] * len(sections)
    assert sum(shown) <= 9
    assert sum(one.characters for count, section in zip(shown, sections, strict=True) for one in section[:count]) <= 1_000  # fmt: skip


def test_every_section_gets_its_first_lines_before_any_gets_more() -> None:
    lines = [[Weighed("risk", 10, 1.0)] * 5, [Weighed("moved", 10, 1.0)] * 5, [Weighed("said", 10, 1.0)] * 5]
    assert on_screen(lines, (3, 1), lines=5, characters=1_000) == [3, 1, 1]
    assert on_screen(lines, (3, 1), lines=7, characters=1_000) == [4, 2, 1]


def test_a_section_is_folded_after_enough_verdicts_in_a_row_and_opened_again_by_one_good_one() -> None:
    bad = [False] * FOLD_AFTER
    assert folds_for(bad)
    assert not folds_for(bad[1:])
    assert not folds_for([True, *bad])
    assert folds_for([*bad, True])


def test_the_first_week_of_a_year_is_the_iso_one() -> None:
    assert week_of(date(2027, 1, 1), BERLIN).name == "2026-W53"
