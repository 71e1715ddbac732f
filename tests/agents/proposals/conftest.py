"""An office over an empty spine, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.spine.database import Database
from tests.agents.proposals.office import Office


@pytest.fixture
def office(database: Database, home: Path, tmp_path: Path) -> Office:
    """A team, and one account in Germany, on both databases."""
    made = Office(database, Settings(home=home), tmp_path / "outbox")
    made.fill()
    return made


@pytest.fixture
def small_office(sqlite_database: Database, home: Path, tmp_path: Path) -> Office:
    """The same, on SQLite alone, for what can't differ between databases."""
    made = Office(sqlite_database, Settings(home=home), tmp_path / "outbox")
    made.fill()
    return made
