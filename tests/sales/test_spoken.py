"""Numbers and days as people say them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.spoken_dates import days_in
from sales.spoken_numbers import money_in, numbers_in


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("only seventy thousand", ["70000"]),
        ("forty-one minutes, now seventeen", ["41", "17"]),
        ("eighty-four thousand a year, seven thousand a month", ["84000", "7000"]),
        ("ten point six percent", ["10.6"]),
        ("one hundred and forty rows", ["140"]),
        ("half a million", ["500000"]),
        ("two hundred sixty thousand", ["260000"]),
        ("$84k and €120,000", ["84000", "120000"]),
        ("70 000 EUR", ["70000"]),
        ("$1.2M", ["1200000"]),
        ("the twenty-first of May", ["21"]),
        ("the fifteenth", ["15"]),
        ("no number here", []),
        ("someone won the tender", []),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, values: list[str]) -> None:
    assert [str(number.value) for number in numbers_in(text)] == values


def test_money_is_told_from_other_numbers() -> None:
    (sum_,) = money_in("it's forty thousand euros for 22 doors and five days")
    assert (sum_.value, sum_.currency, sum_.in_words) == (Decimal(40_000), "EUR", True)
    assert money_in("four thousand trucks") == [] or money_in("four thousand trucks")[0].kind == "money"
    assert [number.kind for number in numbers_in("five percent of $10")] == ["percent", "money"]


SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("tomorrow", date(2026, 11, 22), date(2026, 11, 22)),
        ("by Friday", date(2026, 11, 27), date(2026, 11, 27)),
        ("by Saturday", date(2026, 11, 28), date(2026, 11, 28)),
        ("in three days", date(2026, 11, 24), date(2026, 11, 24)),
        ("give me two weeks", date(2026, 12, 5), date(2026, 12, 5)),
        ("the 15th", date(2026, 12, 15), date(2026, 12, 15)),
        ("on the 30 November", date(2026, 11, 30), date(2026, 11, 30)),
        ("November 30th, 2027", date(2027, 11, 30), date(2027, 11, 30)),
        ("Realistically it's January.", date(2027, 1, 1), date(2027, 1, 31)),
        ("end of the month", date(2026, 11, 30), date(2026, 11, 30)),
        ("next quarter", date(2027, 1, 1), date(2027, 3, 31)),
        ("Q2", date(2027, 4, 1), date(2027, 6, 30)),
        ("early December", date(2026, 12, 1), date(2026, 12, 10)),
        ("it will be in May", date(2027, 5, 1), date(2027, 5, 31)),
        ("2027-02-03", date(2027, 2, 3), date(2027, 2, 3)),
    ],
)
def test_days_are_resolved_from_the_day_they_were_said(text: str, first: date, last: date) -> None:
    (when,) = days_in(text, SATURDAY)
    assert (when.first, when.last) == (first, last)


@pytest.mark.parametrize("text", ["they may agree", "we march on", "a second look", "31 February", "nothing at all"])
def test_words_that_only_look_like_days_are_none(text: str) -> None:
    assert days_in(text, SATURDAY) == []


@given(text=st.text(max_size=200), day=st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_any_text_is_read_without_failing(text: str, day: date) -> None:
    for when in days_in(text, day):
        assert when.first <= when.last
        assert 0 <= when.start < when.end <= len(text)
    for number in numbers_in(text):
        assert 0 <= number.start < number.end <= len(text)
        assert number.value.is_finite()
