"""What leans on the last answer is never read as a question about everything."""

from __future__ import annotations

import pytest

from agents.structured.leaning import leaning_plan, leans
from agents.structured.plan import Plan, Predicate

LOST = Plan(
    subject="deal", shape="list", where=(Predicate(field="deal.status", op="is", values=("lost",), shown=("lost",)),)
)


@pytest.mark.parametrize(
    "text",
    [
        "and how much money was that altogether?",
        "how much are those worth in total?",
        "what do they add up to?",
        "how many are those",
        "and what's the total of these?",
    ],
)
def test_the_amount_or_number_of_what_was_listed_keeps_its_conditions(text: str) -> None:
    plan = leaning_plan(LOST, text)
    assert plan is not None
    assert plan.where == LOST.where
    assert [one.aggregate for one in plan.measures] == (["count"] if "many" in text else ["sum"])


@pytest.mark.parametrize(
    "text",
    [
        "how much did we win last quarter?",
        "pipeline by owner",
        "what did they say about price?",
        "how many of those are in Propose?",
        "what is that?",
        "what are they",
        "how much is it",
    ],
)
def test_a_question_with_words_of_its_own_does_not_lean(text: str) -> None:
    assert not leans(text)


def test_a_top_ten_is_not_summed_as_if_it_were_all() -> None:
    assert leaning_plan(LOST.model_copy(update={"limit": 10}), "how much is that altogether?") is None
