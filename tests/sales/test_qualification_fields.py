"""Each element of the qualification has a field in the CRM by one rule for all, or by one of its own."""

from __future__ import annotations

import pytest

from sales.fields import field_of
from sales.ownership import faults_of_fields, is_own, parse_ownership, usual
from sales.records import RecordKind

RULE = '[deal]\nqualification = {{ writes = "{}", hubspot = "q_*", salesforce = "{}" }}\n'


def test_one_rule_names_the_field_of_every_element() -> None:
    rules = usual().with_elements(["champion", "economic_buyer"])
    assert rules.names("hubspot")["deal"]["qualification_economic_buyer"] == "dealwright_q_economic_buyer"
    assert rules.names("salesforce")["deal"]["qualification_champion"] == "Dealwright_Q_Champion__c"
    assert (rules.rule("deal", "qualification_champion").writes, is_own("deal", "qualification_champion")) == ("approve", True)  # fmt: skip
    known = field_of(RecordKind.DEAL, "qualification_economic_buyer")
    assert known is not None
    assert known.label == "Dealwright economic buyer"


def test_a_team_has_a_field_of_its_own_for_one_of_them() -> None:
    text = RULE.format("never", "Q_*__c") + 'qualification_champion = { writes = "auto", hubspot = "champ" }\n'
    rules = parse_ownership(text).with_elements(["champion", "metrics"])
    assert rules.names("hubspot")["deal"] == {"qualification_champion": "champ", "qualification_metrics": "q_metrics"}
    assert [rules.rule("deal", f"qualification_{one}").writes for one in ("champion", "metrics")] == ["auto", "never"]


@pytest.mark.parametrize("element", ["a" * 40, "who__decides_", "x"])
def test_names_are_such_as_salesforce_takes(element: str) -> None:
    rules = parse_ownership(RULE.format("approve", "Dealwright_Q_*__c")).with_elements([element])
    name = rules.names("salesforce")["deal"][f"qualification_{element}"].removesuffix("__c")
    assert len(name) <= 40
    assert "__" not in name
    assert not name.endswith("_")


def test_a_rule_without_a_place_for_the_element_is_a_fault() -> None:
    (fault,) = faults_of_fields(RULE.format("approve", "Q__c"))
    assert (fault.line, "one *" in fault.text()) == (2, True)
    assert faults_of_fields('[deal]\nqualification_Champion = { writes = "auto" }\n')[0].line == 2
    assert faults_of_fields('[contact]\nqualification = { writes = "auto" }\n')[0].line == 2
