"""A figure as of a past day says that the records' fields are today's, where they are not those of that day, or may not be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from agents.answer import Answer
from agents.ask import Ask
from agents.question import Question
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import DealChange
from infra.spine.scope import EVERYTHING, Scope
from retrieval.encoder import Encoder
from tests.agents.conftest import made
from tests.agents.northern import NORTH, SOUTH
from tests.conftest import NOW


def _asked(ask: Ask, days_ago: int, scope: Scope = EVERYTHING) -> Answer:
    return ask.ask(Question("How many open deals are there?", scope, NOW - timedelta(days=days_ago)))


@pytest.fixture
def ask(northern_on_both: Database, settings: Settings, encoder: Encoder) -> Ask:
    """What answers about the small company, whose one known change of late was made eight days ago."""
    return made(northern_on_both, settings, encoder)


def test_changes_since_then_are_counted_inside_the_scope(ask: Ask) -> None:
    (note,) = _asked(ask, 10).notes
    assert note == (
        "Stage, amount, close date, category and owner are today's, not those of 13 Nov 2026: "
        "1 deal has changed in one of them since then."
    )
    assert any("today's" in note for note in _asked(ask, 10, NORTH).notes)
    assert "no history of changes was imported" in " ".join(_asked(ask, 10, SOUTH).notes)


def test_nothing_is_said_of_today_or_where_nothing_changed_since(ask: Ask) -> None:
    assert _asked(ask, 0).notes == ()
    assert _asked(ask, 3).notes == ()


def test_without_any_history_what_was_is_not_known(ask: Ask, northern_on_both: Database) -> None:
    with northern_on_both.transaction() as session:
        session.execute(delete(DealChange))
    (note,) = _asked(ask, 3).notes
    assert note.endswith("no history of changes was imported, so what they were on 20 Nov 2026 is not known.")
