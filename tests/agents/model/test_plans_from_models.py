"""Whatever plan a model makes, the tool answers it: with a result inside the scope, or with words that say what is wrong."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.answer import Answer
from agents.links import NoLinks
from agents.mentions import Mentions
from agents.model.lookups import Lookups, Reading
from agents.model.shelf import Shelf
from agents.model.slot import Slot
from agents.question import Question
from agents.structured import Structured
from agents.structured.catalog import FIELDS, Subject
from agents.structured.plan import Aggregate, Grain, Op, Quantity
from agents.structured.vocabulary_reader import VocabularyKeeper
from tests.agents.model.conftest import Company
from tests.agents.northern import NORTH
from tests.conftest import NOW

FIELD = st.sampled_from([*FIELDS, "deal.custom:x", "deal.nothing"])
VALUE = st.sampled_from(["open", "won", "Propose", "Ida Berg", "North", "Norrland Timber", "Quietwater Mills", "50000", "-1", "1e99", "NaN", "2026-01-01", "", "Dock", "USD"])  # fmt: skip
DAY = st.sampled_from(["2026-01-01", "2026-10-01", "2027-01-01", None, "yesterday"])
PLAIN = st.one_of(
    st.fixed_dictionaries({"kind": st.just("predicate"), "field": FIELD, "op": st.sampled_from(get_args(Op)), "values": st.lists(VALUE, max_size=2)}),
    st.fixed_dictionaries({"kind": st.just("within"), "field": FIELD, "first": DAY, "until": DAY}),
)  # fmt: skip
CONDITION = st.one_of(
    PLAIN,
    st.fixed_dictionaries({"kind": st.just("any_of"), "of": st.lists(PLAIN, min_size=1, max_size=3)}),
    st.fixed_dictionaries(
        {"kind": st.just("related"), "where": st.lists(PLAIN, max_size=2), "quantity": st.sampled_from(get_args(Quantity)), "count": st.sampled_from([None, 0, 1, -1])}
    ),
)  # fmt: skip
MEASURE = st.fixed_dictionaries(
    {"aggregate": st.sampled_from(get_args(Aggregate)), "field": st.none() | FIELD, "part": st.lists(PLAIN, max_size=1)}
)
PLANS = st.fixed_dictionaries(
    {"shape": st.sampled_from(["figure", "list", "groups", "lookup"])},
    optional={
        "subject": st.sampled_from(get_args(Subject)),
        "measures": st.lists(MEASURE, max_size=2),
        "where": st.lists(CONDITION, max_size=3),
        "group_by": st.lists(st.fixed_dictionaries({"field": FIELD, "grain": st.sampled_from(get_args(Grain))}), max_size=2),
        "order": st.none() | st.fixed_dictionaries({"measure": st.none() | st.integers(0, 2), "field": st.none() | FIELD}),
        "columns": st.lists(FIELD, max_size=3),
        "branches": st.lists(st.fixed_dictionaries({"where": st.lists(PLAIN, max_size=2)}), max_size=2),
        "silence": st.none() | st.fixed_dictionaries({"at_least_days": st.integers(-1, 40_000)}),
        "limit": st.none() | st.integers(-1, 5),
        "growth": st.booleans(),
        "difference": st.booleans(),
        "zeros": st.booleans(),
        "breakdown": st.booleans(),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def reading(company: Company) -> Reading:
    """What the tools read from, made once."""
    structured = Structured(company.database, company.settings)
    keeper = VocabularyKeeper(company.database, company.settings)
    return Reading(company.database, company.settings, company.search, structured, keeper, NoLinks())


def compute(reading: Reading, plan: dict[str, Any]) -> tuple[str, Answer | None]:
    """Return what the tool tells the model, and what it computed, for a rep who does not see all."""
    shelf = Shelf()
    question = Question("anything", NORTH, NOW, user_id="ida")
    tools = Lookups(reading, question, Mentions(), Slot(), shelf, lambda line: None).tools()
    told = tools[0].run(plan=plan)
    result = shelf.result("f1")
    return told, result.answer if result else None


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS)
def test_no_plan_breaks_the_tool_or_leaves_the_scope(reading: Reading, plan: dict[str, Any]) -> None:
    told, answer = compute(reading, plan)
    assert told
    shown = f"{told} {answer.public() if answer else ''}"
    for hidden in ("Quietwater", "Rosa Finch", "70000", "70,000"):
        assert hidden not in shown


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FIELDS)))
def test_every_field_can_be_asked_whether_it_is_known(reading: Reading, field: str) -> None:
    where = [{"kind": "predicate", "field": field, "op": "known"}]
    told, answer = compute(reading, {"measures": [{"aggregate": "count"}], "where": where})
    if field.startswith("deal."):
        assert answer is not None
        assert answer.figures[0].value in (0, 1)
    assert "Quietwater" not in told
