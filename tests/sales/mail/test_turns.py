"""Whose turn it is: a buyer's question is never taken for one of ours."""

from __future__ import annotations

from typing import get_args

import pytest

from sales.mail.turns import Purpose, asks_us, object_of, phrase_of, purpose_in


@pytest.mark.parametrize("words", ["did the sample get lost?", "Can you send me the redlines.", "Where is the report.", "We need the annex in Czech."])  # fmt: skip
def test_a_question_and_a_request_of_theirs_wait_for_us(words: str) -> None:
    assert asks_us(words)


@pytest.mark.parametrize("words", ["I can't sign before the audit is through.", "Tuesday works for me."])
def test_a_statement_of_theirs_does_not(words: str) -> None:
    assert not asks_us(words)


@pytest.mark.parametrize(
    ("work", "told"),
    [
        ("Send the SOC 2 report to Colleen and Devin Park", "the SOC 2 report"),
        ("Re-confirm rollout plan with Derek Hoffmann", "rollout plan"),
        ("Check and get it to you tomorrow: “I think the Ontario one's enough”", None),
        ("I owe her that one", None),
    ],
)
def test_work_is_told_to_a_customer_by_what_it_is_about(work: str, told: str | None) -> None:
    assert object_of(work) == told


@pytest.mark.parametrize("purpose", get_args(Purpose))
def test_what_a_mail_is_for_survives_its_words(purpose: Purpose) -> None:
    assert purpose_in(phrase_of(purpose).removeprefix("to ")) == purpose
