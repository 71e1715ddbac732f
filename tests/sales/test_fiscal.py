"""Quarters, months and windows: which days belong to which."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.fiscal import FiscalCalendar, Quarter, Window, parse_quarter

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 12)


@given(DAYS, MONTHS)
def test_a_day_lies_in_exactly_its_quarter(day: date, start_month: int) -> None:
    calendar = FiscalCalendar(start_month, UTC)
    quarter = calendar.quarter_of(day)
    assert day in calendar.quarter(quarter)
    assert day not in calendar.quarter(quarter.shift(1))
    assert day not in calendar.quarter(quarter.shift(-1))
    assert day in calendar.year(calendar.year_of(day))


@given(st.integers(1995, 2080), MONTHS)
def test_four_quarters_fill_the_year_without_a_gap(year: int, start_month: int) -> None:
    calendar = FiscalCalendar(start_month, UTC)
    quarters = [calendar.quarter(Quarter(year, number)) for number in (1, 2, 3, 4)]
    whole = calendar.year(year)
    assert quarters[0].first == whole.first
    assert quarters[-1].until == whole.until
    assert all(before.until == after.first for before, after in pairwise(quarters))
    assert calendar.half(year, 1).until == calendar.half(year, 2).first == quarters[2].first


@given(DAYS, st.integers(-40, 40))
def test_shifting_a_quarter_there_and_back_changes_nothing(day: date, by: int) -> None:
    quarter = FiscalCalendar(2, UTC).quarter_of(day)
    assert quarter.shift(by).shift(-by) == quarter
    assert (quarter.shift(1) > quarter) is True


def test_a_fiscal_year_bears_the_number_of_the_year_it_ends_in() -> None:
    calendar = FiscalCalendar(2, UTC)
    assert calendar.quarter_of(date(2026, 11, 23)) == Quarter(2027, 4)
    assert calendar.quarter(Quarter(2027, 1)) == Window(date(2026, 2, 1), date(2026, 5, 1), UTC, "Q1 2027")
    assert calendar.year(2027).label == "FY2027"
    assert FiscalCalendar(1, UTC).quarter_of(date(2026, 11, 23)) == Quarter(2026, 4)


def test_a_window_begins_at_midnight_of_its_own_zone() -> None:
    window = FiscalCalendar(1, BERLIN).month(2026, 3)
    assert window.start == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert window.end == datetime(2026, 3, 31, 22, tzinfo=UTC)
    assert datetime(2026, 3, 31, 21, 59, tzinfo=UTC) in window
    assert datetime(2026, 3, 31, 22, tzinfo=UTC) not in window
    assert window.last == date(2026, 3, 31)
    assert window.days == 31


def test_the_day_of_a_moment_is_told_in_the_companys_zone() -> None:
    calendar = FiscalCalendar(1, BERLIN)
    assert calendar.day_of(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == date(2026, 11, 24)
    with pytest.raises(ValueError):
        calendar.day_of(datetime(2026, 11, 23))  # noqa: DTZ001


@given(DAYS, st.integers(0, 6))
def test_weeks_and_months_hold_their_day(day: date, week_start: int) -> None:
    calendar = FiscalCalendar(1, UTC, week_start)
    week = calendar.week_of(day)
    assert day in week
    assert week.days == 7
    assert week.first.weekday() == week_start
    assert calendar.week_of(day, -1).until == week.first
    assert day in calendar.month_of(day)
    assert calendar.month_of(day, 1).first == calendar.month_of(day).until


def test_days_back_count_today() -> None:
    calendar = FiscalCalendar(1, UTC)
    window = calendar.last_days(date(2026, 11, 23), 7)
    assert (window.first, window.last, window.label) == (date(2026, 11, 17), date(2026, 11, 23), "last 7 days")
    with pytest.raises(ValueError):
        calendar.last_days(date(2026, 11, 23), 0)


def test_a_window_up_to_a_day_is_cut_there_and_never_turned_round() -> None:
    quarter = FiscalCalendar(1, UTC).quarter(Quarter(2026, 4))
    assert quarter.up_to(date(2026, 11, 23)).last == date(2026, 11, 23)
    assert quarter.up_to(date(2027, 5, 1)).last == date(2026, 12, 31)
    assert quarter.up_to(date(2025, 5, 1)).days == 0


@pytest.mark.parametrize(
    "text",
    ["Q4 2026", "2026-Q4", "2026 Q4", "FY26 Q4", "Q4 FY2026", "4Q26", "Quarter 4, 2026", "Q4-26", "q4'26", "FY2026-Q4"],
)
def test_a_quarter_is_read_however_it_is_written(text: str) -> None:
    assert parse_quarter(text) == Quarter(2026, 4)


@pytest.mark.parametrize("text", ["", "Q5 2026", "2026", "Q4", "November", "24", "12 2026 Q4"])
def test_what_is_no_quarter_is_not_read_as_one(text: str) -> None:
    assert parse_quarter(text) is None


@given(st.builds(Quarter, st.integers(2000, 2099), st.integers(1, 4)))
def test_a_quarter_is_read_back_as_it_is_shown(quarter: Quarter) -> None:
    assert parse_quarter(str(quarter)) == quarter
