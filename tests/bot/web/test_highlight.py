"""Finding a quote in its source: verbatim, over line breaks, and over several turns."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.web.highlight import find_quote, marked, spread


@given(st.text(max_size=30), st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_a_quote_that_stands_in_the_text_is_found_and_marked_once(before: str, quote: str, after: str) -> None:
    assume(quote.strip())
    place = find_quote(before + quote + after, quote)
    assert place is not None
    start, end = place
    assert (before + quote + after)[start:end] == quote.strip()
    assert marked(before + quote + after, quote).count("<mark>") == 1


def test_other_white_space_does_not_hide_a_quote() -> None:
    assert marked("We can't\n take  this <b>", "can't take this") == "We <mark>can&#39;t\n take  this</mark> &lt;b&gt;"


def test_without_its_quote_a_text_is_only_escaped() -> None:
    assert marked("a < b", "c") == "a &lt; b"
    assert marked("a", None) == "a"
    assert marked("a", "  ") == "a"


TURNS = [("0", "Ann", "Yes. Legal has it."), ("1", "Bob", "Legal has it."), ("2", "Ann", "Since Monday.")]


def test_the_cited_turn_comes_before_another_with_the_same_words() -> None:
    assert spread("Legal has it.", TURNS, ("1",)) == {"1": "Legal has it."}
    assert spread("Legal has it.", TURNS, ()) == {"0": "Legal has it."}


def test_a_quote_over_several_turns_marks_each_of_them() -> None:
    assert spread("Bob: Legal has it.\nAnn: Since Monday.", TURNS, ("1", "2")) == {
        "1": "Legal has it.",
        "2": "Since Monday.",
    }


def test_a_quote_that_stands_nowhere_marks_nothing() -> None:
    assert spread("Never said", TURNS, ("1",)) == {}
