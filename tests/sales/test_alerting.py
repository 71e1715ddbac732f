"""Which alerts a person is told of: ranked by value, risk and what can be done; few a day; and a rule that is of no use falls silent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sales.alerting import (
    STALE_A_DAY,
    Claim,
    is_quiet,
    is_to_mute,
    rank_of,
    upper_precision,
    value_in_typical_deals,
    within_budget,
)
from tests.conftest import NOW

CLAIMS = some.lists(
    some.builds(
        Claim,
        key=some.uuids().map(str),
        user_id=some.sampled_from(["ana", "ben"]),
        rank=some.floats(0, 25),
        fresh=some.booleans(),
    ),
    max_size=40,
    unique_by=lambda one: one.key,
)


def test_a_deal_counts_as_many_typical_ones_of_its_own_currency() -> None:
    amounts = [("USD", Decimal(10)), ("USD", Decimal(20)), ("USD", Decimal(60)), ("JPY", Decimal(9_000)), ("USD", None)]
    assert value_in_typical_deals(amounts) == [0.5, 1.0, 3.0, 1.0, 1.0]


def test_one_giant_does_not_rank_before_everything_for_ever() -> None:
    amounts = [("USD", Decimal(1))] * 5 + [("USD", Decimal(10_000))]
    assert value_in_typical_deals(amounts)[-1] == 25.0


def test_nothing_is_made_of_amounts_that_are_nothing() -> None:
    assert value_in_typical_deals([("USD", Decimal(0)), ("EUR", Decimal(-5)), (None, None)]) == [1.0, 1.0, 1.0]


def test_more_value_more_risk_and_more_to_be_done_each_rank_higher() -> None:
    least = rank_of(1.0, 50, 0.5)
    assert rank_of(2.0, 50, 0.5) > least
    assert rank_of(1.0, 30, 0.5) > least
    assert rank_of(1.0, 50, 1.0) > least


@given(CLAIMS, some.integers(0, 6))
def test_nobody_is_told_of_more_than_their_day_holds_and_the_day_is_used(claims: list[Claim], budget: int) -> None:
    chosen = within_budget(claims, {}, budget)
    for user in ("ana", "ben"):
        mine = [one for one in claims if one.user_id == user]
        told = [one for one in mine if one.key in chosen]
        stale = [one for one in told if not one.fresh]
        assert len(told) <= budget
        assert len(stale) <= STALE_A_DAY
        fresh = [one for one in mine if one.fresh]
        assert sum(one.fresh for one in told) == min(budget, len(fresh))
        worst_told = min((one.rank for one in told if one.fresh), default=float("inf"))
        assert all(one.rank <= worst_told for one in fresh if one.key not in chosen)


def test_what_was_told_today_counts() -> None:
    claims = [Claim(str(number), "ana", float(number), fresh=True) for number in range(5)]
    assert within_budget(claims, {"ana": (2, 0)}, 3) == {"4"}
    assert within_budget([Claim("old", "ana", 9.0, fresh=False)], {"ana": (2, STALE_A_DAY)}, 5) == frozenset()


def test_a_cause_is_quiet_until_its_days_are_over() -> None:
    assert is_quiet(NOW, NOW + timedelta(days=14) - timedelta(seconds=1), 14)
    assert not is_quiet(NOW, NOW + timedelta(days=14), 14)


@pytest.mark.parametrize(
    ("useful", "judged", "muted"),
    [(0, 0, False), (0, 3, False), (0, 4, True), (1, 6, False), (1, 8, True), (5, 10, False), (30, 100, True)],
)
def test_a_rule_falls_silent_where_fewer_than_half_can_be_of_use(useful: int, judged: int, muted: bool) -> None:
    assert is_to_mute(useful, judged) is muted


@given(some.integers(1, 400).flatmap(lambda judged: some.tuples(some.integers(0, judged), some.just(judged))))
def test_the_bound_is_the_share_from_which_what_was_said_is_just_likely_enough(counts: tuple[int, int]) -> None:
    # Wilson's interval by what defines it, and not by its closed form: the largest true share whose own spread reaches the share that was seen.
    useful, judged = counts
    seen = Fraction(useful, judged)
    low, high = seen, Fraction(1)
    for _ in range(60):
        middle = (low + high) / 2
        reached = (middle - seen) ** 2 * judged <= Fraction(196, 100) ** 2 * middle * (1 - middle)
        low, high = (middle, high) if reached else (low, middle)
    assert upper_precision(useful, judged) == pytest.approx(float(high), abs=1e-9)


def test_the_bound_is_that_of_published_figures() -> None:
    # R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven methods", Statistics in Medicine 17 (1998), 857-872:
    # the score method without continuity correction in its worked examples, taken from implementations that are held against the paper.
    for useful, judged, upper in ((81, 263, 0.3662), (15, 148, 0.1605), (0, 20, 0.1611), (1, 29, 0.1718)):
        assert upper_precision(useful, judged) == pytest.approx(upper, abs=5e-5)
    assert upper_precision(0, 0) == 1.0
