"""Written dates become calendar days and instants, the order of day and month decided by the whole column."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.dates import DateRule, DateVotes, as_date, as_datetime, parse_date, quarter_label


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-01-05", date(2025, 1, 5)),
        ("2025/1/5", date(2025, 1, 5)),
        ("20250105", date(2025, 1, 5)),
        ("1/5/2025", date(2025, 1, 5)),
        ("1/5/25", date(2025, 1, 5)),
        ("5. März 2025", date(2025, 3, 5)),
        ("5 de marzo de 2025", date(2025, 3, 5)),
        ("1er février 2025", date(2025, 2, 1)),
        ("Mar 5, 2025", date(2025, 3, 5)),
        ("05-Mar-25", date(2025, 3, 5)),
        ("March 5th, 2025", date(2025, 3, 5)),
        ("2025-01-05 10:00", datetime(2025, 1, 5, 10, tzinfo=UTC)),
        ("2025-01-05T10:00:00.250Z", datetime(2025, 1, 5, 10, 0, 0, 250000, tzinfo=UTC)),
        ("2025-01-05T10:00:00+0530", datetime(2025, 1, 5, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        ("09/24/2020 11:35:16 AM", datetime(2020, 9, 24, 11, 35, 16, tzinfo=UTC)),
        ("12/31/24 12:05 AM EST", datetime(2024, 12, 31, 0, 5, tzinfo=timezone(timedelta(hours=-5)))),
        ("Mon, 25 Mar 2024 10:00:00 +0000", datetime(2024, 3, 25, 10, tzinfo=UTC)),
        ("1735689600000", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_written_date_is_read(text: str, expected: date) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2025-13-01",
        "2025-02-30",
        "32/1/2025",
        "Q1 2025",
        "10:30",
        "1234",
        "45000",
        "99999999",
        "1/2",
        "2025-01-01T25:00",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def decided(values: list[str], **kwargs: str) -> list[date | None]:
    votes = DateVotes()
    for value in values:
        votes.add(value)
    rule = votes.rule(**kwargs)  # type: ignore[arg-type]
    return [parse_date(value, rule) for value in values]


def test_one_clear_day_settles_the_order_of_its_column() -> None:
    assert decided(["03/04/2025", "13/04/2025"]) == [date(2025, 4, 3), date(2025, 4, 13)]
    assert decided(["03/04/2025", "04/13/2025"]) == [date(2025, 3, 4), date(2025, 4, 13)]


def test_an_open_order_follows_the_default_and_is_told() -> None:
    assert decided(["03/04/2025"]) == [date(2025, 3, 4)]
    assert decided(["03/04/2025"], default="DMY") == [date(2025, 4, 3)]
    votes = DateVotes()
    votes.add("03/04/2025")
    assert votes.ambiguous


def test_dotted_dates_are_day_first() -> None:
    assert decided(["03.04.2025"]) == [date(2025, 4, 3)]


def test_a_column_that_contradicts_itself_loses_the_minority_rather_than_guess() -> None:
    assert decided(["13/04/2025", "14/04/2025", "04/25/2025"]) == [date(2025, 4, 13), date(2025, 4, 14), None]


def test_a_column_of_bare_numbers_can_be_excel_days() -> None:
    assert decided(["45000", "45366.5"]) == [date(2023, 3, 15), datetime(2024, 3, 15, 12, tzinfo=UTC)]


def test_a_time_without_a_zone_takes_the_given_one() -> None:
    zone = ZoneInfo("America/New_York")
    assert parse_date("2025-07-01 09:00", zone=zone) == datetime(2025, 7, 1, 9, tzinfo=zone)
    assert as_datetime(date(2025, 7, 1), zone) == datetime(2025, 7, 1, tzinfo=zone)
    assert as_date(datetime(2025, 7, 1, 23, tzinfo=zone)) == date(2025, 7, 1)


@given(
    st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 1, 1)),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %B %Y", "%b %d, %Y"]),
)
def test_every_day_comes_back_as_it_was(day: date, form: str) -> None:
    assert parse_date(day.strftime(form), DateRule("DMY" if form == "%d/%m/%Y" else "MDY", sure=True)) == day


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    votes = DateVotes()
    votes.add(text)
    found = parse_date(text, votes.rule())
    assert found is None or 1900 <= found.year <= 2200


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Q1 2025", "2025-Q1"),
        ("2025Q3", "2025-Q3"),
        ("1Q25", "2025-Q1"),
        ("Q4-25", "2025-Q4"),
        ("FY25 Q2", "FY2025-Q2"),
        ("Q2 FY2025", "FY2025-Q2"),
        ("spring", "spring"),
    ],
)
def test_quarters_come_in_one_form(text: str, label: str) -> None:
    assert quarter_label(text) == label
