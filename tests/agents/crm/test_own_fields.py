"""How deals stand reaches fields of our own in HubSpot and Salesforce: once for each change, only where they are there and the rules let it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest
from sqlalchemy import func, select

from agents.crm.checking import check, to_create
from agents.crm.executing import Carried, Executing
from agents.crm.own_fields import MOST_WAITING, differ, own_names, own_there, plan_own
from agents.crm.sync import Sync
from agents.health.keeping import keep
from agents.health.record import Health
from infra.settings import Settings
from infra.spine.crm import Connection, CrmLink, CrmWrite
from infra.spine.database import Database
from infra.spine.models import Deal
from integrations.connectors.writing import Writer
from sales.clock import FixedClock
from sales.ownership import EXAMPLE, parse_ownership, usual
from tests.agents.crm.salesforce_world import SalesforceWorld
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW

HEARD = datetime.fromisoformat("2026-11-12T09:30:15.250000+00:00")


class Side(Protocol):
    """A CRM with one deal, by what a person sees there."""

    world: Any
    deal: str

    def seen(self) -> dict[str, Any]:
        """Return health score, band, likelihood, sentiment and last contact."""
        ...

    def writes(self) -> int:
        """Return how often the deal was written."""
        ...

    def spoil(self) -> None:
        """Let somebody change the health by hand."""
        ...


class HubSpotSide:
    def __init__(self, world: HubSpotWorld) -> None:
        self.world = world
        self.deal = str(
            world.portal.put("deals", dealname="Dock", amount="84000", dealstage="qualifiedtobuy", pipeline="default")
        )

    def seen(self) -> dict[str, Any]:
        told = self.world.portal.values("deals", int(self.deal))
        names = "dealwright_health_score dealwright_health dealwright_likelihood dealwright_sentiment dealwright_last_buyer_contact"
        return {name: told.get(name) for name in names.split()}

    def writes(self) -> int:
        count: int = self.world.portal.things["deals"][int(self.deal)].writes
        return count

    def spoil(self) -> None:
        self.world.portal.change("deals", int(self.deal), dealwright_health="Fine")


class SalesforceSide:
    def __init__(self, world: SalesforceWorld) -> None:
        self.world = world
        self.deal = world.store.put(
            "Opportunity", Name="Dock", Amount=84000, StageName="Qualification", CloseDate="2026-12-15"
        )

    def seen(self) -> dict[str, Any]:
        record = self.world.store.rows["Opportunity"][self.deal]
        names = "Health_Score Health Likelihood Sentiment Last_Buyer_Contact"
        told = {name: record.get(f"Dealwright_{name}__c") for name in names.split()}
        # The fake keeps moments in seconds since 1970.
        at = told["Last_Buyer_Contact"]
        return told | {"Last_Buyer_Contact": datetime.fromtimestamp(float(at), UTC).isoformat() if at else None}

    def writes(self) -> int:
        count: int = self.world.store.writes[self.deal]
        return count

    def spoil(self) -> None:
        self.world.store.change("Opportunity", self.deal, Dealwright_Health__c="Fine")


class Office:
    """A spine that has read the deal, and what the server does: refresh health, plan, carry out."""

    def __init__(self, database: Database, settings: Settings, side: Side) -> None:
        self.database = database
        self.settings = settings
        self.side = side
        self.system: str = side.world.name
        self.rules = usual()
        self.now = NOW
        self.writer: Writer = side.world.connector()
        with database.transaction() as session:
            session.add(Connection(system=self.system, connected_at=NOW))
        self.read()

    def read(self) -> None:
        done = Sync(self.database, self.settings, FixedClock(self.now)).run(self.side.world.connector())
        assert done.failed == []

    def agree_to_fields(self) -> None:
        with self.database.session() as session:
            assert session.get(Deal, self.side.deal) is not None
        for kind, wanted in to_create(self.rules, self.writer):
            self.writer.create_property(kind, wanted)

    def stands(
        self, score: int | None = 38, band: str = "at_risk", likelihood: str | None = "0.62", **more: Any
    ) -> None:
        told: dict[str, Any] = {
            "deal_id": self.side.deal, "deal": "Dock", "account_id": None, "account": None, "owner_id": None, "owner": None, "amount": Decimal(84000),
            "currency": "USD", "stage": "Proposal", "close_date": None, "as_of": self.now, "score": score, "band": band,
            "likelihood": Decimal(likelihood) if likelihood else None, "sentiment": "negative", "last_from_buyer": HEARD,
        }  # fmt: skip
        with self.database.transaction() as session:
            keep(session, [Health(**(told | more))], [self.side.deal], self.now)

    def plan(self) -> int:
        keys = own_there(self.rules, self.system, self.writer.properties("deal"))
        with self.database.transaction() as session:
            return plan_own(session, self.system, keys, self.now)

    def carry(self) -> Carried:
        return Executing(self.database, self.settings, FixedClock(self.now), self.writer).run()

    def round(self) -> int:
        """Plan and carry out; return how many writes the CRM took."""
        planned = self.plan()
        carried = self.carry()
        assert (carried.done, carried.total) == (planned, planned)
        return planned

    def pass_time(self, hours: float = 2.0) -> None:
        self.now += timedelta(hours=hours)
        self.side.world.time.passed += hours * 3600


@pytest.fixture(params=["hubspot", "salesforce"])
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Each CRM in turn; at the end no request of ours may have broken its documentation."""
    world: Any = HubSpotWorld() if request.param == "hubspot" else SalesforceWorld()
    with world.fake:
        yield HubSpotSide(world) if request.param == "hubspot" else SalesforceSide(world)
        world.close()
    assert world.fake.breaches == []


