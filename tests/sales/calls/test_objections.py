"""An objection is what the buyer holds against buying from us now; its answer and how it was taken are told."""

from __future__ import annotations

import pytest

from sales.objections import LABELS, objections_in
from tests.sales.calls.talking import talk


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("Honestly, that's too expensive for us.", "price"),
        ("I can't justify that price to my board.", "price"),
        ("We have no budget left for this year.", "budget"),
        ("My worry is the security of our customer data on your servers.", "security"),
        ("I really don't need another tool, to be honest with you.", "no_need"),
        ("We won't sign a three year term with you.", "contract"),
        ("I'm not convinced by your numbers.", "trust"),
    ],
)
def test_objections_have_their_topic(said: str, topic: str) -> None:
    turns = talk("seller Dana: It is forty thousand a year for the platform.", f"buyer Ray: {said}", "seller Dana: I hear you.")  # fmt: skip
    assert [one.topic for one in objections_in(turns)] == [topic]
    assert topic in LABELS


@pytest.mark.parametrize(
    "said",
    [
        "How much does it cost?",
        "Is that too expensive for companies of our size?",
        "If it were too expensive I'd tell you.",
        "Our last vendor was way too expensive.",
        "The price is fine, it's not expensive at all.",
        "It used to be too slow, that got sorted last year.",
        "I'm not worried about security.",
        "My hotel was too expensive.",
        "I'll take this to security with the report.",
    ],
)
def test_questions_others_and_what_is_over_are_none(said: str) -> None:
    turns = talk("seller Dana: It is forty thousand a year.", f"buyer Ray: {said}", "seller Dana: I hear you.")
    assert objections_in(turns) == []


def test_what_cannot_be_taken_further_for_want_of_a_paper_is_not_about_the_price() -> None:
    turns = talk("seller Dana: The report is on its way.", "buyer Ray: I can't take this to security without it.")
    assert [one.topic for one in objections_in(turns) if one.topic == "price"] == []


def test_only_the_buyer_objects() -> None:
    assert objections_in(talk("seller Dana: Some people say that it's too expensive.", "buyer Ray: Ha.")) == []


def test_an_answer_that_was_accepted_is_answered() -> None:
    [one] = objections_in(
        talk(
            "buyer Ray: Three eighty a year, I think that's too expensive.",
            "seller Dana: I hear you. The other quote leaves out seven connectors at twenty thousand each.",
            "buyer Ray: Okay. Then I take it back.",
        )
    )
    assert one.handled == "answered"
    assert one.answer is not None
    assert "seven connectors" in one.answer.sentence.text


def test_an_answer_that_puts_it_off_leaves_it_open() -> None:
    [one] = objections_in(
        talk("buyer Ray: That's too expensive for us.", "seller Dana: I'll have to ask my director about that.")
    )
    assert one.handled == "open"


def test_one_stretch_is_one_objection() -> None:
    [one] = objections_in(
        talk(
            "buyer Ray: That's too expensive.",
            "seller Dana: It is the list price.",
            "buyer Ray: It's way too much money for what it does.",
        )
    )
    assert len(one.words) == 2


def test_unplain_words_object_where_the_seller_answers_them_and_not_where_they_are_asked_for() -> None:
    said = "But our foremen won't open an app, half of them don't even have a smartphone."
    against = talk("seller Dana: It starts at forty a month.", f"buyer Ray: {said}", "seller Dana: That's fair. It can also run by text message, so nobody has to install anything.")  # fmt: skip
    assert [one.topic for one in objections_in(against)] == ["risk"]
    asked = talk("seller Dana: What's the biggest problem today?", "buyer Ray: Our foremen don't fill in the diary.", "seller Dana: Since when?")  # fmt: skip
    assert objections_in(asked) == []


@pytest.mark.parametrize(
    "said",
    [
        "One more thing, who does the support at night? Stockwise has somebody overseas.",
        "And when the line is down at five in the morning, who picks up?",
        "They were too expensive, three years ago, when we looked.",
        "Is there a connector or do we build one?",
    ],
)
def test_whoever_asks_how_it_works_or_tells_of_others_objects_to_nothing(said: str) -> None:
    turns = talk("seller Dana: That would be forty thousand a year for the platform.", f"buyer Ray: {said}", "seller Dana: We have a desk in Cork, and it can take calls at any hour.")  # fmt: skip
    assert objections_in(turns) == []


def test_what_hurts_them_today_is_no_objection_but_a_refusal_is() -> None:
    asked = "seller Dana: How do you plan the vans today?"
    own = talk(asked, "buyer Ray: The data migration is a nightmare, every spring.", "seller Dana: I see.")
    refused = talk(asked, "buyer Ray: I don't want another tool in here.", "seller Dana: I hear you.")
    assert objections_in(own) == []
    assert len(objections_in(refused)) == 1
