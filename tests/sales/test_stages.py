"""Stages in their order, whatever a team calls them."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.stages import order_stages, usual_place


def _names(*arguments: object, **known: object) -> list[str]:
    return [stage.name for stage in order_stages(*arguments, **known)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "stages",
    [
        ["Prospecting", "Engaging", "Won", "Lost"],
        ["Identify", "Contact", "Understand", "Propose", "Resolve", "Closed Won", "Closed Lost"],
        ["appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "decisionmakerboughtin", "contractsent", "closedwon", "closedlost"],
        ["Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers", "Perception Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost"],
        ["1 - Zebra", "2 - Apple", "10 - Mango", "Won"],
    ],
)  # fmt: skip
def test_known_pipelines_come_out_in_order_however_they_were_met(stages: list[str]) -> None:
    for seed in range(5):
        shuffled = random.Random(seed).sample(stages, len(stages))
        assert _names(shuffled) == stages


def test_history_orders_words_that_nobody_knows() -> None:
    moves = {("Fox", "Owl"): 9, ("Owl", "Bear"): 7, ("Bear", "Owl"): 1, ("Fox", "Bear"): 2}
    assert _names(["Bear", "Owl", "Fox"], moves=moves) == ["Fox", "Owl", "Bear"]


def test_probability_is_believed_before_words() -> None:
    chances = {"Proposal": Decimal(20), "Qualified": Decimal(60)}
    assert _names(["Qualified", "Proposal"], probabilities=chances) == ["Proposal", "Qualified"]


def test_a_stage_whose_deals_are_won_is_a_won_stage() -> None:
    placed = order_stages(["Delivered", "Proposal"], statuses={"Delivered": "won"})
    assert [(stage.name, stage.position, stage.status) for stage in placed] == [
        ("Proposal", 0, "open"),
        ("Delivered", 1, "won"),
    ]


@given(st.lists(st.text(max_size=20), max_size=12))
def test_every_stage_has_one_place_and_closed_ones_stand_last(names: list[str]) -> None:
    placed = order_stages(names)
    assert sorted(stage.name for stage in placed) == sorted(set(names))
    assert [stage.position for stage in placed] == list(range(len(placed)))
    tiers = [("open", "won", "lost").index(stage.status) for stage in placed]
    assert tiers == sorted(tiers)


def test_unknown_words_have_no_usual_place() -> None:
    assert usual_place("Zebra") is None
    assert (usual_place("Discovery call") or 0) < (usual_place("Proposal sent") or 0)
