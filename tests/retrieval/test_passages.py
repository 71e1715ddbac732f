"""Every word of a source is in exactly one passage, at the place that the passage names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.passages import MOST_WORDS, Passage, Segment, cut, paragraphs

_TEXT = st.text(alphabet=st.sampled_from("ab é?。! \n価格"), max_size=2500)
_TURNS = st.lists(st.tuples(st.sampled_from(["Dana", "Omar", ""]), _TEXT), max_size=12)


def _said(segments: list[Segment], passage: Passage) -> str:
    parts = []
    for segment in segments[passage.first : passage.last + 1]:
        start = passage.start if segment.position == passage.first else 0
        end = passage.end if segment.position == passage.last else len(segment.text)
        parts.append(segment.text[start:end])
    return " ".join(parts)


@given(_TURNS)
def test_every_word_is_in_one_passage_at_its_place(turns: list[tuple[str, str]]) -> None:
    segments = [Segment(at, speaker, text) for at, (speaker, text) in enumerate(turns)]
    passages = cut(segments)
    assert "".join(" ".join(_said(segments, passage) for passage in passages).split()) == "".join(
        "".join(segment.text for segment in segments).split()
    )
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    assert all(passage.words > 0 for passage in passages)


def test_short_turns_go_together_with_the_names_of_who_speaks() -> None:
    segments = [
        Segment(0, "Dana", "Can you send the SOC 2 report?"),
        Segment(1, "Omar", "Yes."),
        Segment(2, "Omar", "Friday."),
    ]
    (passage,) = cut(segments)
    assert passage.text == "Dana: Can you send the SOC 2 report?\nOmar: Yes.\nFriday."
    assert (passage.first, passage.last, passage.words) == (0, 2, 9)
    assert passage.speakers == {"Dana": 7, "Omar": 2}


def test_a_long_turn_is_cut_at_sentences_and_nothing_exceeds_what_the_model_reads() -> None:
    speech = " ".join(f"Sentence number {n} says something about the renewal." for n in range(200))
    passages = cut([Segment(0, "CFO", speech)])
    assert len(passages) > 5
    assert all(passage.words <= MOST_WORDS and passage.text.endswith(".") for passage in passages)
    assert all(passage.first == passage.last == 0 for passage in passages)


def test_text_without_spaces_is_cut_too() -> None:
    passages = cut([Segment(0, "", "価格" * 4000)])
    assert len(passages) > 3
    assert "".join(passage.text for passage in passages).replace("\n", "") == "価格" * 4000


def test_a_source_without_words_has_no_passages() -> None:
    assert cut([]) == []
    assert cut([Segment(0, "Dana", "  "), Segment(1, "Omar", "")]) == []


def test_a_mail_is_read_by_paragraphs() -> None:
    assert [(part.position, part.text) for part in paragraphs("Hi Omar,\r\n\r\nthe price is fine.\n \n\nDana\n")] == [
        (0, "Hi Omar,"),
        (1, "the price is fine."),
        (2, "Dana"),
    ]
