"""A fact that is spread over turns, parts of a question, or words that only look mistyped: the answer holds all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from agents.answer import Answer
from agents.question import Question
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Turn
from infra.spine.scope import EVERYTHING
from retrieval.encoder import Encoder
from tests.agents.conftest import made

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
Asking = Callable[[str], Answer]
TALK = (
    ("Rita Vole", "buyer", "Good to see you both. The rain did not stop all week here."),
    ("Sam Orde", "seller", "Here as well. Shall we go through the open points?"),
    ("Rita Vole", "buyer", "Please. What is the warranty on the gate sensors?"),
    ("Sam Orde", "seller", "Thirty months. After that it is a hundred and ten a year."),
    ("Rita Vole", "buyer", "Fine. We move nine hundred loads a week through Tarn, and Elmet has four hundred."),
    ("Sam Orde", "seller", "Nine hundred loads is more than I had in the sheet, I will change it."),
    ("Rita Vole", "buyer", "There is one thing. It is too slow for the night shift. They gave up on it twice."),
    ("Sam Orde", "seller", "The night shift, yes. I heard that from your foreman too."),
)


@pytest.fixture
def ask(database: Database, settings: Settings, encoder: Encoder) -> Asking:
    common = {"source": "test", "source_at": NOW}
    with database.transaction() as session:
        session.add(Account(id="a1", name="Tarn Works", name_key="tarn works", aliases=[], **common))
        session.flush()
        for number in range(2):
            session.add(Activity(
                id=f"c{number}", kind="call", direction="mutual", status="done", account_id="a1", subject="Open points", content_hash=str(number),
                at=NOW - timedelta(days=3 + number), **common,
            ))  # fmt: skip
        session.flush()
        for position, (speaker, side, text) in enumerate(TALK):
            session.add(
                Turn(
                    activity_id="c0",
                    position=position,
                    turn_id=str(position),
                    speaker=speaker,
                    side=side,
                    text=text,
                )
            )
        session.add(Turn(activity_id="c1", position=0, turn_id="0", speaker="Rita Vole", side="buyer", text="We count loads at the gate and loads at the dock."))  # fmt: skip
    asker = made(database, settings, encoder)
    return lambda text: asker.ask(Question(text, EVERYTHING, NOW))


def _shown(answer: Answer) -> str:
    return " ".join(claim.text for claim in answer.claims)


def _quotes_stand(answer: Answer, texts: Sequence[str]) -> bool:
    return all(
        any(one.quote in text for text in (*texts, "We count loads at the gate and loads at the dock."))
        for claim in answer.claims
        for one in claim.evidence
    )


def test_a_reply_answers_the_question_that_was_put_before_it(ask: Asking) -> None:
    answer = ask("what warranty did we give Tarn Works on the sensors?")
    assert "Thirty months" in _shown(answer)
    assert _quotes_stand(answer, [text for _, _, text in TALK])


def test_both_parts_of_a_question_are_answered(ask: Asking) -> None:
    shown = _shown(ask("what did Tarn Works say about the night shift and about Elmet?"))
    assert "too slow for the night shift" in shown
    assert "Elmet has four hundred" in shown


def test_a_short_turn_is_shown_whole(ask: Asking) -> None:
    assert "They gave up on it twice" in _shown(ask("what did Tarn Works say about the night shift?"))


def test_what_is_said_in_the_calls_is_no_mistake_in_typing(ask: Asking) -> None:
    answer = ask("how many loads do they move at Tarn Works?")
    assert "nine hundred loads" in _shown(answer)
