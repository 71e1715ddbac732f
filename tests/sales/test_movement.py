"""The moves of a deal explain how the open total changed, whatever happened to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sales.movement import Stood, steps, worth

_AMOUNTS = st.none() | st.decimals(min_value=-1000, max_value=10**9, places=2, allow_nan=False)
_STOOD = st.builds(
    Stood,
    st.sampled_from(("absent", "open", "won", "lost")),
    _AMOUNTS,
    st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.none() | st.sampled_from(("Identify", "Propose", "Closed")),
    st.none() | st.integers(0, 9),
)


def _total(one: Stood) -> Decimal:
    return worth(one.amount) if one.state == "open" else Decimal(0)


@given(_STOOD, _STOOD.filter(lambda one: one.state != "absent"))
def test_an_opening_total_and_its_moves_are_the_closing_total(begin: Stood, end: Stood) -> None:
    moved = list(steps(begin, end))
    assert _total(begin) + sum((one.delta for one in moved), Decimal(0)) == _total(end)
    assert (begin.state == "open") + sum(one.deals for one in moved) == (end.state == "open")
    assert len({one.kind for one in moved}) == len(moved)


def test_a_deal_that_grew_before_it_was_won_is_told_as_both() -> None:
    moved = list(steps(Stood("open", Decimal(100)), Stood("won", Decimal("120.50"))))
    assert [(one.kind, one.old, one.new, one.delta) for one in moved] == [
        ("amount_up", "100", "120.5", Decimal("20.50")),
        ("won", None, None, Decimal("-120.50")),
    ]


def test_a_deal_that_came_and_went_is_new_and_lost() -> None:
    assert [one.kind for one in steps(Stood("absent"), Stood("lost", Decimal(5)))] == ["new", "lost"]


def test_a_later_close_date_is_a_slip_and_an_earlier_one_pulls_in() -> None:
    near, far = Stood("open", close_date=date(2026, 11, 30)), Stood("open", close_date=date(2026, 12, 15))
    assert [(one.kind, one.old, one.new) for one in steps(near, far)] == [("slipped", "2026-11-30", "2026-12-15")]
    assert [one.kind for one in steps(far, near)] == ["pulled_in"]
    assert list(steps(near, Stood("open"))) == []


def test_a_stage_without_a_place_neither_goes_forward_nor_back() -> None:
    assert list(steps(Stood("open", stage="A", place=1), Stood("open", stage="B"))) == []
    assert [one.kind for one in steps(Stood("open", place=1), Stood("open", place=2))] == ["stage_forward"]
    assert [one.kind for one in steps(Stood("open", place=2), Stood("open", place=1))] == ["stage_back"]
