"""The qualification of a deal reaches fields of its own in HubSpot and Salesforce, and what stands there is known when the next call is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agents.crm.checking import to_create
from agents.crm.executing import Executing
from agents.crm.qualified import NOWHERE, in_their_words, qualified
from agents.crm.rules import ownership_in_force
from agents.crm.writes import NewWrite, plan
from infra.settings import Settings
from infra.spine.crm import CrmWrite
from infra.spine.database import Database
from infra.spine.models import Deal, Proposal
from sales.clock import FixedClock
from tests.agents.crm.salesforce_world import SalesforceWorld
from tests.agents.crm.test_own_fields import HubSpotSide, Office, SalesforceSide
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW

KEY = "qualification_champion"
SAID = "“I'll carry it to the board” (Ray Okonkwo, 22 Nov 2026)"


@pytest.fixture(params=["hubspot", "salesforce"])
def side(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each CRM in turn; at the end no request of ours may have broken its documentation."""
    world: Any = HubSpotWorld() if request.param == "hubspot" else SalesforceWorld()
    with world.fake:
        yield HubSpotSide(world) if request.param == "hubspot" else SalesforceSide(world)
        world.close()
    assert world.fake.breaches == []


def _there(side: Any) -> str | None:
    if isinstance(side, HubSpotSide):
        return side.world.portal.values("deals", int(side.deal)).get("dealwright_q_champion")
    value: str | None = side.world.store.rows["Opportunity"][side.deal].get("Dealwright_Q_Champion__c")
    return value


def _by_hand(side: Any, words: str) -> None:
    if isinstance(side, HubSpotSide):
        side.world.portal.change("deals", int(side.deal), dealwright_q_champion=words)
    else:
        side.world.store.change("Opportunity", side.deal, Dealwright_Q_Champion__c=words)


def test_an_element_is_written_once_its_field_was_agreed_to_and_never_over_somebodys_words(
    sqlite_database: Database, settings: Settings, side: Any
) -> None:
    office = Office(sqlite_database, settings, side)

    def stands() -> Any:
        with sqlite_database.session() as session:
            return qualified(session, ownership_in_force(session), side.deal)

    assert stands() == NOWHERE
    with sqlite_database.transaction() as session:
        office.rules = ownership_in_force(session)
        session.add(Proposal(id="p", key="p", kind="call", state="approved", headline="h", created_at=NOW))
    names = {one.name for _, one in to_create(office.rules, office.writer)}
    assert len([name for name in names if "_q_" in name.lower()]) == 8
    office.agree_to_fields()
    office.read()
    assert (stands().takes("champion"), stands().fields[KEY]) == (True, None)

    def written(key: str, words: str, expected: str | None) -> str:
        with sqlite_database.transaction() as session:
            new = NewWrite(key, "update", "deal", side.deal, {KEY: words}, {KEY: expected}, "p")
            plan(session, new, settings=settings, now=office.now)
        Executing(sqlite_database, settings, FixedClock(office.now), office.writer).run()
        with sqlite_database.session() as session:
            return session.get_one(CrmWrite, key).state

    office.pass_time()
    assert written("w1", SAID, None) == "done"
    assert (_there(side), stands().fields[KEY]) == (SAID, SAID)
    _by_hand(side, "Ask Dana")
    office.pass_time()
    office.read()
    assert stands().fields[KEY] == "Ask Dana"
    with sqlite_database.session() as session:
        assert "Ask Dana" not in repr(session.get_one(Deal, side.deal).custom)
    _by_hand(side, "Ask Priya")
    assert written("w2", SAID, "Ask Dana") == "conflict"
    assert _there(side) == "Ask Priya"


def test_long_words_fit_into_any_text_field_and_end_at_a_word() -> None:
    told = in_their_words("we lose forty hours " * 40, "Ray Okonkwo", NOW.date())
    assert len(told) <= 255
    assert told.endswith("…” (Ray Okonkwo, 23 Nov 2026)")
