"""The short schema of a plan: it knows the plan's own names and choices, costs little, and lets what it describes through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agents.model.grounding import own_words
from agents.model.plan_schema import plan_schema
from agents.structured import Plan

OPEN = {"kind": "predicate", "field": "deal.status", "op": "is", "values": ["open"]}
YEAR = {"kind": "within", "field": "deal.close_date", "first": "2026-01-01", "until": "2027-01-01"}
COUNT = {"aggregate": "count"}


def test_it_names_all_that_a_plan_has_but_the_words_for_people() -> None:
    assert set(plan_schema()["properties"]) == set(Plan.model_fields) - {"defaults"}


def test_it_costs_less_than_a_page_and_refers_to_nothing() -> None:
    text = json.dumps(plan_schema())
    assert len(text) < 4_000
    assert "$ref" not in text


@pytest.mark.parametrize(
    "plan",
    [
        {"measures": [COUNT], "where": [OPEN, YEAR]},
        {"shape": "list", "where": [{"kind": "any_of", "of": [OPEN, YEAR]}], "order": {"field": "deal.amount"}, "limit": 5},
        {"subject": "account", "shape": "list", "where": [{"kind": "related", "where": [OPEN], "quantity": "gt", "count": 2}]},
        {"shape": "groups", "measures": [COUNT], "group_by": [{"field": "deal.close_date", "grain": "month"}], "having": [{"op": "gt", "value": "1"}]},
        {"measures": [COUNT], "branches": [{"where": [OPEN]}, {"where": [YEAR]}], "difference": True},
        {"measures": [{"aggregate": "share", "part": [OPEN]}]},
        {"shape": "list", "silence": {"by": "buyer", "at_least_days": 7}},
    ],
)  # fmt: skip
def test_what_it_describes_is_a_plan(plan: dict[str, Any]) -> None:
    Draft202012Validator(plan_schema()).validate(plan)
    assert Plan.model_validate_json(json.dumps(own_words(plan))).subject in ("deal", "account")


def test_words_for_people_are_taken_out_wherever_they_stand() -> None:
    said = "forty-two million"
    plan = {
        "measures": [{"aggregate": "share", "part": [{**OPEN, "shown": [said]}]}],
        "branches": [{"label": said, "where": [{**YEAR, "label": said}]}, {"label": said, "where": [OPEN]}],
        "defaults": [said],
    }
    assert said not in Plan.model_validate_json(json.dumps(own_words(plan))).model_dump_json()
