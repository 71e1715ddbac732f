"""What Dealwright itself works out of a deal is told to the CRM and asked of nobody."""

from __future__ import annotations

import pytest

from sales.fields import FIELDS, OWN, field_of, own_keys
from sales.ownership import EXAMPLE, faults_of_fields, is_own, parse_ownership, usual
from sales.records import RecordKind


def test_no_import_and_no_rule_of_completeness_knows_them() -> None:
    assert own_keys(RecordKind.DEAL).isdisjoint(one.key for one in FIELDS[RecordKind.DEAL])
    assert own_keys(RecordKind.CONTACT) == frozenset()


def test_the_usual_rules_write_each_of_them_by_itself_in_both_systems() -> None:
    for field in OWN[RecordKind.DEAL]:
        rule = usual().rule("deal", field.key)
        assert (rule.writes, rule.owner, set(rule.names)) == ("auto", "dealwright", {"hubspot", "salesforce"})
        assert field_of(RecordKind.DEAL, field.key) == field
        assert is_own("deal", field.key)
        assert not is_own("contact", field.key)


@pytest.mark.parametrize("rule", ['writes = "approve", owner = "dealwright"', 'writes = "auto"'])
def test_a_rule_that_would_have_people_or_the_crm_say_them_is_a_fault(rule: str) -> None:
    (fault,) = faults_of_fields(f'[deal]\nsentiment = {{ {rule}, hubspot = "mood" }}\n')
    assert (fault.line, "worked out by Dealwright" in fault.text()) == (2, True)
    assert faults_of_fields('[deal]\nsentiment = { writes = "never", owner = "dealwright" }\n') == ()


def test_a_file_from_before_them_stays_as_it_was() -> None:
    old = "\n".join(line for line in EXAMPLE.splitlines() if "dealwright_" not in line)
    assert parse_ownership(old).rule("deal", "health_score").names == {}
