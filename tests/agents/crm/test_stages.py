"""The order of stages, and what is won or lost, come from the CRM's own pipelines; what differs from them is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm.checking import check
from agents.crm.spine_side import change_in_spine
from agents.crm.sync import Sync
from agents.hygiene.findings import examine
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Deal, Stage
from infra.spine.scope import EVERYTHING
from integrations.connectors.writing import Writer
from sales.clock import FixedClock
from sales.ownership import Ownership
from tests.agents.crm.salesforce_world import SalesforceWorld
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW

STAGES = (("Zeta", "open", 10), ("Alpha", "open", 90), ("Handover", "won", 100), ("Parked", "lost", 0))
"""A team's own words: nothing but the CRM tells their order, and which of them end a deal."""


class Portal:
    """HubSpot with these stages and a deal in the first."""

    def __init__(self) -> None:
        self.world = HubSpotWorld()
        pipeline = self.world.portal.pipelines[0]
        template = pipeline["stages"][0]
        # As they come: not in their order.
        pipeline["stages"] = [
            template
            | {"id": f"s{place}", "label": name, "displayOrder": place}
            | {"metadata": {"isClosed": str(status != "open").lower(), "probability": str(chance / 100)}}
            for place, (name, status, chance) in reversed(list(enumerate(STAGES)))
        ]
        self.deal = str(self.world.portal.put("deals", dealname="Dock", amount="1", dealstage="s0", pipeline="default"))

    def rename_last(self) -> None:
        self.world.portal.pipelines[0]["stages"][0]["label"] = "Shelved"


class Organization:
    """Salesforce with the same."""

    def __init__(self) -> None:
        self.world = SalesforceWorld()
        store = self.world.store
        for identity in list(store.rows["OpportunityStage"]):
            store.rows["OpportunityStage"][identity]["IsActive"] = False
        self.ids = [
            store.put(
                "OpportunityStage",
                ApiName=name,
                MasterLabel=f"{name} label",
                SortOrder=20 + place,
                IsActive=True,
                IsClosed=status != "open",
                IsWon=status == "won",
                DefaultProbability=chance,
            )
            for place, (name, status, chance) in enumerate(STAGES)
        ]
        self.deal = store.put("Opportunity", Name="Dock", Amount=1, StageName="Zeta", CloseDate="2026-12-15")

    def rename_last(self) -> None:
        self.world.store.change("OpportunityStage", self.ids[-1], ApiName="Shelved")


@pytest.fixture(params=[Portal, Organization])
def side(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each CRM; at the end no request of ours may have broken its documentation."""
    made = request.param()
    with made.world.fake:
        yield made
        made.world.close()
    assert made.world.fake.breaches == []


def _read(database: Database, settings: Settings, side: Any) -> None:
    done = Sync(database, settings, FixedClock(NOW)).run(side.world.connector())
    assert (done.failed, done.errors) == ([], [])


def _stages(session: Session) -> list[tuple[str, str]]:
    return [(one.name, one.status) for one in session.scalars(select(Stage).order_by(Stage.position))]


def test_order_and_endings_of_stages_are_those_of_the_crm(
    sqlite_database: Database, settings: Settings, side: Any
) -> None:
    _read(sqlite_database, settings, side)
    with sqlite_database.transaction() as session:
        assert _stages(session) == [(name, status) for name, status, _ in STAGES]
        moved: dict[str, Any] = {
            "settings": settings,
            "at": datetime(2026, 11, 24, tzinfo=UTC),
            "by": None,
            "source": "t",
        }
        change_in_spine(session, "deal", side.deal, {"stage": "Handover"}, **moved)
        assert session.get_one(Deal, side.deal).status == "won"
        change_in_spine(session, "deal", side.deal, {"stage": "Made up"}, **moved)
        outside = next(one for one in examine(session, settings, EVERYTHING, NOW).rules if one.rule == "stage_outside")
        assert [one.value for one in outside.records] == ["Made up"]


def test_a_stage_that_was_renamed_is_named_until_it_is_read_and_so_are_deals_outside(
    sqlite_database: Database, settings: Settings, side: Any
) -> None:
    _read(sqlite_database, settings, side)
    side.rename_last()
    with sqlite_database.transaction() as session:
        session.get_one(Deal, side.deal).stage = "Made up"
    writer: Writer = side.world.connector()

    def drift(*named: str) -> list[str]:
        with sqlite_database.session() as session:
            found = check(session, Ownership({}), writer, named)
        return [one.sentence for one in found if one.what == "stage"]

    since, outside = drift()
    assert "“Parked”" in since
    assert "“Shelved”" in since
    assert "no stage “Made up”, in which 1 open deal stands here" in outside
    assert any("“Bogus”, which DEALWRIGHT_STAGES names" in one for one in drift("Zeta", "Alpha", "Handover", "Shelved", "Bogus"))  # fmt: skip
    _read(sqlite_database, settings, side)
    assert not [one for one in drift() if "Shelved" in one]
