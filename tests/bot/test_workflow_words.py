"""Which words of a rep ask for what is late, for what is due, and for what to do first."""

from __future__ import annotations

import pytest

from bot.workflow_words import asked_in


@pytest.mark.parametrize(
    ("words", "kind", "mine"),
    [
        ("what's overdue?", "overdue", False),
        ("What is overdue for me?", "overdue", True),
        ("anything overdue", "overdue", False),
        ("what am I late on?", "overdue", True),
        ("which follow-ups are overdue?", "overdue", False),
        ("Show me my overdue tasks, please", "overdue", True),
        ("what have we missed?", "overdue", False),
        ("what's due this week?", "due", False),
        ("what is on my plate today?", "due", True),
        ("Who should I talk to first today?", "first", True),
        ("who should I call first?", "first", True),
        ("where should I focus today?", "first", True),
        ("which deal needs my attention?", "first", True),
        ("what are my priorities for today?", "first", True),
        ("what's next?", "first", False),
        ("what should I do next on Acme?", "next", False),
    ],
)
def test_people_ask_for_the_workflow_in_their_own_words(words: str, kind: str, mine: bool) -> None:
    asked = asked_in(words)
    assert asked is not None
    assert asked.kind == kind
    if kind != "next":
        assert asked.mine is mine


@pytest.mark.parametrize(
    "words",
    [
        "which deals are overdue?",
        "who should I talk to at Acme?",
        "what's the next step on Acme?",
        "what did we promise Acme?",
        "what is due from Acme?",
        "which deals are in a late stage?",
    ],
)
def test_what_asks_for_records_or_words_stays_a_question(words: str) -> None:
    assert asked_in(words) is None
