"""Which words ask for overdue work, promises and alerts of people, teams and weeks, and which only sound like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.mentions import Entity, Mention, Mentions
from bot.watch_words import Asked, asked_of, may_ask
from infra.settings import Settings
from tests.conftest import NOW

_NAMES = {
    "Dana": Entity("user", "dana", "Dana Whitfield", 1.0),
    "Acme": Entity("account", "acme", "Acme", 1.0),
    "West": Entity("team", "West", "West", 1.0),
}


def read(words: str) -> Asked | None:
    right = may_ask(words)
    if right is None:
        return None
    found = tuple(Mention(at, at + len(name), name, (entity,)) for name, entity in _NAMES.items() if (at := right.find(name)) >= 0)  # fmt: skip
    return asked_of(right, Mentions(found), NOW, Settings(home=Path()))


@pytest.mark.parametrize(
    ("words", "what", "by", "people", "state"),
    [
        ("what are my open promises?", "promises", None, 0, None),
        ("wat are my open promisses", "promises", None, 0, None),
        ("do we owe anyone anything?", "promises", None, 0, None),
        ("which promises has Dana not kept?", "promises", None, 1, None),
        ("who has most open promises?", "promises", "rep", 0, None),
        ("which reps have most overdue?", "overdue", "rep", 0, None),
        ("which rep is most behind on follow ups?", "overdue", "rep", 0, None),
        ("how many overdue items does each rep have?", "overdue", "rep", 0, None),
        ("overdue by team", "overdue", "team", 0, None),
        ("whats overdue for Dana?", "overdue", None, 1, None),
        ("overude?", "overdue", None, 0, None),
        ("which alerts did Dana get this week?", "alerts", None, 1, None),
        ("alrets this week", "alerts", None, 0, None),
        ("who got the most alerts?", "alerts", "rep", 0, None),
        ("what alerts are snoozed?", "alerts", None, 0, "snoozed"),
    ],
)
def test_what_people_ask_of_the_watch_is_understood(words: str, what: str, by: str | None, people: int, state: str | None) -> None:  # fmt: skip
    asked = read(words)
    assert asked is not None
    assert (asked.what, asked.by, len(asked.people), asked.state) == (what, by, people, state)


def test_days_and_sides_are_read() -> None:
    week, theirs, late = read("promises due this week"), read("what did buyers promise us?"), read("which promises have we broken?")  # fmt: skip
    assert week is not None
    assert week.days is not None
    assert week.days.told.startswith("in the week of ")
    assert theirs is not None
    assert theirs.theirs
    assert late is not None
    assert late.late


@pytest.mark.parametrize(
    "words",
    [
        "which deals are overdue?", "what did we promise Acme?", "what did I promise?", "what alert does Acme want on the tablet?", "why is the close date late?",
        "is Acme late with the payment?", "what did they promise?", "who said that it is too late to sign?",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_stays_a_question(words: str) -> None:
    assert read(words) is None
