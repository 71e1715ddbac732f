"""A company whose operating review is held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App
from infra.settings import Settings
from sales.clock import FixedClock
from tests.agents.workflow.company import Company
from tests.conftest import NOW


@pytest.fixture
def app(home: Path) -> Iterator[App]:
    """An application over an empty spine."""
    made = App(Settings(home=home), clock=FixedClock(NOW))
    yield made
    made.close()


@pytest.fixture
def company(app: App) -> Company:
    """A company with two open deals."""
    return Company(app.database, app.settings)
