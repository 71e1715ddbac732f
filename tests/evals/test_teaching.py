"""What was learned is what the labelled calls teach now, and nothing was learned from the calls that it is measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from sales.qualifying.taught import taught
from tests.evals import spoken_calls, teaching
from tests.evals.qualification import calls_of, run

UNSEEN = ("held", "seventh", "eighth")


def test_the_weights_are_made_of_the_calls_as_they_are_labelled() -> None:
    assert taught().of == teaching.source(), "run `make teach`"


def test_calls_that_it_is_measured_on_taught_nothing() -> None:
    learned = {path.stem for path in teaching.TAUGHT.glob("*.txt")} | set(teaching.OLDER)
    assert learned.isdisjoint(UNSEEN)
    measured = {
        turn.text for name in UNSEEN for call, _ in calls_of(name) for turn in call.turns if _is_somebodys(turn.text)
    }
    assert not [turn.text for lesson in teaching.lessons() for turn in lesson.turns if turn.text in measured]


def _is_somebodys(text: str) -> bool:
    """Whether words are long enough not to be said by two by chance."""
    return len(text.split()) > 6


def test_the_bars_hold_on_calls_by_somebody_else() -> None:
    whole = run("eighth").whole
    assert whole.precision >= 0.9
    assert whole.recall >= 0.75


def test_a_line_that_is_no_turn_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.txt"
    file.write_text("CALL: one\nTITLE: A call\nS Ann: Hello.\nhello there\n", encoding="utf-8")
    with pytest.raises(ValueError, match="'hello there' is no turn"):
        list(spoken_calls.read(file))


def test_a_tag_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "calls.txt"
    file.write_text("CALL: one\nB Ann [pian]: It hurts.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="pian"):
        list(spoken_calls.read(file))


def test_a_tag_with_a_question_mark_counts_neither_way(tmp_path: Path) -> None:
    file = tmp_path / "calls.txt"
    file.write_text("CALL: one\nS Ann: Who signs?\nB Bo Li [eb pain?]: My boss, and it hurts.\n", encoding="utf-8")
    ((call, labels),) = spoken_calls.read(file)
    assert [(one["name"], one["side"]) for one in call["participants"]] == [("Ann", "seller"), ("Bo Li", "buyer")]
    assert labels["elements"]["economic_buyer"] == {"state": "filled", "turns": [1], "perhaps": []}
    assert labels["elements"]["identify_pain"]["state"] == "either"
