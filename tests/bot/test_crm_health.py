"""A running server's round tells the CRM how deals stand: once the fields are agreed to, and asking the CRM for its fields no more than it must."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import App
from bot.crm import check_fields, create_fields
from bot.jobs import Job
from infra.settings import Settings
from infra.spine.crm import CrmWrite
from sales.clock import FixedClock
from tests.conftest import NOW
from tests.fakes.hubspot import FakeHubSpot


@pytest.fixture
def portal() -> Iterator[FakeHubSpot]:
    """A portal with one open deal."""
    with FakeHubSpot() as made:
        made.put("deals", dealname="Dock", amount="84000", dealstage="qualifiedtobuy", pipeline="default")
        yield made
    assert made.breaches == []


@pytest.fixture
def app(home: Path, portal: FakeHubSpot, database_url: str) -> Iterator[App]:
    settings = Settings(home=home, database_url=database_url, hubspot_base_url=portal.url, hubspot_token="good")
    made = App(settings, clock=FixedClock(NOW))
    made.crm.read("hubspot", Job())
    made.health_of_deals.refresh()
    yield made
    made.close()


def _asked(portal: FakeHubSpot) -> int:
    return sum("/properties/deals" in path for _, path in portal.calls)


def _state(app: App) -> list[str]:
    with app.database.session() as session:
        return list(session.scalars(select(CrmWrite.state)))


def test_the_round_writes_how_a_deal_stands_once_the_fields_are_agreed_to(app: App, portal: FakeHubSpot) -> None:
    app.crm_health.tell()
    assert _state(app) == []
    missing = [one["name"] for one in check_fields(app, None)["drift"] if one["what"] == "missing"]
    assert "dealwright_health" in missing
    assert create_fields(app, None, agreed=False, by=None)["created"] is False
    app.crm_health.tell()
    assert _state(app) == []
    create_fields(app, None, agreed=True, by="Ines")
    app.crm_health.tell()
    app.crm_health.tell()
    assert _state(app) == ["planned"]
    assert app.crm.carry("hubspot")["done"] == 1
    (deal,) = portal.things["deals"]
    assert portal.values("deals", deal)["dealwright_health"] in ("Healthy", "Watch", "At risk", "Unknown")
    app.crm_health.tell()
    assert _state(app) == ["done"]


def test_a_portal_without_the_fields_is_asked_for_them_at_most_every_quarter_of_an_hour(
    app: App, portal: FakeHubSpot
) -> None:
    before = _asked(portal)
    for _ in range(5):
        app.crm_health.tell()
    assert _asked(portal) - before == 1
    app.clock = FixedClock(NOW + timedelta(minutes=16))
    app.crm_health.tell()
    assert _asked(portal) - before == 2


def test_a_portal_that_does_not_let_us_in_is_left_alone(app: App, portal: FakeHubSpot) -> None:
    portal.tokens = {"another"}
    app.crm_health.tell()
    assert _state(app) == []
