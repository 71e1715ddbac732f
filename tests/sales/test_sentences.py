"""A quote is a stretch of its source: cut at sentences and clauses, never altered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.cues import rank_of, weigh
from sales.sentences import Sentence, is_signature, sentences, shortened, without_opening
from sales.topics import topics_in

SPEECH = st.lists(st.sampled_from([*"abcdefg hij.,!?;:-\n'“”1", "and ", "but ", "um, "]), max_size=200).map("".join)


def test_speech_and_mails_are_cut_into_sentences_and_items() -> None:
    text = "Hi Dr. Holm, we met at approx. 9 a.m. on Friday. Was it you?\n\nTwo things:\n1. The price is 2.5 percent too high.\n- Data stays in the U.S. for now.\nBye"
    assert [one.text for one in sentences(text)][:4] == [
        "Hi Dr. Holm, we met at approx. 9 a.m. on Friday.",
        "Was it you?",
        "Two things:",
        "The price is 2.5 percent too high.",
    ]


@given(SPEECH)
def test_every_sentence_stands_verbatim_in_its_source(text: str) -> None:
    for one in sentences(text):
        assert text[one.start : one.end] == one.text
        opened = without_opening(one)
        assert text[opened.start : opened.end] == opened.text
        short = shortened(one, (0, 1), 5)
        assert short.text in text
        assert short.text == text[short.start : short.end]


@given(st.text(alphabet="ab ", min_size=400, max_size=900))
def test_speech_without_marks_is_cut_at_blanks(text: str) -> None:
    for one in sentences(text):
        assert len(shortened(one, (0, 1), 20).text.split()) <= 40


def test_fillers_are_left_off_only_where_enough_remains() -> None:
    (long,) = sentences("Um, well, you know, I can't take this to security.")
    assert without_opening(long).text == "I can't take this to security."
    (short,) = sentences("Well, yes.")
    assert without_opening(short).text == "Well, yes."


def test_a_long_sentence_is_cut_to_the_clauses_around_its_point() -> None:
    text = "we looked at it for a while, and there were many people in the room, but the price is too high for us, and then we went to lunch, so that was it"
    focus = (text.index("price"), text.index("price") + 5)
    short = shortened(Sentence(0, len(text), text), focus, 12)
    assert "the price is too high for us" in short.text
    assert len(short.text.split()) <= 12


@pytest.mark.parametrize(
    "text", ["Katarzyna Wilk Information Security Officer", "Best regards,", "Dear Ida", "Anita Krishnan"]
)
def test_signatures_and_greetings_are_nobodys_statement(text: str) -> None:
    assert is_signature(text)


@pytest.mark.parametrize("text", ["Fifty-two minutes.", "We need the SOC 2 report.", "No.", "it is too expensive"])
def test_statements_are_no_signatures(text: str) -> None:
    assert not is_signature(text)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("We can't sign without the audit report.", "blocker"),
        ("It's still too expensive for us.", "objection"),
        ("We have decided for another supplier.", "refusal"),
        ("I'm leaving the company, Friday is my last day.", "departure"),
        ("We are also looking at other vendors.", "competitor"),
        ("Please send me the contract.", "demand"),
        ("The budget is forty thousand euros.", "money"),
    ],
)
def test_a_sentence_is_weighed_by_what_it_is_about(text: str, cue: str) -> None:
    weight = weigh(text, buyer=True)
    assert cue in weight.cues
    assert weight.value > weigh("We had a nice lunch on the terrace.", buyer=True).value


def test_the_buyers_word_and_the_chiefs_word_weigh_more() -> None:
    text = "We can't sign without the audit report."
    assert weigh(text, buyer=True).value > weigh(text, buyer=False).value
    assert rank_of("Chief Financial Officer") > rank_of("Warehouse Manager") > rank_of("Clerk") == rank_of(None)


def test_a_named_rival_is_competition() -> None:
    assert (
        "competitor" in weigh("We talked to Logiflow again last week.", buyer=True, rivals=frozenset({"logiflow"})).cues
    )


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what about GDPR?", "privacy"),
        ("who else are they looking at", "competition"),
        ("when will it go live?", "timing"),
        ("is there a discount", "price"),
    ],
)
def test_a_question_names_its_field_of_talk(question: str, topic: str) -> None:
    assert topic in [one.name for one in topics_in(question)]
