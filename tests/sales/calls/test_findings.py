"""Pains, how they decide, risks and stances are told from the buyer's own words, and lures are passed by."""

from __future__ import annotations

import pytest

from sales.decision_words import process_weight
from sales.pains import pain_weight
from sales.risks import LABELS, risk_of
from sales.sentiment import feelings_of
from tests.sales.calls.talking import talk


@pytest.mark.parametrize(
    "said",
    [
        "We lose about twelve thousand a month because drivers wait.",
        "There's a pile of two million that nobody can explain.",
        "It takes us eleven days to close the books.",
        "The builds are just brutal.",
    ],
)
def test_pains(said: str) -> None:
    assert pain_weight(said) >= 1.0


@pytest.mark.parametrize(
    "said",
    [
        "We had a problem with the form, but that got sorted at Christmas.",
        "Is that a problem for you?",
        "If we lost that we would be in trouble.",
        "Your price is the problem here.",
    ],
)
def test_no_pains(said: str) -> None:
    assert pain_weight(said) < 1.0


def test_how_they_decide() -> None:
    assert process_weight("Up to half a million she signs alone, above that it goes to the board.") >= 1.0
    assert process_weight("We score the options, then legal reviews the contract in July.") >= 1.0
    assert process_weight("Who approves that?") == 0.0
    assert process_weight("The weather was fine on Friday.") == 0.0


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("I'm leaving the company at the end of June.", "departure"),
        ("Everything is on hold until further notice.", "hold"),
        ("There is a spending freeze since Monday.", "budget"),
        ("We decided to go with another vendor.", "refusal"),
        ("It will probably slip to next quarter.", "slip"),
        ("We are being acquired by a larger group.", "reorganisation"),
    ],
)
def test_risks(said: str, kind: str) -> None:
    assert risk_of(said) == kind
    assert kind in LABELS


@pytest.mark.parametrize(
    "said", ["Is everything on hold?", "I'm leaving for lunch in a minute.", "If we got acquired, that would change."]
)
def test_no_risks(said: str) -> None:
    assert risk_of(said) is None


def test_stances() -> None:
    turns = talk(
        "buyer Nadia: I walked our CFO through it on Monday and I got her to make room for it in the plan.",
        "buyer Nadia: I like that a lot, this is exactly what we need.",
        "buyer Sam: I don't want another vendor in here with a connector into our systems, honestly.",
        "buyer Frank: We push nine million events on a peak day and then it goes quiet for two hours.",
        "buyer Kim: Hi.",
        "buyer Rolf: I've told Walt I don't want to sign new vendors this year, and I won't run a rollout I don't believe in.",
    )
    assert {name: one.stance for name, one in feelings_of(turns).items()} == {
        "Nadia": "supporter",
        "Sam": "against",
        "Frank": "neutral",
        "Kim": "unknown",
        "Rolf": "against",
    }
    assert next(words.text for _, words in feelings_of(turns)["Sam"].telling()).startswith("I don't want another")


def test_the_seller_has_no_stance() -> None:
    assert feelings_of(talk("seller Dana: I love this, it's great.")) == {}
