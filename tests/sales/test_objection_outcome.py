"""What came of an objection: the rule, its edges, and rates that are only told of enough deals."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.objection_answers import LABELS, kind_of_answer
from sales.objection_outcome import FEWEST, GOES_ON_WITHIN_DAYS, Since, outcome, rate, told
from sales.objection_words import quoted_in, topic_named

_DAYS = st.none() | st.floats(0, 400)
_SINCE = st.builds(
    Since,
    passed=st.floats(0, 400),
    moved=_DAYS,
    met=_DAYS,
    ended=st.sampled_from([None, "won", "lost"]),
    ended_after=st.none() | st.integers(-50, 400),
    deal_known=st.booleans(),
)


def test_a_deal_goes_on_by_a_later_stage_a_next_call_or_being_won() -> None:
    assert outcome(Since(passed=40, moved=12)) == "went_on"
    assert outcome(Since(passed=2, met=9)) == "went_on"
    assert outcome(Since(passed=90, ended="won", ended_after=70)) == "went_on"


def test_a_deal_that_was_lost_soon_is_lost_although_another_call_was_held() -> None:
    assert outcome(Since(passed=60, met=3, ended="lost", ended_after=10)) == "lost"


def test_a_deal_that_went_on_and_was_lost_much_later_went_on() -> None:
    assert outcome(Since(passed=200, met=3, ended="lost", ended_after=150)) == "went_on"


def test_a_deal_that_never_went_on_and_was_lost_at_last_is_lost() -> None:
    assert outcome(Since(passed=200, met=90, ended="lost", ended_after=150)) == "lost"


@pytest.mark.parametrize(
    ("passed", "expected"), [(0, "open"), (GOES_ON_WITHIN_DAYS - 0.1, "open"), (GOES_ON_WITHIN_DAYS, "stalled")]
)
def test_without_enough_time_nothing_is_told(passed: float, expected: str) -> None:
    assert outcome(Since(passed=passed)) == expected


def test_what_was_said_after_a_deal_was_over_or_of_no_deal_tells_nothing() -> None:
    assert outcome(Since(passed=9, ended="won", ended_after=-1)) == "untold"
    assert outcome(Since(passed=90, met=2, deal_known=False)) == "untold"


@given(_SINCE)
def test_too_little_time_is_never_a_failure(since: Since) -> None:
    if since.ended is None and since.passed < GOES_ON_WITHIN_DAYS:
        assert outcome(since) in ("open", "went_on", "untold")


@given(st.integers(0, 500), st.integers(0, 500))
def test_no_rate_is_told_of_fewer_than_three_deals(count: int, more: int) -> None:
    of = count + more
    percent = rate(count, of)
    assert (percent is None) == (of < FEWEST)
    assert percent is None or 0 <= percent <= 100
    assert (" %" in told(count, of, "went on in")) == (of >= FEWEST)


def test_a_share_is_told_with_its_sample() -> None:
    assert told(3, 4, "went on in") == "went on in 3 of 4 deals (75 %)"
    assert told(1, 1, "lost") == "lost 1 of 1 deal (too few for a rate)"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("We could run a six-week pilot in one plant first.", "pilot"),
        ("I can take ten percent off if you sign this month.", "discount"),
        ("You can pay quarterly instead.", "terms"),
        ("Then start with just one site and see.", "smaller"),
        ("I'll send you the SOC 2 report tonight.", "proof"),
        ("Another customer had the same worry, and it was gone in a week.", "reference"),
        ("It pays for itself in four months.", "value"),
        ("Let me check that with our lawyer.", "later"),
        ("Our onboarding team moves the data for you.", "help"),
        ("It integrates with SAP out of the box.", "product"),
        ("Right, I understand that very well.", "other"),
    ],
)
def test_an_answer_is_of_the_kind_that_its_words_show(answer: str, kind: str) -> None:
    assert kind_of_answer(answer) == kind
    assert kind in LABELS


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("too expensive", "price"),
        ("pricing", "price"),
        ("security", "security"),
        ("SOC 2", "security"),
        ("no budget", "budget"),
        ("we already have a vendor", "competitor"),
        ("not now", "timing"),
        ("missing feature", "feature"),
        ("auto-renewal", "contract"),
        ("we don't need it", "no_need"),
    ],
)
def test_an_objection_is_known_by_its_name_or_by_what_buyers_say(words: str, topic: str) -> None:
    found = topic_named(words)
    assert found is not None
    assert found[0] == topic


def test_words_that_name_no_objection_name_none() -> None:
    assert topic_named("the weather in Leeds") is None


@pytest.mark.parametrize("mark", ["'{}'", '"{}"', "“{}”", "‘{}’"])
def test_quoted_words_are_read_in_every_kind_of_mark(mark: Literal["'{}'"]) -> None:
    text = f"how do we answer {mark.format('it is too dear')}?"
    found = quoted_in(text)
    assert found is not None
    assert found[2] == "it is too dear"
    assert quoted_in("what's Acme's price objection?") is None
