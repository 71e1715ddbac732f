"""What was decided reaches Salesforce once, only where nobody changed it meanwhile, and comes back as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select

from agents.crm import letters
from agents.crm.executing import Carried, Executing
from agents.crm.sync import Sync
from agents.crm.writes import NewWrite, plan
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Activity, Connection, Contact, CrmLink, CrmWrite, Deal, DealChange, Proposal
from sales.clock import FixedClock
from tests.agents.crm.salesforce_world import SalesforceWorld
from tests.conftest import NOW
from tests.fakes.service import Fault


class Office:
    """A spine with one deal read from Salesforce, and a way to write and to let time pass."""

    def __init__(self, database: Database, settings: Settings, world: SalesforceWorld) -> None:
        self.database = database
        self.settings = settings
        self.world = world
        self.store = world.store
        self.now = NOW
        self.connector = world.connector()
        self.account = self.store.put("Account", Name="Acme Freight")
        self.deal = self.store.put(
            "Opportunity",
            Name="Acme dock",
            AccountId=self.account,
            Amount=84000,
            StageName="Qualification",
            CloseDate="2026-12-15",
        )
        with database.transaction() as session:
            session.add(Proposal(id="p1", key="p1", kind="call", state="approved", headline="h", created_at=NOW))
            session.add(Connection(system="salesforce", connected_at=NOW))
        self.read()

    def read(self) -> None:
        Sync(self.database, self.settings, FixedClock(self.now)).run(self.connector)

    def write(self, key: str = "w1", **more: Any) -> str:
        told: dict[str, Any] = {
            "key": key,
            "operation": "update",
            "kind": "deal",
            "record_id": self.deal,
            "proposal_id": "p1",
            "by": "Dana",
        } | more
        with self.database.transaction() as session:
            return plan(session, NewWrite(**told), settings=self.settings, now=self.now)

    def carry(self) -> Carried:
        return Executing(self.database, self.settings, FixedClock(self.now), self.connector).run()

    def pass_time(self, **by: float) -> None:
        self.now += timedelta(**by)
        self.world.time.passed += timedelta(**by).total_seconds()

    def carry_to_the_end(self) -> None:
        for _ in range(12):
            self.carry()
            self.pass_time(hours=1)

    def mark(self, *kinds: str) -> None:
        for kind in kinds:
            self.connector.create_property(kind, self.connector.marker_property(kind))

    def row(self, key: str = "w1") -> CrmWrite:
        with self.database.session() as session:
            return session.get_one(CrmWrite, key)

    def of_deal(self, name: str) -> Any:
        return self.store.rows["Opportunity"][self.deal][name]


@pytest.fixture
def office(sqlite_database: Database, settings: Settings) -> Iterator[Office]:
    world = SalesforceWorld()
    world.org.page = 2_000
    with world.org:
        yield Office(sqlite_database, settings, world)
        world.close()
    assert world.org.breaches == []


def test_a_change_is_written_read_back_and_kept_once_in_the_deals_history(office: Office) -> None:
    office.pass_time(hours=1)
    # No two clocks are the same.
    office.now += timedelta(seconds=3)
    office.write(
        fields={"stage": "Negotiation/Review", "amount": "90000", "close_date": "2026-12-20", "next_step": "Contract"},
        expected={"stage": "Qualification", "amount": "84000.00", "close_date": "2026-12-15", "next_step": None},
    )
    assert office.carry().done == 1
    told = [office.of_deal(name) for name in ("StageName", "Amount", "CloseDate", "NextStep")]
    assert told == ["Negotiation/Review", 90000, "2026-12-20", "Contract"]
    assert office.store.writes[office.deal] == 1
    office.pass_time(minutes=10)
    office.read()
    with office.database.session() as session:
        deal = session.get_one(Deal, office.deal)
        assert (deal.stage, str(deal.amount), str(deal.close_date)) == ("Negotiation/Review", "90000", "2026-12-20")
        changes = [(one.field, one.old, one.new, one.by) for one in session.scalars(select(DealChange))]
    assert [one for one in changes if one[0] == "stage"] == [("stage", "Qualification", "Negotiation/Review", "Dana")]
    assert [one for one in changes if one[0] == "amount"] == [("amount", "84000", "90000", "Dana")]


def test_a_field_that_somebody_changed_since_is_not_overwritten(office: Office) -> None:
    office.write(fields={"amount": "90000"}, expected={"amount": "84000"})
    office.store.change("Opportunity", office.deal, Amount=70000)
    assert office.carry().conflicts == 1
    assert (office.of_deal("Amount"), office.row().found) == (70000, {"amount": "70000"})


def test_a_change_between_reading_and_writing_is_seen(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.write(fields={"amount": "90000"}, expected={"amount": "84000"})
    present = office.connector.present
    once = iter([True])

    def meanwhile(*args: Any) -> Any:
        found = present(*args)
        if next(once, False):
            office.world.time.passed += 5
            office.store.change("Opportunity", office.deal, Amount=70000)
        return found

    monkeypatch.setattr(office.connector, "present", meanwhile)
    assert office.carry().done == 0
    office.pass_time(minutes=1)
    assert office.carry().conflicts == 1
    assert office.of_deal("Amount") == 70000


def test_a_record_that_somebody_holds_is_written_later(office: Office) -> None:
    office.world.org.locks[office.deal] = 1
    office.write(fields={"next_step": "Call again"})
    assert office.carry().later == 1
    office.pass_time(minutes=1)
    assert office.carry().done == 1
    assert office.of_deal("NextStep") == "Call again"


def test_a_refused_value_is_a_dead_letter_without_its_value_and_is_written_after_a_replay(office: Office) -> None:
    office.write(fields={"type": "Barter"})
    assert office.carry().dead == 1
    with office.database.transaction() as session:
        (letter,) = letters.listed(session)
        assert letter.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        assert "Type" in letter.reason
        assert "Barter" not in letter.reason
        office.store.schema["Opportunity"]["Type"]["picklistValues"].append(
            {"value": "Barter", "label": "Barter", "active": True}
        )
        assert letters.replay_writes(session, [letter], office.now) == 1
    office.connector = office.world.connector()
    assert office.carry().done == 1
    assert office.of_deal("Type") == "Barter"


def test_a_new_contact_is_made_once_under_its_marker_with_its_account(office: Office) -> None:
    office.mark("contact")
    office.world.org.fault_for = lambda request: "reset after" if request.method == "PATCH" else None
    office.write(
        operation="create",
        kind="contact",
        record_id=None,
        fields={"name": "Lena O'Fox", "email": "lena.o'fox@acme.example", "title": "COO"},
        links={"account": office.account},
    )
    assert office.carry().done == 1
    made = [values for kind, values in office.store.created if kind == "Contact"]
    assert [(one["FirstName"], one["LastName"], one["Title"], one["AccountId"]) for one in made] == [
        ("Lena", "O'Fox", "COO", office.account)
    ]
    office.world.org.fault_for = lambda _request: None
    office.pass_time(minutes=10)
    office.read()
    with office.database.session() as session:
        (contact,) = session.scalars(select(Contact))
        assert (contact.name, contact.account_id) == ("Lena O'Fox", office.account)


def test_a_contact_whose_address_is_there_already_is_that_one(office: Office) -> None:
    known = office.store.put("Contact", FirstName="L", LastName="Fox", Email="lena@acme.example")
    office.write(
        operation="create", kind="contact", record_id=None, fields={"name": "Lena Fox", "email": "LENA@acme.example"}
    )
    assert office.carry().done == 1
    assert office.row().receipt == {"external_id": known, "existing": True}
    assert [kind for kind, _ in office.store.created if kind == "Contact"] == []


@pytest.mark.parametrize("kind", ["call", "mail", "note", "task", "meeting"])
def test_what_happened_is_logged_once_and_does_not_come_back_as_something_else(office: Office, kind: str) -> None:
    office.mark("meeting")
    with office.database.transaction() as session:
        session.add(
            Activity(
                id="a1",
                kind=kind,
                subject="Pricing",
                body="They asked for a discount.",
                at=NOW,
                status="open" if kind == "task" else "done",
                direction="outbound",
                deal_id=office.deal,
                account_id=office.account,
                source="dealwright",
                source_at=NOW,
                content_hash="h",
                automatic=False,
                custom={},
            )
        )
    office.write(operation="log", kind=kind, record_id="a1", proposal_id=None)
    office.world.org.fault_for = lambda request: (
        "reset after"
        if request.method in ("POST", "PATCH") and "/sobjects/" in request.path and "composite" not in request.path
        else None
    )
    assert office.carry().done == 1
    office.world.org.fault_for = lambda _request: None
    logs = [(of, values) for of, values in office.store.created if of in ("Task", "Event")]
    assert [(of, values["WhatId"]) for of, values in logs] == [("Event" if kind == "meeting" else "Task", office.deal)]
    office.pass_time(minutes=10)
    if kind == "task":
        office.store.change("Task", logs[0][1]["Id"], Status="Completed")
    office.read()
    with office.database.session() as session:
        (found,) = session.scalars(select(Activity))
        assert (found.id, found.kind, found.status) == ("a1", kind, "done")
        assert session.scalar(select(CrmLink.record_id).where(CrmLink.kind == "activity")) == "a1"


def _storm(seed: int) -> cycle[Fault | None]:
    """One request in ten goes wrong, in one of five ways."""
    faults: tuple[Fault, ...] = ("500 after", "hang after", "429", "reset", "reset after")
    return cycle([faults[(place // 10 + seed) % 5] if place % 10 == seed else None for place in range(50)])


@pytest.mark.parametrize("count", [60, pytest.param(10_000, marks=[pytest.mark.soak, pytest.mark.timeout(3_600)])])
def test_every_write_is_applied_once_or_is_a_dead_letter_whatever_goes_wrong(office: Office, count: int) -> None:
    office.mark("contact", "account")
    deals = [
        office.store.put("Opportunity", Name=f"Deal {n}", Amount=1, StageName="Qualification", CloseDate="2026-12-15")
        for n in range(count // 2)
    ]
    office.read()
    office.connector = office.world.connector(timeout_s=0.2)
    for number, deal in enumerate(deals):
        office.write(f"u{number}", record_id=deal, fields={"amount": str(1_000 + number)}, expected={"amount": "1"})
        office.write(
            f"c{number}",
            operation="create",
            kind="contact",
            record_id=None,
            fields={"name": f"Person {number}", "email": f"n{number}@new.example"},
        )
    storm = _storm(3)
    office.world.org.hang_s = 0.4
    office.world.org.fault_for = lambda _request: next(storm)
    office.carry_to_the_end()
    with office.database.session() as session:
        rows = {row.key: row for row in session.scalars(select(CrmWrite))}
        dead = {one.key for one in letters.listed(session, limit=count)}
    assert {key for key, row in rows.items() if row.state != "done"} == dead
    done = [(number, deal) for number, deal in enumerate(deals) if f"u{number}" not in dead]
    assert {office.store.writes[deal] for _, deal in done} == {1}
    assert all(office.store.rows["Opportunity"][deal]["Amount"] == 1_000 + number for number, deal in done)
    addresses = [values["Email"] for kind, values in office.store.created if kind == "Contact"]
    assert len(addresses) == len(set(addresses))
    assert {f"n{key[1:]}@new.example" for key in rows if key[0] == "c" and key not in dead} <= set(addresses)
    assert len(dead) <= count * 0.005
