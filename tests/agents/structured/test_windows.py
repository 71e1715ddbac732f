"""Windows of time as people write them."""

from __future__ import annotations

from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest

from agents.structured.lexer import tokens_of
from agents.structured.windows import WindowReader
from sales.fiscal import FiscalCalendar

TODAY = date(2026, 11, 23)


def _read(text: str, start_month: int = 1, *, day_first: bool | None = None) -> tuple[date | None, date | None] | None:
    reader = WindowReader(FiscalCalendar(start_month, UTC), TODAY, day_first=day_first)
    found = reader.read(tokens_of(text), 0)
    if found is None:
        return None
    span, after = found
    assert after == len(tokens_of(text)), f"only {after} words of {text!r} were read"
    if span.bare:
        span = reader.resolve(span, 2026)
    return span.first, span.until


@pytest.mark.parametrize(("text", "first", "until"), [
    ("2017", "2017-01-01", "2018-01-01"), ("Q3 2017", "2017-07-01", "2017-10-01"), ("Q3'17", "2017-07-01", "2017-10-01"), ("Q3-2017", "2017-07-01", "2017-10-01"),
    ("2017 Q3", "2017-07-01", "2017-10-01"), ("third quarter of 2017", "2017-07-01", "2017-10-01"), ("the 3rd quarter of 2017", "2017-07-01", "2017-10-01"),
    ("H1 2017", "2017-01-01", "2017-07-01"), ("second half of 2017", "2017-07-01", "2018-01-01"), ("March 2017", "2017-03-01", "2017-04-01"), ("Mar 2017", "2017-03-01", "2017-04-01"),
    ("2017-03", "2017-03-01", "2017-04-01"), ("2017-03-05", "2017-03-05", "2017-03-06"), ("March 5, 2017", "2017-03-05", "2017-03-06"), ("5 March 2017", "2017-03-05", "2017-03-06"),
    ("5th of March 2017", "2017-03-05", "2017-03-06"), ("13/05/2017", "2017-05-13", "2017-05-14"), ("Q4", "2026-10-01", "2027-01-01"), ("June", "2026-06-01", "2026-07-01"),
    ("today", "2026-11-23", "2026-11-24"), ("yesterday", "2026-11-22", "2026-11-23"), ("this week", "2026-11-23", "2026-11-30"), ("last week", "2026-11-16", "2026-11-23"),
    ("this month", "2026-11-01", "2026-12-01"), ("next month", "2026-12-01", "2027-01-01"), ("last quarter", "2026-07-01", "2026-10-01"), ("this year", "2026-01-01", "2027-01-01"),
    ("last year", "2025-01-01", "2026-01-01"), ("year to date", "2026-01-01", "2026-11-24"), ("ytd", "2026-01-01", "2026-11-24"), ("quarter to date", "2026-10-01", "2026-11-24"),
    ("so far this month", "2026-11-01", "2026-11-24"), ("last 90 days", "2026-08-26", "2026-11-24"), ("the past two weeks", "2026-11-10", "2026-11-24"), ("last 3 months", "2026-08-24", "2026-11-24"),
    ("last 2 quarters", "2026-04-01", "2026-10-01"), ("next 30 days", "2026-11-23", "2026-12-24"), ("since 2016", "2016-01-01", None), ("since June 2017", "2017-06-01", None),
    ("before 2017-05-01", None, "2017-05-01"), ("before Q3 2017", None, "2017-07-01"), ("after March 5 2017", "2017-03-06", None), ("until March 2017", None, "2017-04-01"),
    ("by end of month", None, "2026-12-01"), ("by the end of the quarter", None, "2027-01-01"), ("from January to March 2017", "2017-01-01", "2017-04-01"),
    ("between 1 June and 15 July 2017", "2017-06-01", "2017-07-16"), ("Q1 to Q2 2017", "2017-01-01", "2017-07-01"), ("from 2017-01-15 to 2017-02-15", "2017-01-15", "2017-02-16"),
    ("from November 2016 to February 2017", "2016-11-01", "2017-03-01"), ("from May 2017 onwards", "2017-05-01", None), ("prior to 2017", None, "2017-01-01"),
])  # fmt: skip
def test_a_window_is_read_whole(text: str, first: str | None, until: str | None) -> None:
    assert _read(text) == (first and date.fromisoformat(first), until and date.fromisoformat(until))


def test_quarters_follow_the_fiscal_year() -> None:
    assert _read("Q1 2027", start_month=10) == (date(2026, 10, 1), date(2027, 1, 1))
    assert _read("this quarter", start_month=11) == (date(2026, 11, 1), date(2027, 2, 1))
    assert _read("FY27", start_month=10) == (date(2026, 10, 1), date(2027, 10, 1))
    assert _read("calendar Q1 2027", start_month=10) == (date(2027, 1, 1), date(2027, 4, 1))


def test_a_date_whose_order_is_unclear_is_not_guessed() -> None:
    assert _read("03/04/2017") is None
    assert _read("03/04/2017", day_first=True) == (date(2017, 4, 3), date(2017, 4, 4))
    assert _read("03/04/2017", day_first=False) == (date(2017, 3, 4), date(2017, 3, 5))


def test_may_is_a_month_only_where_one_is_meant() -> None:
    reader = WindowReader(FiscalCalendar(1, ZoneInfo("Europe/Berlin")), TODAY)
    assert reader.read(tokens_of("deals that may close"), 2) is None
    assert reader.read(tokens_of("closed in may 2017"), 2) is not None


@pytest.mark.parametrize(("text", "first", "until"), [
    ("the quarter before last", "2026-04-01", "2026-07-01"), ("the month before last", "2026-09-01", "2026-10-01"), ("the week before last", "2026-11-09", "2026-11-16"),
    ("the quarter before this", "2026-07-01", "2026-10-01"), ("last quarter but one", "2026-04-01", "2026-07-01"), ("two quarters ago", "2026-04-01", "2026-07-01"),
    ("a month ago", "2026-10-01", "2026-11-01"), ("the same quarter last year", "2025-10-01", "2026-01-01"), ("since the start of the year", "2026-01-01", None),
    ("since the beginning of last quarter", "2026-07-01", None), ("since the end of last quarter", "2026-10-01", None), ("before the start of the quarter", None, "2026-10-01"),
])  # fmt: skip
def test_periods_that_are_told_from_others(text: str, first: str | None, until: str | None) -> None:
    assert _read(text) == (_day(first), _day(until))


@pytest.mark.parametrize(("text", "first", "until"), [
    ("Q3 2025 and the previous quarter", "2025-04-01", "2025-07-01"), ("last quarter against the quarter before", "2026-04-01", "2026-07-01"),
    ("May 2026 and the month before that", "2026-04-01", "2026-05-01"), ("2025 and the year before", "2024-01-01", "2025-01-01"),
    ("Q1 2026 and the same quarter last year", "2025-01-01", "2025-04-01"),
])  # fmt: skip
def test_a_period_leans_on_the_one_named_before_it(text: str, first: str, until: str) -> None:
    reader = WindowReader(FiscalCalendar(1, UTC), TODAY)
    tokens = tokens_of(text)
    at = max(here for here, token in enumerate(tokens) if token.norm == "the")
    found = reader.read(tokens, at)
    assert found is not None
    assert (found[0].first, found[0].until) == (_day(first), _day(until))


def test_a_period_that_leans_on_one_without_a_year_is_not_guessed() -> None:
    tokens = tokens_of("Q3 and the previous quarter")
    assert WindowReader(FiscalCalendar(1, UTC), TODAY).read(tokens, 3) is None


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
