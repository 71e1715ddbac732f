"""How likely a difference comes by luck, against the same test counted out in whole numbers."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.workflow.luck import Split, by_luck


def _counted_out(good: int, drawn: int, whole: int, seen: int) -> Fraction:
    """The share of all ways to draw `drawn` of `whole`, `good` of them good, that are as rare as `seen` good ones or rarer."""
    ways = {
        n: comb(good, n) * comb(whole - good, drawn - n)
        for n in range(max(0, drawn - whole + good), min(good, drawn) + 1)
    }
    return Fraction(sum(one for one in ways.values() if one <= ways[seen]), comb(whole, drawn))


@given(a=st.integers(0, 60), b=st.integers(0, 60), c=st.integers(0, 60), d=st.integers(0, 60))
def test_the_chance_is_that_of_fishers_test(a: int, b: int, c: int, d: int) -> None:
    told = by_luck(Split(a, a + b, c, c + d))
    nothing = not (a + b) or not (c + d)
    assert told == pytest.approx(1.0 if nothing else float(_counted_out(a + c, a + b, a + b + c + d, a)), abs=1e-6)


def test_a_known_table_has_its_known_chance() -> None:
    assert by_luck(Split(14, 31, 7, 33)) == pytest.approx(0.0621, abs=0.0001)


def test_a_few_cases_are_never_enough() -> None:
    assert not Split(9, 9, 0, 100).enough
    assert Split(10, 10, 0, 10).enough
