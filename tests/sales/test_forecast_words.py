"""What the buyer's words move, and what they don't; and the hour that people agree on."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.agreed_times import hour_in
from sales.forecast_words import day_in, move_in, stage_for, sum_in
from sales.stages import order_stages

ON = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("Let's start with a two-site pilot in January.", "pilot"),
        ("Can you send us the proposal?", "proposal"),
        ("Our legal team is reviewing the contract.", "contract"),
        ("We're going with you.", "won"),
        ("We decided to go with Contoso.", "lost"),
        ("If legal agrees we're ready to sign.", None),
        ("We went with the bigger plan.", None),
        ("Should we do a pilot?", None),
        ("They told us you're going with Contoso, is that so?", None),
    ],
)
def test_a_stage_moves_by_what_the_buyer_says_they_do(said: str, move: str | None) -> None:
    found = move_in(said)
    assert (found.move if found else None) == move


def test_a_move_leads_only_further_on_in_the_teams_own_pipeline() -> None:
    stages = order_stages(["Discovery", "Pilot", "Proposal", "Closed Won", "Closed Lost"])
    assert stage_for("pilot", stages, "Discovery") == "Pilot"
    assert stage_for("pilot", stages, "Proposal") is None
    assert stage_for("lost", stages, "Proposal") == "Closed Lost"
    assert stage_for("contract", stages, "Discovery") is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("We need to sign by 15 December, otherwise the budget is gone.", date(2026, 12, 15)),
        ("I hope we sign by Friday.", None),
        ("Can we sign by Friday?", None),
        ("We met on Friday.", None),
    ],
)
def test_a_close_date_is_a_day_by_which_they_say_they_sign(said: str, day: date | None) -> None:
    found = day_in(said, ON)
    assert (found.day if found else None) == day


def test_a_sum_is_one_that_they_agree_to() -> None:
    agreed = sum_in("The board approved $120,000.")
    assert agreed is not None
    assert (int(agreed.amount), agreed.currency) == (120_000, "USD")
    assert sum_in("Is $60,000 the price?") is None
    assert sum_in("$60k is too much, we can't do $60k.") is None


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("Thursday at 3 pm", time(15)),
        ("at half past ten on Tuesday", time(10, 30)),
        ("let's say 14:30", time(14, 30)),
        ("noon on Friday", time(12)),
        ("3 pm your time", None),
        ("Monday 10 or 11 am", None),
        ("at two sites", None),
        ("at 20 percent", None),
    ],
)
def test_an_hour_is_held_where_one_is_plainly_agreed(said: str, hour: time | None) -> None:
    assert hour_in(said) == hour


@given(st.text(max_size=200))
def test_no_words_break_the_reading(text: str) -> None:
    move = move_in(text)
    assert move is None or move.quote in text
    day = day_in(text, ON)
    assert day is None or day.day > ON
    assert hour_in(text) is None or isinstance(hour_in(text), time)
    agreed = sum_in(text)
    assert agreed is None or agreed.quote in text
