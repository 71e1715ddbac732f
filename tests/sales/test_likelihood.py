"""What the ages of decided deals tell of an open one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sales.likelihood import FEWEST_LATER, PRIOR_DEALS, Outcome, ages_of, brier, logit, share_of, shrunk

_DEALS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(("won", "lost", "open"))), max_size=80)


def test_without_open_deals_the_shares_are_plain_counts() -> None:
    found = ages_of([(5, "won"), (5, "lost"), (9, "won"), (30, "lost")])
    assert found.days == (5, 9, 30)
    assert found.won == (0.25, 0.5, 0.5)
    assert found.lost == (0.25, 0.25, 0.5)
    assert (found.won_later, found.decided_later) == ((1, 0, 0), (2, 1, 0))


def test_an_open_deal_counts_for_as_long_as_it_was_open() -> None:
    found = ages_of([(5, "won"), (7, "open"), (10, "lost")])
    assert found.won == (1 / 3, 1 / 3)
    assert abs(found.lost[-1] - 2 / 3) < 1e-12


@given(_DEALS, st.integers(0, 250), st.floats(0.05, 0.95))
def test_a_rate_lies_between_nought_and_one(deals: list[tuple[int, Outcome]], age: int, overall: float) -> None:
    found = ages_of(deals)
    assert 0 <= found.rate(age, overall) <= 1
    if not any(outcome != "open" and when > age for when, outcome in deals):
        assert found.rate(age, overall) == overall


def test_deals_lost_early_leave_better_ones_behind() -> None:
    lost: list[tuple[int, Outcome]] = [(3, "lost")] * 100
    won: list[tuple[int, Outcome]] = [(60, "won")] * 100
    found = ages_of(lost + won)
    overall = 0.5
    assert found.rate(0, overall) == 0.5
    assert found.rate(10, overall) == (100 + PRIOR_DEALS / 2) / (100 + PRIOR_DEALS)


def test_half_of_the_later_wins_tell_the_day_and_too_few_tell_none() -> None:
    won: list[tuple[int, Outcome]] = [(10 * place, "won") for place in range(1, FEWEST_LATER + 6)]
    found = ages_of(won)
    assert found.median(0) == 80
    assert found.median(45) == 100
    assert found.median(51) == 100
    assert found.median(61) is None
    assert ages_of([]).median(0) is None


def test_small_groups_are_drawn_to_the_whole() -> None:
    assert shrunk(0, 0, 0.6) == 0.6
    assert abs(shrunk(20, 20, 0.5) - 0.75) < 1e-12


def test_the_score_of_brier() -> None:
    assert brier([1.0, 0.0], [True, False]) == 0
    assert brier([0.5, 0.5], [True, False]) == 0.25


@given(st.floats(0.002, 0.998))
def test_log_odds_and_back(share: float) -> None:
    assert abs(share_of(logit(share)) - share) < 1e-9
