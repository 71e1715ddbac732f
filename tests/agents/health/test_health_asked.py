"""Being asked in chat how deals stand."""

from __future__ import annotations

import pytest

from infra.spine.scope import Scope
from tests.agents.conftest import Asking

IDA = Scope(grants=(frozenset({"ida"}),), user_id="ida")


@pytest.mark.parametrize(
    "words",
    [
        "why is Norrland at risk?",
        "How healthy is the Norrland Timber deal?",
        "what's the health of Norrland Timber?",
        "health Norrland",
        "is Norrland in trouble?",
    ],
)
def test_why_a_deal_is_at_risk_is_told_with_the_words_it_rests_on(ask: Asking, words: str) -> None:
    answer = ask(words)
    assert answer.headline.startswith("Norrland Timber – Loading, $90k")
    assert "— at risk: " in answer.headline
    legal = next(claim for claim in answer.claims if "Dag Ek (legal)" in claim.text)
    assert legal.evidence[0].id == "mail-redlines"
    assert answer.figures[0].key == "health"
    assert answer.actions[0].value == "Draft a mail to Norrland Timber"


@pytest.mark.parametrize("words", ["which deals are at risk?", "deals at risk", "show me our risky deals", "what's at risk?", "which deals should I worry about?", "any deals in trouble?", "which deals need saving?", "at-risk deals over 50k"])  # fmt: skip
def test_deals_at_risk_are_listed_worst_first_with_the_rule(ask: Asking, words: str) -> None:
    answer = ask(words)
    assert answer.headline.startswith("1 of 2 open deals over 50,000 is" if "50k" in words else "1 of 2 open deals is at risk")  # fmt: skip
    assert answer.table is not None
    assert [row["record_id"] for row in answer.table.rows] == ["deal-norrland"]
    assert answer.rule is not None


@pytest.mark.parametrize("least", ["1.500.000", "1,500,000.", "1.5m"])
def test_a_sum_is_understood_however_it_is_written(ask: Asking, least: str) -> None:
    assert (
        ask(f"which deals are at risk over {least}").headline == "There is no open deal over 1,500,000 that you may see"
    )


def test_a_sum_that_is_none_is_not_passed_over(ask: Asking) -> None:
    assert "open deals" not in ask("which deals are at risk over 1,2,3").headline


def test_deals_that_got_worse_are_told_against_a_week_ago(ask: Asking) -> None:
    answer = ask("which deals got worse this week?")
    assert "open deals got worse within a week" in answer.headline
    assert answer.rule is not None
    assert "seven days before" in answer.rule


def test_somebodys_own_deals_are_asked_for_by_name(ask: Asking) -> None:
    answer = ask("which of Ida's deals are at risk?")
    assert answer.headline.startswith("1 of 1 open deals of Ida")


def test_nobody_is_told_of_anothers_deal(ask: Asking) -> None:
    assert ask("which deals are at risk?", IDA).headline.startswith("1 of 1 open deals is at risk")
    hidden = ask("why is Quietwater at risk?", IDA)
    assert hidden.kind == "not_found"
    assert "Yard" not in hidden.written()


def test_a_follow_up_means_the_deal_of_the_thread(ask: Asking) -> None:
    ask("how healthy is Norrland?", thread="health-1")
    assert ask("why is it at risk?", thread="health-1").headline.startswith("Norrland Timber – Loading")


def test_other_questions_of_risk_go_their_own_way(ask: Asking) -> None:
    for words in ("what are the risks at Norrland?", "who is at risk of leaving at Norrland?"):
        assert all(figure.key != "health" for figure in ask(words).figures), words
