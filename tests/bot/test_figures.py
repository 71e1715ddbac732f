"""Figures, money, days and ages as people are told them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.figures import Calendar, counted, money, number

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("America/New_York"), NOW)


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        (Decimal(84_000), "USD", "$84,000"),
        (Decimal("120000.00"), "EUR", "€120,000"),
        (Decimal("1250.5"), "GBP", "£1,250.50"),
        (Decimal("0.1234"), "USD", "$0.1234"),
        (Decimal(-900), "CHF", "−CHF 900"),
        (Decimal(5), None, "5"),
    ],
)
def test_money_is_told_exactly_and_with_its_currency(amount: Decimal, currency: str | None, told: str) -> None:
    assert money(amount, currency) == told


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_no_digit_of_an_amount_is_lost(amount: Decimal) -> None:
    told = money(amount, "EUR").replace("€", "").replace(",", "").replace("−", "-")
    assert Decimal(told) == amount


def test_numbers_lose_no_needed_digit() -> None:
    assert number(1234567) == "1,234,567"
    assert number(Decimal("12.50")) == "12.5"
    assert number(Decimal("3.0")) == "3"
    assert counted(1, "deal") == "1 deal"
    assert counted(2, "company", "companies") == "2 companies"


def test_a_day_has_its_year_where_it_matters() -> None:
    assert CALENDAR.day(date(2026, 11, 30)) == "30 Nov"
    assert CALENDAR.day(date(2027, 1, 15)) == "15 Jan 2027"
    assert CALENDAR.day(date(2026, 3, 1)) == "1 Mar 2026"


def test_a_moment_stands_on_the_companys_day() -> None:
    # 02:30 UTC is still the evening before in New York.
    assert CALENDAR.day(datetime(2026, 11, 20, 2, 30, tzinfo=UTC)) == "19 Nov"
    assert CALENDAR.moment(datetime(2026, 11, 23, 19, 5, tzinfo=UTC)) == "14:05"
    assert CALENDAR.moment(datetime(2026, 11, 20, 19, 5, tzinfo=UTC)) == "20 Nov 14:05"


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=1, minutes=50), "1 hour ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=40), "on 14 Oct"),
        (timedelta(days=-2), "on 25 Nov"),
    ],
)
def test_ages_are_told_as_people_say_them(back: timedelta, told: str) -> None:
    assert CALENDAR.ago(NOW - back) == told


def test_recent_days_have_names() -> None:
    assert CALENDAR.recent_day(date(2026, 11, 23)) == "today"
    assert CALENDAR.recent_day(date(2026, 11, 22)) == "yesterday"
    assert CALENDAR.recent_day(date(2026, 11, 18)) == "Wed"
    assert CALENDAR.recent_day(date(2026, 11, 10)) == "10 Nov"
