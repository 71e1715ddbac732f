"""When a figure is called flat: it misses its target week after week, and the gap does not close."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.flat import WEEKS, course

_VALUES = st.lists(st.decimals(0, 100, places=1), min_size=WEEKS, max_size=12)


def _of(*values: float | None) -> list[Decimal | None]:
    return [None if one is None else Decimal(str(one)) for one in values]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((70, 71, 70, 71), "flat"),
        ((70, 74, 78, 82), "better"),
        ((82, 78, 74, 70), "worse"),
        ((70, 70, 70, 90), "met"),
        ((70, 70, 70, 95), "met"),
        ((95, 95, 95, 89), "worse"),
        ((10, 20, 70, 71, 70, 71), "flat"),
        ((70, None, 70, 71), None),
        ((70, 71, 70), None),
        ((None, None, 70, 71, 70, 71), "flat"),
    ],
)
def test_completeness_against_ninety_percent(values: tuple[float | None, ...], told: str | None) -> None:
    assert course(_of(*values), Decimal(90), higher_is_better=True) == told


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ((9, 9, 9, 9), "flat"),
        ((9, 8, 6, 5), "better"),
        ((5, 6, 8, 9), "worse"),
        ((9, 9, 9, 3.9), "met"),
        ((9, 9, 9, 4), "better"),
    ],
)
def test_hours_from_signal_to_mail_against_four(hours: tuple[float, ...], told: str) -> None:
    assert course(_of(*hours), Decimal(4), higher_is_better=False) == told


@given(_VALUES, st.decimals(0, 100, places=1))
def test_a_figure_and_its_mirror_go_the_same_way(values: list[Decimal], target: Decimal) -> None:
    told = course(values, target, higher_is_better=True)
    mirrored = course([-one for one in values], -target, higher_is_better=False)
    if values[-1] != target:
        assert told == mirrored


@given(st.decimals(1, 89, places=1))
def test_what_never_moves_below_its_target_is_flat(value: Decimal) -> None:
    assert course([value] * WEEKS, Decimal(90), higher_is_better=True) == "flat"
