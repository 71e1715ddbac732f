"""What a sentence of a mail claims, so that somebody should be able to prove it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.claiming import claims_in


@pytest.mark.parametrize(
    "text",
    [
        "Our customers halve their waiting times.",
        "We are ISO certified.",
        "We guarantee it.",
        "It pays for itself within a season.",
        "We're the cheapest in the market.",
        "Your competitors swear by it already.",
        "Nobody else integrates with your ERP as we do.",
        "The first month is free of charge.",
        "Did you know that teams like yours double their throughput?",
    ],
)
def test_what_could_be_asked_for_a_proof_is_a_claim(text: str) -> None:
    assert claims_in(f"Hi Ray,\n\nThanks for your note. {text}\n\nDana") == (text,)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for asking for a demo.",
        "Which day suits you, Tuesday or Wednesday?",
        "Would it help to save time at the docks?",
        "I'd rather start from your day than from our slides.",
        "Saw that you joined as head of operations.",
        "Let us know what works.",
        "If we cut that, tell me.",
        "Happy to send more on how we work.",
        "We do scheduling for docks and yards.",
    ],
)
def test_courtesy_questions_and_news_of_them_are_none(text: str) -> None:
    assert claims_in(text) == ()


@given(st.text(max_size=300))
def test_every_claim_stands_in_the_text(text: str) -> None:
    assert all(claim in text for claim in claims_in(text))