@pytest.fixture
def office(sqlite_database: Database, settings: Settings, side: Side) -> Office:
    made = Office(sqlite_database, settings, side)
    made.agree_to_fields()
    return made


def _plainly(seen: dict[str, Any]) -> list[str | None]:
    """Return what stands there as one text for both systems: 62 and 62.0, Z and +0000."""
    found = []
    for value in seen.values():
        text = None if value in (None, "") else str(value)
        if text and text[:4].isdigit() and "T" in text:
            text = text[:19]
        elif text and text.endswith(".0"):
            text = text[:-2]
        found.append(text)
    return found


def test_how_a_deal_stands_is_written_once_and_again_only_when_it_changes(
    database: Database, settings: Settings, side: Side
) -> None:
    office = Office(database, settings, side)
    office.agree_to_fields()
    office.stands()
    assert office.round() == 1
    told = ["38", "At risk", "62", "Negative", "2026-11-12T09:30:15"]
    assert _plainly(office.side.seen()) == told
    for _ in range(3):
        office.pass_time()
        office.stands()
        assert office.round() == 0
    assert office.side.writes() == 1
    office.stands(81, "healthy", sentiment="positive")
    assert office.round() == 1
    assert _plainly(office.side.seen())[:4] == ["81", "Healthy", "62", "Positive"]
    office.pass_time()
    office.stands()
    assert office.round() == 1
    assert _plainly(office.side.seen()) == told
    assert office.side.writes() == 3
    with office.database.session() as session:
        assert session.scalar(select(func.count()).select_from(CrmWrite)) == 1


def test_a_deal_is_written_at_most_once_an_hour_with_how_it_stands_then(office: Office) -> None:
    office.stands()
    assert office.round() == 1
    for score in (50, 60, 70):
        office.pass_time(0.25)
        office.stands(score, "watch")
        assert office.round() == 0
    office.pass_time(0.5)
    assert office.round() == 1
    assert _plainly(office.side.seen())[:2] == ["70", "Watch"]


def test_planning_twice_and_a_crash_between_are_one_write(office: Office) -> None:
    office.stands()
    assert office.plan() == 1
    assert office.plan() == 0
    office.stands(20)
    assert office.plan() == 0
    assert office.carry().done == 1
    assert office.carry().total == 0
    assert office.side.writes() == 1


def test_a_likelihood_that_hardly_moved_is_not_written_again(office: Office) -> None:
    office.stands(likelihood="0.6249")
    assert office.round() == 1
    office.pass_time()
    office.stands(likelihood="0.6281")
    assert office.round() == 0
    office.stands(likelihood="0.6349")
    assert office.round() == 1
    assert _plainly(office.side.seen())[2] == "63"


