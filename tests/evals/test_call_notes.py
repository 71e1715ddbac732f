"""The notes of the written calls meet their labels, and nothing stands in a summary that was not said.

The sample's calls and those we learn from in `make test`; all sets in `make soak` and `make eval`.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.evals.call_notes import SETS, report, run

QUICK = ("sample", "dev")
scored = cache(run)


@pytest.mark.parametrize("name", [pytest.param(one, marks=() if one in QUICK else pytest.mark.soak) for one in SETS])
def test_every_figure_and_name_of_a_summary_was_said(name: str) -> None:
    score = scored(name)
    assert score.calls >= 6
    assert score.figures > 100
    assert score.grounded == score.figures


def test_the_calls_we_learn_from_are_met() -> None:
    kinds = scored("dev").kinds
    for kind, precision, recall in (("next steps", 0.7, 0.85), ("commitments", 0.75, 0.85), ("objections", 0.75, 0.75), ("competitors", 0.8, 0.7)):  # fmt: skip
        made = kinds[kind]
        assert made.precision is not None
        assert made.recall is not None
        assert made.precision >= precision, kind
        assert made.recall >= recall, kind


@pytest.mark.parametrize("name", ["dev", pytest.param("held", marks=pytest.mark.soak)])
def test_of_the_half_that_is_held_back_only_figures_are_printed(name: str) -> None:
    lines = report([scored(name)])
    assert len(lines) == 7
    assert not any(call in line for line in lines for call in (f"{name}-", "“"))
