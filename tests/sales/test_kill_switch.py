"""When sending stops by itself, at its exact boundaries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.kill_switch import Traffic, checklist, reason_to_pause, told


@pytest.mark.parametrize(
    "traffic, paused",
    [
        (Traffic(50, hard_bounces=1), False),
        (Traffic(50, hard_bounces=2), True),
        (Traffic(51, soft_bounces=1, hard_bounces=0), False),
        (Traffic(100, hard_bounces=2), False),
        (Traffic(100, hard_bounces=1, soft_bounces=1), False),
        (Traffic(100, hard_bounces=2, soft_bounces=1), True),
        (Traffic(10_000, hard_bounces=200), False),
        (Traffic(10_000, hard_bounces=201), True),
        (Traffic(1_249, complaints=1), True),
        (Traffic(1_250, complaints=1), False),
        (Traffic(10_000, complaints=8), False),
        (Traffic(10_000, complaints=9), True),
        (Traffic(49, hard_bounces=2), False),
        (Traffic(49, hard_bounces=3), True),
        (Traffic(49, soft_bounces=20), False),
        (Traffic(49, complaints=1), True),
        (Traffic(0), False),
        (Traffic(0, hard_bounces=3), True),
    ],
)
def test_the_boundaries(traffic: Traffic, paused: bool) -> None:
    assert (reason_to_pause(traffic) is not None) is paused


def test_exactly_two_in_a_hundred_is_not_above_two_percent() -> None:
    assert reason_to_pause(Traffic(150, hard_bounces=3)) is None
    assert "2.7 %" in (reason_to_pause(Traffic(150, hard_bounces=4)) or "")


@given(st.integers(0, 500), st.integers(0, 50), st.integers(0, 50), st.integers(0, 10))
def test_one_more_bounce_or_complaint_never_lets_a_paused_domain_go(
    sends: int, hard: int, soft: int, complaints: int
) -> None:
    if reason_to_pause(Traffic(sends, hard, soft, complaints)) is not None:
        assert reason_to_pause(Traffic(sends, hard + 1, soft, complaints)) is not None
        assert reason_to_pause(Traffic(sends, hard, soft, complaints + 1)) is not None


def test_what_people_are_told() -> None:
    assert told(9, 10_000) == "0.09 %"
    assert told(5, 200) == "2.5 %"
    assert any("dealwright resume a.example" in line for line in checklist("a.example"))
