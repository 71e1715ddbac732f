"""Which words of a rep ask for alerts, and for which."""

from __future__ import annotations

import pytest

from bot.alert_words import asked_in


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Which alerts were held back?", "held"),
        ("what did you hold back this week?", "held"),
        ("any held alerts?", "held"),
        ("what alerts did you not send me?", "held"),
        ("what alerts do I have?", "standing"),
        ("any alerts for me?", "standing"),
        ("which alerts are open", "standing"),
        ("which alerts were resolved?", "ended"),
        ("what became of the alerts?", "ended"),
        ("which rules are muted?", "rules"),
        ("how precise are the alerts?", "rules"),
        ("which alerts did people call useless?", "rules"),
        ("why was no alert raised for Kestrel?", "why"),
        ("any alerts on Acme?", "why"),
    ],
)
def test_people_ask_for_alerts_in_their_own_words(words: str, kind: str) -> None:
    asked = asked_in(words)
    assert asked is not None
    assert asked.kind == kind


@pytest.mark.parametrize("words", ["what did you tell me?", "who holds back the deal at Acme?", "what alert does Acme want on the tablet?"])  # fmt: skip
def test_what_was_said_of_alerts_in_a_call_stays_a_question(words: str) -> None:
    assert asked_in(words) is None
