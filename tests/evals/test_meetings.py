"""On real meetings the ranking keeps well above plain dense search, whatever the wording."""

from __future__ import annotations

from retrieval.passages import Segment
from retrieval.words import prepare
from tests.evals.meetings import Meeting, Question, share_read, table


def test_gold_words_are_counted_up_to_the_budget_and_each_turn_once() -> None:
    turns = [Segment(at, "A", "word " * 400) for at in range(5)]
    meeting = Meeting("m", turns, [400] * 5, [Question("q", prepare("q"), frozenset({1, 2}))])
    assert share_read(meeting, frozenset({1, 2}), [0, 1, 1, 2]) == [100 / 800, 800 / 800]


def test_the_table_shows_every_way_beside_the_plain_one() -> None:
    figures = {f"{way}_{words}": 0.5 for way in ("plain", "bm25", "simple", "ours") for words in (500, 1500)}
    assert table(figures).count("1.00 ×") == 8
