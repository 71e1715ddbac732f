"""The bars of qualification hold on the calls that it was built with; the half that is held back is only measured, by `make eval`."""

from __future__ import annotations

import pytest

from tests.evals.qualification import run, table


@pytest.mark.parametrize("name", ["sample", "dev"])
def test_elements_are_found_and_few_are_wrong(name: str) -> None:
    result = run(name)
    assert set(result.elements) == {
        "metrics",
        "economic_buyer",
        "decision_criteria",
        "decision_process",
        "paper_process",
        "identify_pain",
        "champion",
        "competition",
    }
    assert result.whole.precision >= 0.9, result.wrong
    assert result.whole.recall >= 0.75, result.wrong


def test_the_figures_are_printed_by_element() -> None:
    lines = table([run("dev")]).splitlines()
    assert len(lines) == 2 + 8 + 1
    assert lines[-1].startswith("dev     all elements")
