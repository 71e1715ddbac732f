"""The small company of these tests."""

from __future__ import annotations

import pytest

from infra.settings import Settings
from infra.spine.database import Database
from tests.agents.workflow.company import Company


@pytest.fixture
def company(sqlite_database: Database, settings: Settings) -> Company:
    """A company with two open deals on which nothing has happened."""
    return Company(sqlite_database, settings)


@pytest.fixture
def company_on_both(database: Database, settings: Settings) -> Company:
    """The same company, once on each database."""
    return Company(database, settings)
