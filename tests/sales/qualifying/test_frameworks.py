"""`frameworks.toml`: what a team may write, and what it is told when it can't be used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.qualifying.example import EXAMPLE
from sales.qualifying.frameworks import FrameworkError, faults_of_frameworks, parse_frameworks, standard


def test_everybody_starts_with_meddpicc_bant_and_spin() -> None:
    found = standard()
    assert found.current.name == "MEDDPICC"
    assert [one.name for one in found.all] == ["MEDDPICC", "BANT", "SPIN"]
    assert [one.key for one in found.current.elements] == [
        "metrics",
        "economic_buyer",
        "decision_criteria",
        "decision_process",
        "paper_process",
        "identify_pain",
        "champion",
        "competition",
    ]
    assert all(one.ask and one.meaning for framework in found.all for one in framework.elements)
    assert found.named("bant") is not None
    assert found.named("nothing") is None


def test_a_team_adds_an_element_of_its_own_in_its_own_words() -> None:
    text = EXAMPLE + '\n[MEDDPICC.data_residency]\nlabel = "Data residency"\ncues = ["data residency", "hosted in"]\n'
    added = parse_frameworks(text).current.elements[-1]
    assert (added.key, added.label, added.cues) == ("data_residency", "Data residency", ("data residency", "hosted in"))


def test_a_team_may_use_another_framework() -> None:
    assert parse_frameworks(EXAMPLE.replace('use = "MEDDPICC"', 'use = "bant"')).current.name == "BANT"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("use = ", 1, "this is not TOML"),
        ("", 0, "there is no framework None"),
        ('use = "X"\n[M.a]\nkinds = ["pain"]\n', 1, "there is no framework 'X'; there are M"),
        ('[M.a]\nkinds = ["pian"]\n', 2, "there is no kind 'pian'"),
        ('[M.a]\nlabel = "A"\n', 1, "say what fills it"),
        ('[M.a]\nkinds = ["pain"]\ncolour = 3\n', 3, "there is no 'colour'"),
        ('[M.a]\nkinds = ["pain"]\ncrm = "shoe_size"\n', 3, "a deal has no field 'shoe_size'"),
        ("[M.a]\ncues = [3]\n", 2, "cues is a list of words"),
        ('[M.A]\nkinds = ["pain"]\n', 1, "an element's key is small letters"),
        ('[M.a]\nkinds = ["pain"]\nask = ""\n', 3, "ask is a text"),
        ("[M]\na = 1\n", 2, "a is no element"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, message: str) -> None:
    faults = faults_of_frameworks(text)
    assert any(fault.line == line and message in fault.message for fault in faults), faults


@given(st.text(max_size=120))
def test_any_text_is_a_framework_or_has_a_fault(text: str) -> None:
    faults = faults_of_frameworks(text)
    if faults:
        with pytest.raises(FrameworkError):
            parse_frameworks(text)
    else:
        assert parse_frameworks(text).current.elements
