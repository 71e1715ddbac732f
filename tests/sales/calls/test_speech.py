"""Speech reads well after cutting, and nothing stands in it that nobody said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.speech import cleaned, readable
from sales.spoken_numbers import numbers_in


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("I'll, uh, send you it, you know, over the weekend.", "I'll send you it over the weekend."),
        ("So, well, we, we can't do that.", "We can't do that."),
        ("I pay for it, it's my checkbook.", "I pay for it, it's my checkbook."),
        ("Okay . {vocalsound} It 's ready , I think .", "It's ready, I think."),
        ("It was twenty, uh, five.", "It was twenty, uh, five."),
        ("The the thing is w we lost it.", "The thing is we lost it."),
    ],
)
def test_fillers_stutters_and_marks_go(said: str, read: str) -> None:
    assert readable(said) == read


def test_a_filler_alone_leaves_nothing() -> None:
    assert cleaned("Um.") in ("", ".")
    assert cleaned("{laugh}") == ""


WORDS = st.sampled_from(
    "we we I uh um twenty five hundred thousand 3 40 $84k no, yes. it it's like, you know, Acme the the and - ... six six percent".split()
)


@given(st.lists(WORDS, min_size=1, max_size=14))
def test_cutting_adds_no_word_and_no_number(words: list[str]) -> None:
    said = " ".join(words)
    read = cleaned(said)
    kept = re.findall(r"[\w$]+", read)
    left = iter(re.findall(r"[\w$]+", said))
    assert all(any(word == other for other in left) for word in kept), "words in their order"
    assert {one.value for one in numbers_in(read)} <= {one.value for one in numbers_in(said)}
