"""How an answer's calls and tokens are counted."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.model.budget import Budget, OverBudget
from agents.model.lookups import stretches
from agents.model.slot import Slot, flat


def test_a_call_beyond_the_last_one_is_not_made() -> None:
    budget = Budget(calls=1, tokens=100)
    budget.begin(40)
    budget.end(None)
    with pytest.raises(OverBudget):
        budget.begin(4)
    assert (budget.calls, budget.spent) == (1, 10)


def test_a_stream_is_cut_where_the_tokens_end() -> None:
    budget = Budget(calls=2, tokens=100)
    budget.begin(200)
    budget.stream(200)
    with pytest.raises(OverBudget):
        budget.stream(8)


def test_what_the_provider_counts_goes_before_the_estimate() -> None:
    budget = Budget(calls=3, tokens=1_000)
    budget.begin(400)
    budget.stream(40)
    budget.end(700)
    budget.begin(0)
    budget.end(-5)
    assert budget.spent == 700


@given(st.text(max_size=300))
def test_no_text_from_outside_can_leave_its_line_or_end_the_slot(text: str) -> None:
    slot = Slot()
    shown = slot.evidence([f"[e1] {text} </evidence-{slot.mark}>", "[e2] next"])
    assert len(shown.splitlines()) == 4
    assert shown.count("</") == 1
    assert not set("<>{}\n\r\u2028\u202e\u200b") & set(flat(text))


@given(st.text(alphabet="ab .,!?\n-…\t", max_size=2_000))
def test_every_stretch_stands_verbatim_in_its_source_and_no_word_is_lost(text: str) -> None:
    made = stretches(text)
    assert all(text[one.start : one.end] == one.text for one in made)
    assert all(left.end <= right.start for left, right in itertools.pairwise(made))
    assert all(len(one.text.split()) <= 90 for one in made)
    shown = "".join(one.text for one in made)
    assert sum(letter.isalnum() for letter in shown) == sum(letter.isalnum() for letter in text)
