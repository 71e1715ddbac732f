"""Who waits for a word from us is asked in many ways; each reaches the one list that knows."""

from __future__ import annotations

import pytest

from agents.reply_owed import in_known_words

OURS, MINE, THEIRS = "Which deals are waiting for our answer?", "Which of my deals are waiting for our answer?", "Which deals have not replied?"  # fmt: skip


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("who is waiting for a reply from us?", OURS),
        ("Who's waiting on me?", MINE),
        ("is anybody waiting for an anwser", OURS),
        ("which mails have I not replied to yet?", MINE),
        ("unanswered emails", OURS),
        ("whom do we owe an answer?", OURS),
        ("who hasn't heard back from us?", OURS),
        ("who is waiting for an answer from Dana?", "Which deals owned by Dana are waiting for our answer?"),
        ("who have we not answered for 3 days", "Which deals are waiting for our answer for 3 days?"),
        ("which buyers haven't replied to us?", THEIRS),
        ("who are we still waiting for?", THEIRS),
        ("who owes us an answer?", THEIRS),
    ],
)
def test_who_waits_for_whom_is_understood_in_peoples_own_words(words: str, asked: str) -> None:
    assert in_known_words(words) == asked


@pytest.mark.parametrize(
    "words",
    ["who is waiting for us to send the report?", "what did Acme answer?", "who is waiting for legal?", "what's the latest on Acme?"],
)  # fmt: skip
def test_what_asks_for_something_else_stays_as_it_was_said(words: str) -> None:
    assert in_known_words(words) == words
