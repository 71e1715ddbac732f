"""Promises and requests as people make them, and what shows that a promise was kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.commitments import asks, promises_in, requests_in, says_done, says_open, topic_stems

TUESDAY = date(2026, 11, 17)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("I'll send you the report tomorrow.", date(2026, 11, 18)),
        ("We will get back to you by Friday.", date(2026, 11, 20)),
        ("Let me check with legal and get back to you tomorrow.", date(2026, 11, 18)),
        ("I owe you the numbers.", None),
        ("Yeah, okay, I'm going to share the deck next week.", date(2026, 11, 29)),
        ("You'll have it by Thursday.", date(2026, 11, 19)),
        ("The summary follows tomorrow.", date(2026, 11, 18)),
        ("We'll introduce you to the support lead in two weeks.", date(2026, 12, 1)),
        ("I'll have an answer by Monday, the 23 November.", date(2026, 11, 23)),
    ],
)
def test_a_promise_is_heard_with_its_day(text: str, due: date | None) -> None:
    (promise,) = promises_in(text, TUESDAY)
    assert (promise.due.last if promise.due else None) == due
    assert text[promise.sentence.start : promise.sentence.end] == promise.sentence.text
    assert promise.act in text


@pytest.mark.parametrize(
    "text",
    [
        "I'll take it.",
        "Shall I send you the report?",
        "I won't send anything before Friday.",
        "If she agrees I'll send the contract.",
        "I'll text you if she says yes.",
        "I'll let you go.",
        "You will love the new dashboard.",
        "He said, I'll send it.",
        "I'll be honest with you.",
        "We never send invoices by mail.",
        "I'll write again when the connector is out.",
        "That's great.",
    ],
)
def test_figures_of_speech_conditions_and_denials_are_no_promises(text: str) -> None:
    assert promises_in(text, TUESDAY) == ()


def test_a_list_after_a_promise_is_promised_item_by_item() -> None:
    text = "Thanks for the call. What I owe you by Friday:\n\n1. The discount for annual billing\n2. A list of references\n\nIda"
    promises = promises_in(text, TUESDAY)
    assert [promise.sentence.text for promise in promises] == [
        "The discount for annual billing",
        "A list of references",
    ]
    assert {promise.due.last for promise in promises if promise.due} == {date(2026, 11, 20)}
    assert all(promise.lead is not None and promise.lead.text.startswith("What I owe you") for promise in promises)


def test_a_promise_that_names_nothing_is_marked_vague() -> None:
    (vague,) = promises_in("I'll send it to you tomorrow.", TUESDAY)
    (clear,) = promises_in("I'll send the penetration test summary tomorrow.", TUESDAY)
    assert vague.vague
    assert not clear.vague
    assert clear.topic >= topic_stems("penetration test summary")


@pytest.mark.parametrize(
    "text",
    [
        "Can you send us the contract?",
        "Where is the report?",
        "Please send me the price list.",
        "We need a reference.",
        "I'd like a discount for that.",
        "When will I hear from you?",
    ],
)
def test_a_request_is_heard(text: str) -> None:
    assert asks(text)
    assert requests_in(text)


@pytest.mark.parametrize("text", ["The report is fine.", "We had lunch.", "It was cold."])
def test_a_statement_is_no_request(text: str) -> None:
    assert requests_in(text) == ()


def test_what_is_delivered_later_keeps_the_promise_and_what_is_missed_keeps_it_open() -> None:
    topic = topic_stems("the penetration test summary")
    assert says_done("Please find the penetration test summary attached.", topic)
    assert not says_done("The penetration test summary is a good idea.", topic)
    assert not says_done("The price list is attached.", topic)
    assert says_open("Where is the penetration test summary?", topic)
    assert says_open("I still don't have the penetration test summary.", topic)
    assert not says_open("I have the penetration test summary.", topic)


@given(st.text(max_size=400))
def test_any_text_is_read_and_what_is_found_stands_in_it(text: str) -> None:
    for promise in promises_in(text, TUESDAY):
        assert text[promise.sentence.start : promise.sentence.end] == promise.sentence.text
    for request in requests_in(text):
        assert request.sentence.text in text
