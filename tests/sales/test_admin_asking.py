"""Who is asked for their minutes of administration on which day, and what they may answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.admin_asking import MOST, asks, minutes_said

WEEKDAYS = frozenset(range(5))
MONDAY = date(2026, 11, 23)


def test_a_baseline_of_one_week_of_working_days_then_once_a_week() -> None:
    first: date | None = None
    last: date | None = None
    asked: list[tuple[date, str]] = []
    for number in range(28):
        today = MONDAY + timedelta(days=number)
        why = asks(today, first, last, WEEKDAYS)
        if why is not None:
            first, last = first or today, today
            asked.append((today, why))
    assert [day for day, why in asked if why == "baseline"] == [MONDAY + timedelta(days=n) for n in range(5)]
    # Asked on Friday last, so a week later on Friday again.
    assert [day for day, why in asked if why == "weekly"] == [MONDAY + timedelta(days=n) for n in (11, 18, 25)]


@given(st.lists(st.dates(MONDAY, MONDAY + timedelta(days=200)), unique=True, max_size=60))
def test_nobody_is_asked_twice_a_day_or_on_a_free_day(days: list[date]) -> None:
    first: date | None = None
    last: date | None = None
    for today in sorted(days):
        if asks(today, first, last, WEEKDAYS) is not None:
            assert today.weekday() < 5
            assert asks(today, first or today, today, WEEKDAYS) is None
            first, last = first or today, today


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("45", 45),
        ("0", 0),
        ("none", 0),
        ("no admin today", 0),
        ("45 min", 45),
        ("about 20 minutes", 20),
        ("half an hour", 30),
        ("about an hour", 60),
        ("an hour and a half", 90),
        ("1.5 h", 90),
        ("two hours", 120),
        ("1 h 20", 80),
        ("ninety", 90),
        ("forty-five minutes of admin", 45),
        ("I spent 2 hours on admin today.", 120),
        ("three quarters of an hour", 45),
    ],
)
def test_an_answer_in_words(words: str, minutes: int) -> None:
    assert minutes_said(words, asked=True) == minutes


@pytest.mark.parametrize(
    "words",
    [
        "What's the latest on Acme?",
        "5 deals",
        "Acme",
        "10 March",
        "$45",
        "30 hours a week with Acme",
        "99999",
        "45 %",
        "",
        "-5",
    ],
)
def test_what_is_no_answer(words: str) -> None:
    assert minutes_said(words, asked=True) is None


@pytest.mark.parametrize("words", ["45", "two hours", "none", "half an hour"])
def test_a_number_that_nobody_asked_for_is_something_else(words: str) -> None:
    assert minutes_said(words, asked=False) is None


def test_who_names_it_need_not_be_asked() -> None:
    assert minutes_said("40 minutes of admin today", asked=False) == 40
    assert minutes_said("no admin today", asked=False) == 0


@given(st.integers(0, MOST))
def test_any_number_of_minutes_can_be_told(minutes: int) -> None:
    assert minutes_said(f"{minutes} minutes", asked=True) == minutes
