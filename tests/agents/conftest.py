"""A company to ask about, its index, and what answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.answer import Answer
from agents.ask import Ask
from agents.intake.sample import load_sample
from agents.question import Question
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope
from retrieval.encoder import Encoder
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock
from tests.agents.northern import fill
from tests.conftest import NOW

Asking = Callable[..., Answer]


@pytest.fixture
def northern(sqlite_database: Database) -> Database:
    """A small company with one deal that the CRM sees brighter than the buyer."""
    fill(sqlite_database, NOW)
    return sqlite_database


@pytest.fixture
def northern_on_both(database: Database) -> Database:
    """The same company, once on each database."""
    fill(database, NOW)
    return database


def asking(ask: Ask) -> Asking:
    """Return a short way to ask."""

    def put(text: str, scope: Scope = EVERYTHING, thread: str | None = None) -> Answer:
        return ask.ask(Question(text, scope, NOW, user_id=scope.user_id, thread=thread))

    return put


def made(database: Database, settings: Settings, encoder: Encoder) -> Ask:
    """Return what answers about the company in a database, its passages indexed."""
    index = Index(database, settings, open_encoder=lambda: encoder)
    index.refresh()
    return Ask(database, settings, FixedClock(NOW), Search(database, index, FixedClock(NOW)))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[tuple[Database, Ask]]:
    """The small company with its index, made once for a file of tests that only ask."""
    home: Path = tmp_path_factory.mktemp("northern")
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'spine.db'}")
    database = Database(settings.spine_url)
    database.migrate()
    fill(database, NOW)
    yield database, made(database, settings, encoder)
    database.close()


@pytest.fixture
def ask(company: tuple[Database, Ask]) -> Asking:
    """Ask about the small company."""
    return asking(company[1])


@pytest.fixture
def ask_on_both(northern_on_both: Database, settings: Settings, encoder: Encoder) -> Asking:
    """Ask about the small company, once on each database."""
    return asking(made(northern_on_both, settings, encoder))


@pytest.fixture(scope="module")
def sample_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Settings]]:
    """The sample company as it stands on the tests' day, read in once for a file of tests, not indexed."""
    home: Path = tmp_path_factory.mktemp("sample")
    settings = Settings(home=home, time_zone="America/New_York", database_url=f"sqlite:///{home / 'spine.db'}")
    database = Database(settings.spine_url)
    database.migrate()
    load_sample(database, settings, FixedClock(NOW), NOW.date())
    yield database, settings
    database.close()
