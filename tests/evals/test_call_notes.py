"""The notes of the written calls meet their labels, and nothing stands in a summary that was not said."""

from __future__ import annotations

import pytest

from tests.evals.call_notes import SETS, Score, report, run


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return {name: run(name) for name in SETS}


@pytest.mark.parametrize("name", SETS)
def test_every_figure_and_name_of_a_summary_was_said(scores: dict[str, Score], name: str) -> None:
    assert scores[name].calls >= 6
    assert scores[name].figures > 100
    assert scores[name].grounded == scores[name].figures


def test_the_calls_we_learn_from_are_met(scores: dict[str, Score]) -> None:
    kinds = scores["dev"].kinds
    for kind, precision, recall in (("next steps", 0.7, 0.85), ("commitments", 0.75, 0.85), ("objections", 0.75, 0.75), ("competitors", 0.8, 0.7)):  # fmt: skip
        made = kinds[kind]
        assert made.precision is not None
        assert made.recall is not None
        assert made.precision >= precision, kind
        assert made.recall >= recall, kind


def test_of_the_half_that_is_held_back_only_figures_are_printed(scores: dict[str, Score]) -> None:
    lines = report([scores["held"]])
    assert len(lines) == 7
    assert not any(call in line for line in lines for call in ("held-", "“"))
