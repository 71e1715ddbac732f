"""What is to happen after a talk is what was promised or agreed to, with who and when; what was declined is not."""

from __future__ import annotations

from datetime import date

import pytest

from sales.agreeing import agrees, declines
from sales.undertakings import Undertaking, undertakings_in
from tests.sales.calls.talking import talk

TUESDAY = date(2026, 6, 9)


def found(*lines: str) -> list[Undertaking]:
    return undertakings_in(talk(*lines), TUESDAY)


def test_a_promise_has_its_owner_and_day() -> None:
    [one] = found("buyer Ann: What about the limits?", "seller Hugo: I'll send you the load report by Friday.")
    assert (one.side, one.owner, one.due and one.due.last, one.due_words) == ("seller", "Hugo", date(2026, 6, 12), "Friday")  # fmt: skip


def test_an_offer_counts_once_it_is_taken_up() -> None:
    [one] = found("seller Hugo: I can set up a sandbox with your data for two weeks.", "buyer Ann: Monday. Deal.")
    assert one.due is not None
    assert one.due.last == date(2026, 6, 15)
    assert one.agreed is not None
    assert one.agreed[0] == 1


@pytest.mark.parametrize(
    "answer",
    [
        "buyer Ann: No, let's see the paper first.",
        "buyer Ann: Not yet, honestly.",
        "buyer Ann: We'd rather wait until the audit is through.",
        "buyer Ann: Don't bother, we have that.",
    ],
)
def test_what_was_declined_is_no_next_step(answer: str) -> None:
    assert found("seller Hugo: I can set up a workshop with your team next Tuesday.", answer) == []
    assert found("seller Hugo: Shall we meet again next Thursday?", answer) == []


def test_a_request_is_the_step_of_whoever_agrees() -> None:
    [one] = found("buyer Ann: Can you send me the security report?", "seller Hugo: Sure, no problem.")
    assert (one.owner, one.side, one.kind) == ("Hugo", "seller", "request")


def test_a_promise_without_an_object_takes_up_what_was_asked_for() -> None:
    [one] = found(
        "buyer Ann: Can you write that down? Like, a page of what we'd get?",
        "seller Hugo: I'll send you it over the weekend.",
    )
    assert one.about is not None
    assert "a page of what we'd get" in one.about[1].text


def test_a_bare_month_is_no_day() -> None:
    [one] = found("seller Hugo: I could run the March files.", "buyer Ann: Oh please, yes.")
    assert one.due is None


@pytest.mark.parametrize(
    "line",
    [
        "seller Hugo: I'll be honest, that is hard.",
        "seller Hugo: I'll show you the report now.",
        "seller Hugo: Can you see my screen?",
        "seller Hugo: We'll usually send a reminder to the driver.",
        "buyer Ann: If she says no, I'll tell him.",
        "buyer Ann: He said, I'll send it tomorrow.",
    ],
)
def test_figures_of_speech_and_habits_are_none(line: str) -> None:
    assert found(line, "buyer Bob: Okay." if line.startswith("seller") else "seller Hugo: Okay.") == []


def test_saying_it_twice_is_one_step_with_the_day_that_was_named() -> None:
    [one] = found(
        "seller Hugo: I'll send the security questionnaire over to you.",
        "buyer Ann: Great.",
        "seller Hugo: So I'll send you the security questionnaire by Thursday.",
    )
    assert one.due is not None
    assert one.due.last == date(2026, 6, 11)


@pytest.mark.parametrize("reply", ["Yes please.", "No, that's fine.", "No problem.", "Deal.", "That would help."])
def test_agreeing(reply: str) -> None:
    assert agrees(reply)
    assert not declines(reply)


@pytest.mark.parametrize("reply", ["No.", "Not really.", "Let's wait.", "I'd rather not."])
def test_declining(reply: str) -> None:
    assert declines(reply)
    assert not agrees(reply)


def test_what_is_said_in_jest_is_no_next_step() -> None:
    turns = talk("seller Dana: I'll send you the proposal by Friday.", "buyer Ray: Good. And I'll bake you a cake.", "seller Dana: Ha, lovely.")  # fmt: skip
    assert [one.act for one in undertakings_in(turns, date(2026, 3, 2))] == ["send you the proposal by Friday."]


def test_an_offer_stands_once_a_question_back_is_answered() -> None:
    turns = talk("seller Dana: Could we set up a pilot in one shop first?", "buyer Ray: Only one shop?", "seller Dana: Only one.", "buyer Ray: Yes, let's do that.")  # fmt: skip
    assert [one.side for one in undertakings_in(turns, date(2026, 3, 2))] == ["seller"]
