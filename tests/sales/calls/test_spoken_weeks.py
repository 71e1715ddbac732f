"""Days as they are named at the end of a call, told from the day of the call: a Tuesday."""

from __future__ import annotations

from datetime import date

import pytest

from sales.spoken_dates import days_in

TUESDAY = date(2026, 6, 9)


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [
        ("Tuesday the sixteenth. Fine.", date(2026, 6, 16), date(2026, 6, 16)),
        ("by the fourth", date(2026, 7, 4), date(2026, 7, 4)),
        ("Friday week", date(2026, 6, 19), date(2026, 6, 19)),
        ("a week on Thursday", date(2026, 6, 18), date(2026, 6, 18)),
        ("two weeks from Monday", date(2026, 6, 29), date(2026, 6, 29)),
        ("over the weekend", date(2026, 6, 13), date(2026, 6, 14)),
        ("the week of the sixth", date(2026, 7, 6), date(2026, 7, 10)),
        ("the week after next", date(2026, 6, 22), date(2026, 6, 28)),
        ("in a fortnight", date(2026, 6, 23), date(2026, 6, 23)),
        ("before the board meets on the fourteenth of July", date(2026, 7, 14), date(2026, 7, 14)),
        ("June twenty-first", date(2026, 6, 21), date(2026, 6, 21)),
    ],
)
def test_days_in_words(said: str, first: date, last: date) -> None:
    [when] = days_in(said, TUESDAY)
    assert (when.first, when.last) == (first, last)


@pytest.mark.parametrize(
    "said", ["by the second one", "on the first call", "on the third floor", "for the first time", "by the second half"]
)
def test_what_counts_something_else_is_no_day(said: str) -> None:
    assert days_in(said, TUESDAY) == []
