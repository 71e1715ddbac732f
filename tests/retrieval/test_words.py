"""What a question is about is found whatever way it is asked, and no text makes the words crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.words import REQUEST_WEIGHT, count, index_text, prepare, terms


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What did they say about the price?", "price"),
        ("Summarize the discussion about product pricing.", "product pricing"),
        ("who talked about security reviews?", "security reviews"),
        ("give me an overview of their SOC 2 concerns", "SOC 2"),
        ("What was decided?", "decided"),
        ("???", "???"),
        ("", ""),
    ],
)
def test_the_topic_is_what_is_left_without_the_words_of_request(question: str, topic: str) -> None:
    assert prepare(question).topic == topic


def test_words_of_request_count_a_little_as_they_are_sometimes_meant() -> None:
    weights = prepare("Summarize the pricing discussion").terms
    assert weights["price"] == 1.0
    assert weights["summar"] == REQUEST_WEIGHT


def test_forms_of_a_word_are_one_term() -> None:
    assert terms("Prices, pricing and PRICED") == ["price", "price", "price"]
    assert terms("The buyer's champion’s budget") == ["buyer", "champion", "budget"]


def test_scripts_without_spaces_can_be_searched_by_part() -> None:
    counts = count(prepare("価格"), [index_text("価格表を送ってください"), index_text("来週の会議")])
    assert counts[:, 0].tolist() == [1, 0]


def test_counting_tells_whole_terms_only() -> None:
    counts = count(prepare("art"), [index_text("art party art"), index_text("party")])
    assert counts[:, 0].tolist() == [2, 0]


@given(st.text(max_size=200))
def test_no_text_crashes_and_every_question_keeps_something_to_search_with(text: str) -> None:
    query = prepare(text)
    assert bool(query.topic) == bool(text.split())
    assert index_text(text).split() == terms(text)
    assert set(terms(text)) == set(query.terms)