def test_what_is_not_known_is_told_as_unknown_and_empty(office: Office) -> None:
    office.stands()
    assert office.round() == 1
    office.pass_time()
    office.stands(None, "unknown", None, sentiment=None, last_from_buyer=None)
    assert office.round() == 1
    assert _plainly(office.side.seen()) == [None, "Unknown", None, None, None]
    office.pass_time()
    assert office.round() == 0


def test_without_the_fields_nothing_is_written_and_the_check_names_them(
    sqlite_database: Database, settings: Settings, side: Side
) -> None:
    office = Office(sqlite_database, settings, side)
    office.stands()
    assert office.round() == 0
    with sqlite_database.session() as session:
        assert session.scalar(select(func.count()).select_from(CrmWrite)) == 0
        missing = [one for one in check(session, usual(), office.writer) if one.what == "missing"]
    assert [one.field for one in missing] == list(own_names(usual(), office.system))
    assert all("`dealwright fields create` adds it." in one.sentence for one in missing)
    office.agree_to_fields()
    assert office.round() == 1


@pytest.mark.parametrize("never", [("sentiment",), tuple(own_names(usual(), "hubspot"))])
def test_what_the_rules_forbid_is_not_written(office: Office, never: tuple[str, ...]) -> None:
    text = EXAMPLE
    for key in never:
        text = text.replace(f'{key} = {{ writes = "auto"', f'{key} = {{ writes = "never"')
    office.rules = parse_ownership(text)
    office.stands()
    assert office.round() == (1 if len(never) == 1 else 0)
    told = _plainly(office.side.seen())
    assert told == (["38", "At risk", "62", None, "2026-11-12T09:30:15"] if len(never) == 1 else [None] * 5)


def test_a_hand_at_our_fields_is_no_conflict_and_what_we_wrote_does_not_come_back_as_theirs(office: Office) -> None:
    office.stands()
    assert office.round() == 1
    office.pass_time()
    office.side.spoil()
    office.read()
    with office.database.session() as session:
        deal = session.get_one(Deal, office.side.deal)
        assert "dealwright" not in repr((deal.custom, deal.probability)).lower()
        assert deal.probability != Decimal(62)
        before = deal.source_at, dict(deal.provenance or {})
    office.stands(81, "healthy")
    assert office.round() == 1
    assert _plainly(office.side.seen())[:2] == ["81", "Healthy"]
    with office.database.session() as session:
        deal = session.get_one(Deal, office.side.deal)
        assert (deal.source_at, dict(deal.provenance or {})) == before


def test_a_deal_that_the_crm_does_not_have_is_not_told_of(office: Office) -> None:
    office.stands()
    with office.database.transaction() as session:
        for link in session.scalars(select(CrmLink).where(CrmLink.kind == "deal")):
            link.deleted = True
    assert office.round() == 0


def test_what_people_decided_does_not_stand_behind_thousands_of_deals(office: Office) -> None:
    office.stands()
    with office.database.transaction() as session:
        template = session.get_one(Deal, office.side.deal)
        for number in range(MOST_WAITING + 50):
            told = {"name": f"Deal {number}", "currency": "USD", "status": "open", "source": "t", "source_at": NOW}
            session.add(Deal(id=f"d{number}", stage=template.stage, **told))
        session.flush()
        for number in range(MOST_WAITING + 50):
            session.add(
                CrmLink(
                    system=office.system, remote="made", external_id=f"d{number}", kind="deal", record_id=f"d{number}", seen={}, deleted=False, at=NOW
                )
            )  # fmt: skip
    made: list[Callable[[], None]] = [lambda n=n: office.stands(deal_id=f"d{n}") for n in range(MOST_WAITING + 50)]  # type: ignore[misc]
    for one in made:
        one()
    assert office.plan() == MOST_WAITING
    assert office.plan() == 0
    with office.database.session() as session:
        assert differ(session, office.system, own_names(usual(), office.system), office.now)
