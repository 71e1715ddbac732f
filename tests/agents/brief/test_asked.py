"""Asking for a brief in words, and what comes instead where the words want something else, name nobody, or name several."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ask import Ask
from agents.brief.asked import asks_for_brief
from agents.question import Question
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Participant, User
from infra.spine.scope import scope_of
from retrieval.found import Found
from sales.clock import FixedClock
from tests.agents.conftest import Asking, asking
from tests.agents.northern import activity, settle
from tests.conftest import NOW


class NothingFound:
    """A search over an index that is still empty."""

    def search(self, query: str, scope: object, **_: object) -> list[Found]:
        return []


@pytest.fixture
def put(northern: Database, settings: Settings) -> Asking:
    return asking(Ask(northern, settings, FixedClock(NOW), NothingFound()))


@pytest.mark.parametrize(
    "words",
    [
        "brief me on Norrland",
        "Brief Norrland Timber",
        "prep me for Norrland",
        "Can you please prep me for my call with Norrland tomorrow at 9:30?",
        "give me a brief on Norrland Timber",
        "prepare me for the meeting with Mats Lund",
        "get me ready for the Norrland meeting",
        "pre-call brief for norrland please",
        "call brief Norrland",
        "brief me on the Norrland Timber – Loading deal",
    ],
)
def test_many_ways_of_asking_give_the_page(put: Asking, words: str) -> None:
    answer = put(words)
    assert answer.headline.startswith("Norrland Timber · Loading")
    sections = list(dict.fromkeys(claim.section for claim in answer.claims if claim.section))
    assert sections[:2] == ["Ask for", "Who is involved"]
    assert "We owe them" in sections
    assert {"How it came here", "Deals"} <= set(sections)


@pytest.mark.parametrize(
    "words",
    [
        "brief me on security at Norrland",
        "Brief summary of the last call with Norrland",
        "What's the latest on Norrland?",
    ],
)
def test_a_question_about_something_else_is_answered_as_ever(put: Asking, words: str) -> None:
    assert all(claim.section is None for claim in put(words).claims)


def test_a_name_that_means_several_is_asked_back_with_buttons_that_brief(put: Asking) -> None:
    answer = put("brief me on Summit")
    assert answer.kind == "clarify"
    asked = [choice.question for choice in answer.choices]
    assert sorted(asked) == ["brief me on Summit Bakery", "brief me on Summit Freight"]
    assert put("brief me on Summit Freight").headline.startswith("Summit Freight")


def test_without_a_name_it_is_asked_whom_and_the_thread_remembers(put: Asking) -> None:
    asked = put("brief me")
    assert asked.kind == "clarify"
    assert "Brief me on Norrland Timber" in [choice.question for choice in asked.choices]
    put("What's the latest on Norrland?", thread="t")
    assert put("brief me", thread="t").headline.startswith("Norrland Timber · Loading")
    assert put("ok, brief me on them", thread="t").headline.startswith("Norrland Timber · Loading")


def test_my_next_meeting_is_the_one_in_my_calendar(put: Asking, northern: Database) -> None:
    with northern.transaction() as session:
        settle(
            session, NOW,
            activity("meet-mine", "meeting", "acc-norrland", None, "ida", NOW + timedelta(hours=20), direction="mutual", status="booked", subject="Audit"),
            Participant(activity_id="meet-mine", name="Vera Holm", role="attendee", side="buyer", contact_id="con-vera"),
        )  # fmt: skip
    with northern.session() as session:
        ida, omar = (scope_of(session, session.get_one(User, one), "own") for one in ("ida", "omar"))
    answer = put("brief me for my next call", scope=ida)
    assert answer.headline.startswith("Norrland Timber · Loading")
    assert answer.claims[0].text == "Tue 24 Nov 11:00 · Audit"
    assert "Who comes" in {claim.section for claim in answer.claims}
    assert not put("brief me for my next call", scope=omar).headline.startswith("Norrland")


def test_an_account_that_may_not_be_seen_is_not_there(put: Asking, northern: Database) -> None:
    with northern.session() as session:
        omar = scope_of(session, session.get_one(User, "omar"), "own")
    answer = put("brief me on Norrland", scope=omar)
    assert answer.kind in ("not_found", "clarify")
    assert "Mats" not in answer.model_dump_json()
    assert "Loading" not in answer.model_dump_json()


def test_a_brief_is_kept_like_any_answer_and_tells_what_is_not_known(put: Asking) -> None:
    answer = put("brief me on Norrland")
    assert answer.id
    assert any(note.startswith("Not known: ") and "no news in the last 90 days" in note for note in answer.notes)
    assert [(action.label, action.verb) for action in answer.actions][-1] == ("What's the latest?", "ask")


@given(st.text(max_size=200))
def test_any_words_at_all_are_looked_at_without_trouble(words: str) -> None:
    assert asks_for_brief(words) in (True, False)
    if asks_for_brief(words):
        assert any(part in words.casefold() for part in ("brief", "prep", "pager", "ready"))


def test_the_question_of_a_program_is_no_meeting_of_anybody(northern: Database, settings: Settings) -> None:
    ask = Ask(northern, settings, FixedClock(NOW), NothingFound())
    from infra.spine.scope import EVERYTHING

    assert ask.ask(Question("brief me for my next call", EVERYTHING, NOW)).kind == "clarify"
