"""How likely a difference comes by luck, against another computation of the same test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from sales.workflow.luck import Split, by_luck


@given(a=st.integers(0, 60), b=st.integers(0, 60), c=st.integers(0, 60), d=st.integers(0, 60))
def test_the_chance_is_that_of_fishers_test(a: int, b: int, c: int, d: int) -> None:
    told = by_luck(Split(a, a + b, c, c + d))
    expected = 1.0 if not (a + b) or not (c + d) else fisher_exact([[a, b], [c, d]])[1]
    assert told == pytest.approx(expected, abs=1e-6)


def test_a_few_cases_are_never_enough() -> None:
    assert not Split(9, 9, 0, 100).enough
    assert Split(10, 10, 0, 10).enough
