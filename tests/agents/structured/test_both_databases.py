"""The same questions on SQLite and on PostgreSQL: the same exact figures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agents.question import Question
from agents.structured import Planned, Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from tests.agents.structured.cases import ALL
from tests.agents.structured.crm import load, make_crm

AS_OF = datetime(2018, 1, 5, 15, 0, tzinfo=UTC)


def test_each_kind_of_question_is_exact_on_both_databases(database: Database, tmp_path: Path) -> None:
    crm = make_crm(seed=11, count=500)
    load(database, crm)
    road = Structured(database, Settings(home=tmp_path, time_zone="America/New_York"))
    failed = []
    # The ranks of so few deals differ from those of the big export, but not what must be computed.
    for family in ("counts", "amounts", "rates", "grouped", "lists", "lookups", "compared"):
        for questions, check in ALL[family]:
            question = Question(questions[0], EVERYTHING, AS_OF)
            outcome = road.plan(question)
            answer = road.answer(outcome.plan, question) if isinstance(outcome, Planned) else None
            try:
                assert answer is not None
                check.check(answer, crm)
            except AssertionError:
                failed.append(question.text)
    assert failed == []
