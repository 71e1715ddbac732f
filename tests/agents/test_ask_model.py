"""With a language model: what it says passes the same check, and when it fails the road without it answers and says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from agents.answer import Answer, Claim, Evidence
from agents.ask import Ask
from agents.mentions import Mentions
from agents.question import Progress, Question
from agents.roads import Modelled, Tool
from agents.thread import Context
from infra.errors import Fatal, Retriable
from infra.settings import Settings
from infra.spine.database import Database
from retrieval.found import Found
from sales.clock import FixedClock
from tests.agents.northern import NORTH
from tests.conftest import NOW

QUOTE = "I can't sign anything before the audit is through."
HIDDEN = "The penetration test worries us, and the price is too high by ten thousand."
TRUE = Claim(
    text=f"Vera Holm: “{QUOTE}”", evidence=(Evidence(source="call", id="call-norrland", quote=QUOTE, turns=("t5",)),)
)
LIE = Claim(
    text="Vera Holm has signed",
    evidence=(Evidence(source="call", id="call-norrland", quote="I have signed.", turns=("t5",)),),
)
LEAK = Claim(text="They worry", evidence=(Evidence(source="call", id="call-secret", quote=HIDDEN, turns=("0",)),))


class NothingFound:
    """A search over an index that is still empty."""

    def search(self, query: str, scope: object, **_: object) -> list[Found]:
        return []


class Scripted:
    """A model's road that does as it is told."""

    def __init__(self, reply: Callable[[], Modelled | None]) -> None:
        self._reply = reply

    def answer(
        self, question: Question, mentions: Mentions, context: Context, tools: Sequence[Tool], progress: Progress
    ) -> Modelled | None:
        return self._reply()


def fails(error: Exception) -> Callable[[], Modelled | None]:
    def reply() -> Modelled | None:
        raise error

    return reply


def says(*claims: Claim) -> Callable[[], Modelled | None]:
    return lambda: Modelled(Answer(kind="narrative", headline="What the model says", claims=claims))


@pytest.fixture
def asked(northern: Database, settings: Settings) -> Callable[[Callable[[], Modelled | None]], Answer]:
    def put(reply: Callable[[], Modelled | None]) -> Answer:
        ask = Ask(northern, settings, FixedClock(NOW), NothingFound(), model=Scripted(reply))
        return ask.ask(Question("What's the latest on Norrland?", NORTH, NOW, user_id="ida"))

    return put


def test_true_claims_of_a_model_are_shown_and_false_ones_are_not(
    asked: Callable[[Callable[[], Modelled | None]], Answer],
) -> None:
    answer = asked(says(TRUE, LIE, LEAK))
    assert answer.headline == "What the model says"
    assert [claim.text for claim in answer.claims] == [TRUE.text]
    assert answer.claims[0].evidence[0].speaker == "Vera Holm"


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (fails(Retriable("The model is busy.")), "could not be reached"),
        (fails(Fatal("The key is wrong.")), "could not be reached"),
        (lambda: None, "no answer in its bounds"),
        (says(LIE, LEAK), "did not stand in the sources"),
        (says(), "did not stand in the sources"),
    ],
    ids=["provider busy", "key refused", "out of bounds", "only false claims", "no claims"],
)
def test_when_the_model_fails_the_answer_is_made_without_it_and_says_so(
    asked: Callable[[Callable[[], Modelled | None]], Answer], reply: Callable[[], Modelled | None], note: str
) -> None:
    answer = asked(reply)
    assert answer.kind == "narrative"
    assert answer.headline.startswith("Norrland Timber")
    assert any(note in one for one in answer.notes)
    assert "Quietwater" not in str(answer.public())
    assert "signed" not in str(answer.claims)
