"""The markup that every renderer reads: nothing from outside can take effect in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.markup import Span, spans, unmarked
from bot.message import plain


def test_bold_quiet_and_evidence_are_told_apart() -> None:
    assert spans("**Acme** — *slipping* [1][12]") == [
        Span("Acme", bold=True),
        Span(" — "),
        Span("slipping", quiet=True),
        Span(" "),
        Span("1", mark=1),
        Span("12", mark=12),
    ]


@given(st.text())
def test_words_from_outside_stay_what_they_are(words: str) -> None:
    read = spans(plain(words))
    assert "".join(span.text for span in read) == words
    assert not any(span.bold or span.quiet or span.mark is not None for span in read)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert all(span.text for span in spans(text))


def test_plain_words_keep_the_numbers_of_evidence() -> None:
    assert unmarked("**Two** deals [3] cost \\*5") == "Two deals [3] cost *5"
