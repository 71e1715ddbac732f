"""How a call was led, against counts by hand."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from sales.conduct import asks_something, conduct


@dataclass(frozen=True)
class Turn:
    position: int
    speaker: str | None
    side: str
    text: str
    start_s: float | None = None
    end_s: float | None = None


def _talk(*said: tuple[str, str, int]) -> list[Turn]:
    sides = {"Dana": "seller", "Marcus": "seller", "Ray": "buyer"}
    return [
        Turn(place, speaker, sides.get(speaker, "unknown"), text if len(text) > 1 else " ".join(["word"] * words))
        for place, (speaker, text, words) in enumerate(said)
    ]


def test_talk_share_is_by_time_and_by_words_where_there_are_no_times() -> None:
    """Three quarters of the words are ours; with times, half of the time is."""
    turns = _talk(("Dana", "w", 30), ("Ray", "w", 10))
    assert conduct(turns).talk_share == 75.0
    assert not conduct(turns).timed
    timed = [Turn(0, "Dana", "seller", "word " * 30, 0.0, 10.0), Turn(1, "Ray", "buyer", "word " * 30, 10.0, 20.0)]
    assert conduct(timed).talk_share == 50.0
    assert conduct(timed).timed


def test_a_monologue_is_not_broken_by_a_nod() -> None:
    """ "Mm-hmm" in between is still one stretch; a question is not."""
    turns = _talk(
        ("Dana", "w", 100), ("Ray", "Mm-hmm.", 1), ("Dana", "w", 100), ("Ray", "And then?", 2), ("Dana", "w", 20)
    )
    longest = conduct(turns).longest
    assert longest is not None
    assert (longest.first, longest.last, longest.words) == (0, 2, 200)


def test_only_the_speaker_s_own_talk_counts_for_them() -> None:
    """A manager who listens in has a small share, and none of the rep's questions."""
    turns = _talk(("Dana", "How do you count today?", 0), ("Ray", "w", 10), ("Marcus", "w", 5), ("Ray", "w", 10))
    assert conduct(turns, frozenset({"Dana"})).questions == (0,)
    assert conduct(turns, frozenset({"Marcus"})).questions == ()
    assert conduct(turns, frozenset({"Marcus"})).talk_share == 16.7


def test_what_is_a_question() -> None:
    """A tag is none; without punctuation the opening words tell."""
    assert asks_something("How many docks do you have?")
    assert asks_something("so who signs off on something like this")
    assert not asks_something("We do that every night, right?")
    assert not asks_something("I will send it. Okay?")


def test_nothing_is_told_where_nobody_of_the_other_side_is_known() -> None:
    """A share of a talk among unknown people would be invented."""
    assert conduct(_talk(("Dana", "w", 30), ("Somebody", "w", 10))).talk_share is None
    assert conduct([]).longest is None


_WORDS = st.lists(
    st.sampled_from(["um,", "like,", "well", "price?", "you", "know", "right?", "so", "…", ""]), max_size=12
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Dana", "Ray", "Marcus", ""]), _WORDS, st.floats(0, 1e4) | st.none()), max_size=30
    )
)
def test_any_talk_can_be_counted(said: list[tuple[str, list[str], float | None]]) -> None:
    """Shares stay within 0 and 100, stretches within the call."""
    sides = {"Dana": "seller", "Marcus": "seller", "Ray": "buyer"}
    turns = [
        Turn(place, who or None, sides.get(who, "unknown"), " ".join(words), at, at + 5 if at is not None else None)
        for place, (who, words, at) in enumerate(said)
    ]
    counted = conduct(turns, frozenset({"Dana"}))
    assert counted.talk_share is None or 0 <= counted.talk_share <= 100
    assert set(counted.questions) <= {turn.position for turn in turns if turn.speaker == "Dana"}
    for one in (counted.longest, counted.longest_of_buyer):
        assert one is None or 0 <= one.first <= one.last < len(turns)
