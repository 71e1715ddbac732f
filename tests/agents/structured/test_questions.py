"""What people ask of an export and what they get: every figure equals an independent computation over its rows, or is asked back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.answer import Answer
from agents.question import Question
from agents.structured import Clarify, NotStructured, Planned, Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from tests.agents.structured.cases import ALL
from tests.agents.structured.crm import Crm, load, make_crm
from tests.agents.structured.expected import Check

AS_OF = datetime(2018, 1, 5, 15, 0, tzinfo=UTC)
_QUESTIONS = [
    pytest.param(question, check, id=f"{family}:{question[:60]}")
    for family, cases in ALL.items()
    for questions, check in cases
    for question in questions
]


@pytest.fixture(scope="module")
def crm() -> Crm:
    return make_crm()


@pytest.fixture(scope="module")
def road(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, crm: Crm) -> Iterator[Structured]:
    folder = tmp_path_factory.mktemp("questions")
    path = folder / "spine.db"
    path.write_bytes(_migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    load(database, crm)
    yield Structured(database, Settings(home=folder, time_zone="America/New_York"))
    database.close()


def ask(road: Structured, text: str, as_of: datetime = AS_OF) -> Answer:
    question = Question(text, EVERYTHING, as_of)
    outcome = road.plan(question)
    if isinstance(outcome, Planned):
        return road.answer(outcome.plan, question)
    assert not isinstance(outcome, NotStructured), f"taken for no question of figures: {outcome.reason}"
    assert isinstance(outcome, Clarify)
    return outcome.answer


@pytest.mark.parametrize(("question", "check"), _QUESTIONS)
def test_a_question_is_answered_exactly_or_asked_back(road: Structured, crm: Crm, question: str, check: Check) -> None:
    answer = ask(road, question)
    check.check(answer, crm)
    if answer.kind == "structured":
        assert answer.rule
        assert answer.checked is not None
