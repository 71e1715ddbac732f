"""What a team gets that writes its own `workflow.toml`."""

from __future__ import annotations

import pytest

from sales.workflow.example import EXAMPLE
from sales.workflow.reading import faults_of_workflow, parse_workflow, workflow_in_force

STAGE = """
[[stage]]
key = "early"
label = "Early"
names = ["Erstkontakt", "Qualifizierung"]
exit = "They answered"
met_by = ["buyer_spoke"]
needs = ["amount"]
ask = "Write to them"
"""
RULE = """
[[rule]]
key = "recap"
trigger = "call_held"
action = "Send the recap"
within = "24 hours"
"""


def test_the_file_that_everybody_starts_with_has_the_six_stages_and_no_fault() -> None:
    assert faults_of_workflow(EXAMPLE) == ()
    stages = workflow_in_force(None).stages
    assert [one.key for one in stages] == ["identify", "contact", "understand", "propose", "resolve", "close"]
    assert all(one.exit and one.met_by for one in stages)


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("Prospecting", "identify"),
        ("engaging", "contact"),
        ("3 - Proposal/Price Quote", "propose"),
        ("Stage 2: Discovery", "understand"),
        ("Negotiation/Review (80%)", "resolve"),
        ("appointmentscheduled", "contact"),
        ("contractsent", "close"),
    ],
)
def test_the_names_that_crms_use_are_known(name: str, stage: str) -> None:
    found = workflow_in_force(None).stage_of(name)
    assert found is not None
    assert found.key == stage


def test_a_stage_that_stands_nowhere_is_not_guessed() -> None:
    rules = workflow_in_force(None)
    assert rules.stage_of("Warteschleife") is None
    assert rules.stage_of(None) is None


def test_a_team_maps_its_own_names() -> None:
    found = parse_workflow(STAGE + RULE).stage_of("ERSTKONTAKT")
    assert found is not None
    assert found.needs == ("amount",)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (STAGE + RULE.replace("24 hours", "soon"), 15, "same day"),
        (STAGE + RULE.replace("call_held", "full_moon"), 13, "trigger is one of"),
        (STAGE.replace("buyer_spoke", "we_sent_it") + RULE, 7, "met_by knows"),
        (STAGE.replace('["amount"]', '["shoe_size"]') + RULE, 8, "needs knows"),
        (STAGE + STAGE + RULE, 12, "the key early"),
        (STAGE + RULE + 'stages = ["late"]\n', 16, "there is no stage late"),
        (STAGE + RULE + 'words = ["nda"]\n', 16, "words belong to"),
        (STAGE + RULE + "mood = 3\n", 16, "and nothing else"),
        (STAGE, 0, "at least one [[rule]]"),
        (STAGE + RULE.replace("call_held", "silence"), 11, "after_days"),
        ("look_back_days = 0\n" + STAGE + RULE, 1, "from 1 to 90"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int, told: str) -> None:
    faults = faults_of_workflow(text)
    assert any(one.line == line and told in one.message for one in faults), faults


def test_a_name_that_two_stages_claim_is_told() -> None:
    other = STAGE.replace('"early"', '"late"').replace('"Early"', '"Late"')
    assert any("a name of early and of late" in one.message for one in faults_of_workflow(STAGE + other + RULE))


def test_what_is_no_toml_is_told_as_such() -> None:
    assert faults_of_workflow("[[stage]\n")
