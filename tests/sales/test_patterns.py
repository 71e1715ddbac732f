"""Shares are held against each other exactly, and many comparisons find nothing where there is nothing."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from sales.patterns import LEVEL, fisher, holm, wilson

_COUNT = st.integers(0, 120)


@given(_COUNT, _COUNT, _COUNT, _COUNT)
def test_the_test_is_the_one_of_the_textbooks(a: int, b: int, c: int, d: int) -> None:
    assert fisher(a, b, c, d) == pytest.approx(float(fisher_exact([[a, b], [c, d]]).pvalue), rel=1e-6, abs=1e-12)


def test_the_lady_tasting_tea() -> None:
    assert fisher(3, 1, 1, 3) == pytest.approx(0.4857142857)
    assert fisher(4, 0, 0, 4) == pytest.approx(2 / 70)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        fisher(-1, 1, 1, 1)


def test_holms_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


def test_pure_chance_hardly_ever_makes_a_pattern() -> None:
    chance, companies = random.Random(5), 150
    alarmed = 0
    for _ in range(companies):
        tried = []
        for _ in range(25):
            size_a, size_b = chance.randint(10, 60), chance.randint(60, 300)
            won_a = sum(chance.random() < 0.6 for _ in range(size_a))
            won_b = sum(chance.random() < 0.6 for _ in range(size_b))
            tried.append(fisher(won_a, size_a - won_a, won_b, size_b - won_b))
        alarmed += min(holm(tried)) < LEVEL
    assert alarmed <= 0.08 * companies


def test_bounds_of_a_share() -> None:
    low, high = wilson(14, 31)
    assert (low, high) == (Decimal("0.2916"), Decimal("0.6223"))
    assert wilson(0, 0) == (Decimal(0), Decimal(1))
