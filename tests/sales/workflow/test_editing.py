"""Changing one value of a rule file leaves everything else as people wrote it."""

from __future__ import annotations

import tomllib

from sales.workflow.editing import with_top, with_value
from sales.workflow.example import EXAMPLE
from sales.workflow.reading import parse_workflow


def test_one_value_of_one_stage_changes() -> None:
    made = with_value(EXAMPLE, "stage", "identify", "needs", '["amount"]')
    assert made is not None
    assert parse_workflow(made).stages[0].needs == ("amount",)
    different = [a for a, b in zip(EXAMPLE.splitlines(), made.splitlines(), strict=True) if a != b]
    assert different == ["needs = []"]


def test_a_missing_value_is_added_where_it_belongs() -> None:
    made = with_value(EXAMPLE, "rule", "answer", "stages", '["close"]')
    assert made is not None
    rule = parse_workflow(made).rule("answer")
    assert rule is not None
    assert rule.stages == ("close",)


def test_what_is_not_there_is_not_changed() -> None:
    assert with_value(EXAMPLE, "rule", "nothing", "within", '"same day"') is None


def test_a_value_before_the_tables_changes_and_keeps_its_remark() -> None:
    made = with_top("# ours\nmost_touches = 3   # see above\n[weights]\na = 1\n", "most_touches", "2")
    assert made == "# ours\nmost_touches = 2   # see above\n[weights]\na = 1\n"
    added = with_top("[weights]\na = 1\n", "most_touches", "2")
    assert added is not None
    assert tomllib.loads(added) == {"most_touches": 2, "weights": {"a": 1}}


def test_a_list_over_several_lines_is_replaced_whole() -> None:
    made = with_top('stopped = [\n  "a",\n  "b",\n]\nx = 1\n', "stopped", '["c"]')
    assert made is not None
    assert tomllib.loads(made) == {"stopped": ["c"], "x": 1}
