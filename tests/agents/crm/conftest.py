"""The worlds of the contract suite, started and ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agents.crm.sync import Sync
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.agents.crm.worlds import WORLDS, HubSpotWorld, World


@pytest.fixture(params=sorted(WORLDS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each connector's world in turn; at the end no request of ours may have broken the service's documentation."""
    made: World = WORLDS[request.param]()
    with made.fake:
        yield made
        made.close()
    assert made.fake.breaches == []


@pytest.fixture
def hubspot() -> Iterator[HubSpotWorld]:
    """HubSpot's world."""
    made = HubSpotWorld()
    with made.portal:
        yield made
        made.close()
    assert made.portal.breaches == []


@pytest.fixture
def sync(sqlite_database: Database, settings: Settings, clock: FixedClock) -> Sync:
    """The sync of a fresh spine on SQLite."""
    return Sync(sqlite_database, settings, clock)
