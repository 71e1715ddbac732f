"""The desk on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.spine.database import Database
from tests.agents.closing.desk import Desk


@pytest.fixture
def desk(database: Database, settings: Settings, tmp_path: Path) -> Desk:
    """A desk, once on each database."""
    made = Desk(database, settings, tmp_path / "outbox")
    made.fill()
    return made


@pytest.fixture
def quick_desk(sqlite_database: Database, settings: Settings, tmp_path: Path) -> Desk:
    """A desk on SQLite alone, for what no database changes."""
    made = Desk(sqlite_database, settings, tmp_path / "outbox")
    made.fill()
    return made
