"""What was decided reaches HubSpot once, only where nobody changed it meanwhile, and the spine with it."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select

from agents.crm import letters, queue
from agents.crm.executing import Carried, Executing
from agents.crm.sync import Sync
from agents.crm.writes import NewWrite, plan
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Connection, Contact, CrmEntry, CrmWrite, Deal, DealChange, Proposal
from sales.clock import FixedClock
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW
from tests.fakes.service import Fault


class Office:
    """A spine with one deal read from HubSpot, and a way to write and to let time pass."""

    def __init__(self, database: Database, settings: Settings, world: HubSpotWorld) -> None:
        self.database = database
        self.settings = settings
        self.world = world
        self.portal = world.portal
        self.now = NOW
        self.conflicts: list[str] = []
        self.connector = world.connector()
        self.company = self.portal.put("companies", name="Acme Freight", domain="acme.example")
        self.deal = self.portal.put(
            "deals",
            None,
            {"companies": [self.company]},
            dealname="Acme dock",
            amount="84000",
            dealstage="qualifiedtobuy",
            pipeline="default",
            closedate="2026-12-15T00:00:00Z",
        )
        with database.transaction() as session:
            session.add(Proposal(id="p1", key="p1", kind="call", state="approved", headline="h", created_at=NOW))

    def connect(self) -> None:
        with self.database.transaction() as session:
            session.add(Connection(system="hubspot", connected_at=NOW))

    def read(self) -> None:
        Sync(self.database, self.settings, FixedClock(self.now)).run(self.connector)

    def write(self, key: str = "w1", **more: Any) -> str:
        told: dict[str, Any] = {
            "key": key,
            "operation": "update",
            "kind": "deal",
            "record_id": str(self.deal),
            "proposal_id": "p1",
            "by": "Dana",
        } | more
        with self.database.transaction() as session:
            return plan(session, NewWrite(**told), settings=self.settings, now=self.now)

    def carry(self) -> Carried:
        clock = FixedClock(self.now)
        return Executing(self.database, self.settings, clock, self.connector, on_conflict=self.conflicts.append).run()

    def carry_to_the_end(self) -> Carried:
        """Carry out until nothing is due any more, letting an hour pass each time."""
        total = Carried()
        for _ in range(12):
            one = self.carry()
            total.done += one.done
            total.dead += one.dead
            self.now += timedelta(hours=1)
        return total

    def row(self, key: str = "w1") -> CrmWrite:
        with self.database.session() as session:
            return session.get_one(CrmWrite, key)

    def of_deal(self, name: str) -> str | None:
        return self.portal.values("deals", self.deal).get(name)


@pytest.fixture
def office(sqlite_database: Database, settings: Settings, hubspot: HubSpotWorld) -> Office:
    made = Office(sqlite_database, settings, hubspot)
    made.connect()
    made.read()
    return made


def test_a_change_is_written_read_back_and_stands_in_the_spine_with_its_history(office: Office) -> None:
    office.write(
        fields={"stage": "Negotiation", "amount": "90000", "close_date": "2026-12-20", "next_step": "Send contract"},
        expected={"stage": "Proposal", "amount": "84000.00", "close_date": "2026-12-15", "next_step": None},
    )
    assert office.carry().done == 1
    assert office.of_deal("dealstage") == "contractsent"
    assert office.of_deal("amount") == "90000"
    assert (office.of_deal("closedate") or "")[:10] == "2026-12-20"
    with office.database.session() as session:
        deal = session.get_one(Deal, str(office.deal))
        assert (deal.stage, str(deal.amount), str(deal.close_date)) == ("Negotiation", "90000", "2026-12-20")
        changes = {(one.field, one.old, one.new, one.by) for one in session.scalars(select(DealChange))}
    assert ("stage", "Proposal", "Negotiation", "Dana") in changes
    assert ("amount", "84000", "90000", "Dana") in changes
    office.read()
    with office.database.session() as session:
        assert len(session.scalars(select(DealChange)).all()) == len(changes)


def test_a_field_that_somebody_changed_since_is_not_overwritten(office: Office) -> None:
    office.write(fields={"amount": "90000"}, expected={"amount": "84000"})
    office.portal.change("deals", office.deal, amount="70000")
    assert office.carry().conflicts == 1
    assert office.of_deal("amount") == "70000"
    row = office.row()
    assert (row.state, row.found) == ("conflict", {"amount": "70000"})
    assert office.conflicts == ["w1"]
    assert office.carry().total == 0


def test_a_value_that_stands_there_already_is_not_written_again(office: Office) -> None:
    office.portal.change("deals", office.deal, amount="90000")
    office.write(fields={"amount": "90000"}, expected={"amount": "84000"})
    assert office.carry().done == 1
    assert office.portal.things["deals"][office.deal].writes == 0


def test_the_same_key_is_the_same_write(office: Office) -> None:
    office.write(fields={"next_step": "One"})
    office.write(fields={"next_step": "Two"})
    assert office.carry().done == 1
    assert office.of_deal("hs_next_step") == "One"


def test_what_moves_the_forecast_needs_a_person(office: Office) -> None:
    with pytest.raises(Fatal, match="approval"):
        office.write(fields={"amount": "1"}, proposal_id=None)


def test_a_field_that_the_rules_forbid_is_a_failed_write_with_its_reason(office: Office) -> None:
    office.write(fields={"probability": "90"})
    row = office.row()
    assert row.state == "failed"
    assert "never writes probability" in (row.trouble or "")


def test_a_field_that_hubspot_has_no_name_for_stays_in_the_spine(office: Office) -> None:
    office.write(fields={"competitor": "Contoso"})
    assert office.carry().done == 1
    assert office.row().receipt["only_here"] == ["competitor"]
    with office.database.session() as session:
        assert session.get_one(Deal, str(office.deal)).competitor == "Contoso"


def test_a_refused_value_is_a_dead_letter_and_is_written_after_a_replay(office: Office) -> None:
    office.write(fields={"type": "Renewal"})
    assert office.carry().dead == 1
    with office.database.transaction() as session:
        (letter,) = letters.listed(session)
        assert (letter.code, letter.direction) == ("VALIDATION_ERROR", "write")
        assert "dealtype" in letter.reason
        office.portal.schema["deals"]["dealtype"]["options"].append({"value": "renewal", "label": "Renewal"})
        assert letters.replay_writes(session, [letter], office.now) == 1
    office.connector = office.world.connector()
    assert office.carry().done == 1
    assert office.of_deal("dealtype") == "renewal"


def test_a_deal_that_was_deleted_there_is_a_dead_letter(office: Office) -> None:
    office.write(fields={"amount": "90000"})
    office.portal.archive("deals", office.deal)
    assert office.carry().dead == 1


def test_without_a_crm_the_spine_changes_at_once_and_the_write_waits(
    sqlite_database: Database, settings: Settings, hubspot: HubSpotWorld
) -> None:
    office = Office(sqlite_database, settings, hubspot)
    with sqlite_database.transaction() as session:
        session.add(
            Deal(
                id=str(office.deal),
                name="Acme dock",
                stage="Proposal",
                currency="USD",
                status="open",
                source="import",
                source_at=NOW,
            )
        )
    office.write(fields={"stage": "Closed Won"}, expected={"stage": "Proposal"})
    with sqlite_database.session() as session:
        deal = session.get_one(Deal, str(office.deal))
        assert (deal.stage, deal.status) == ("Closed Won", "won")
    assert office.row().state == "waiting"
    office.connect()
    office.read()
    with sqlite_database.transaction() as session:
        assert session.get_one(Deal, str(office.deal)).stage == "Closed Won"
        assert queue.release(session, settings, NOW) == 1
    assert office.carry().done == 1
    assert office.of_deal("dealstage") == "closedwon"


def test_a_new_contact_is_made_once_with_its_company(office: Office) -> None:
    office.connector.create_property("contact", office.connector.marker_property("contact"))
    office.write(
        operation="create",
        kind="contact",
        record_id=None,
        fields={"name": "Lena Fox", "email": "lena@acme.example", "title": "COO"},
        links={"account": str(office.company)},
    )
    assert office.carry().done == 1
    ((kind, values),) = office.portal.created
    assert kind == "contacts"
    assert (values["firstname"], values["lastname"], values["jobtitle"]) == ("Lena", "Fox", "COO")
    assert values["dealwright_key"].startswith("dw-")
    office.read()
    with office.database.session() as session:
        (contact,) = session.scalars(select(Contact))
        assert (contact.name, contact.account_id) == ("Lena Fox", str(office.company))


def test_a_contact_whose_address_is_there_already_is_that_one(office: Office) -> None:
    known = office.portal.put("contacts", firstname="L", lastname="Fox", email="lena@acme.example")
    office.write(
        operation="create", kind="contact", record_id=None, fields={"name": "Lena Fox", "email": "lena@acme.example"}
    )
    assert office.carry().done == 1
    assert office.row().receipt == {"external_id": str(known), "existing": True}
    assert office.portal.created == []


@pytest.mark.parametrize("marked", [True, False])
def test_a_create_that_broke_off_is_looked_for_and_never_blindly_made_twice(office: Office, marked: bool) -> None:
    if marked:
        office.connector.create_property("account", office.connector.marker_property("account"))
    office.portal.fault_for = lambda request: (
        "reset after" if request.method == "POST" and request.path == "/crm/v3/objects/companies" else None
    )
    office.write(operation="create", kind="account", record_id=None, fields={"name": "Fabrikam"})
    carried = office.carry()
    assert len(office.portal.created) == 1
    assert (carried.done, carried.dead) == ((1, 0) if marked else (0, 1))
    assert office.row().state == ("done" if marked else "unknown")
    with office.database.session() as session:
        assert [one.code for one in letters.listed(session)] == ([] if marked else ["unknown"])


def test_what_happened_is_logged_once_and_is_the_same_when_it_is_read_again(office: Office) -> None:
    with office.database.transaction() as session:
        session.add(
            Activity(
                id="task-1",
                kind="task",
                direction="internal",
                status="open",
                account_id=str(office.company),
                deal_id=str(office.deal),
                subject="Send the order form",
                at=NOW,
                due_at=NOW + timedelta(days=3),
                content_hash="x",
                source="dealwright",
                source_at=NOW,
            )
        )
    office.write(operation="log", kind="activity", record_id="task-1")
    assert office.carry().done == 1
    ((kind, values),) = office.portal.created
    assert (kind, values["hs_task_subject"], values["hs_task_status"]) == (
        "tasks",
        "Send the order form",
        "NOT_STARTED",
    )
    (task,) = office.portal.things["tasks"].values()
    assert task.bound == {"companies": [office.company], "deals": [office.deal]}
    office.now += timedelta(minutes=1)
    office.read()
    with office.database.session() as session:
        assert session.scalars(select(Activity.id)).all() == ["task-1"]


def test_what_was_sent_before_a_crm_was_connected_is_logged_afterwards(office: Office) -> None:
    with office.database.transaction() as session:
        session.add(
            Activity(
                id="m1@northern.example",
                kind="mail",
                direction="outbound",
                deal_id=str(office.deal),
                subject="Our offer",
                body="Here it is.",
                at=NOW,
                content_hash="x",
                source="dealwright",
                source_at=NOW,
            )
        )
        session.add(
            CrmEntry(id="sent:e1", kind="mail", record={"activity": "m1@northern.example", "proposal": "p1"}, at=NOW)
        )
        session.flush()
        assert queue.something_waits(session)
        assert queue.release(session, office.settings, NOW) == 1
        assert not queue.something_waits(session)
    assert office.carry().done == 1
    ((kind, values),) = office.portal.created
    assert (kind, values["hs_email_subject"], values["hs_email_direction"]) == ("emails", "Our offer", "EMAIL")


def _storm(seed: int) -> cycle[Fault | None]:
    """One request in ten goes wrong, in one of five ways."""
    faults: tuple[Fault, ...] = ("500 after", "hang after", "429", "reset", "reset after")
    return cycle([faults[(place // 10 + seed) % 5] if place % 10 == seed else None for place in range(50)])


@pytest.mark.parametrize("count", [60, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(3_600)])])
def test_every_write_is_applied_once_or_is_a_dead_letter_whatever_goes_wrong(office: Office, count: int) -> None:
    for kind in ("contact", "account"):
        office.connector.create_property(kind, office.connector.marker_property(kind))
    deals = [
        office.portal.put("deals", dealname=f"Deal {n}", amount="1", dealstage="qualifiedtobuy", pipeline="default")
        for n in range(count // 2)
    ]
    office.read()
    with office.database.transaction() as session:
        for number, deal in enumerate(deals):
            update = NewWrite(
                f"u{number}", "update", "deal", str(deal), {"amount": str(1_000 + number)}, {"amount": "1"}, "p1"
            )
            person = {"name": f"Person {number}", "email": f"n{number}@new.example"}
            for one in (update, NewWrite(f"c{number}", "create", "contact", None, person, proposal_id="p1")):
                plan(session, one, settings=office.settings, now=office.now)
    office.connector = office.world.connector(timeout_s=0.5)
    storm = _storm(3)
    office.portal.hang_s = 0.7
    office.portal.fault_for = lambda _request: next(storm)
    office.carry_to_the_end()
    with office.database.session() as session:
        rows = {row.key: row for row in session.scalars(select(CrmWrite))}
        dead = {one.key for one in letters.listed(session, limit=count)}
    undone = {key for key, row in rows.items() if row.state != "done"}
    assert undone == dead
    written = [
        office.portal.things["deals"][deal].writes for number, deal in enumerate(deals) if f"u{number}" not in dead
    ]
    assert set(written) == {1}
    values = [office.portal.values("deals", deal)["amount"] for deal in deals]
    assert [value for number, value in enumerate(values) if f"u{number}" not in dead] == [
        str(1_000 + number) for number in range(len(deals)) if f"u{number}" not in dead
    ]
    addresses = [values["email"] for kind, values in office.portal.created if kind == "contacts"]
    assert len(addresses) == len(set(addresses))
    made = {f"n{key[1:]}@new.example" for key in rows if key[0] == "c" and key not in dead}
    assert made <= set(addresses)
    assert len(dead) <= count * 0.005
