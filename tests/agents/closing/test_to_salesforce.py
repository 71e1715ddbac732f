"""From a call to Salesforce over HTTP: the stage in the buyer's words, the qualification in fields of its own, a note beside a call that stands there, and what somebody changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from agents.crm.checking import check, to_create
from agents.crm.executing import Executing
from agents.crm.rules import ownership_in_force
from agents.crm.sync import Sync
from infra.settings import Settings
from infra.spine.crm import Connection, CrmLink, CrmWrite
from infra.spine.database import Database
from infra.spine.models import Activity, Deal
from integrations.salesforce.connector import Salesforce
from tests.agents.closing.desk import Desk, closing_of
from tests.agents.crm.salesforce_world import SalesforceWorld
from tests.conftest import NOW


class Joined(Desk):
    """A desk whose deal stands in an organization."""

    world: SalesforceWorld
    deal_id: str
    connector: Salesforce

    def join(self, world: SalesforceWorld) -> None:
        """Put an account, a deal and a stage of their own into the organization, connect it, and read them."""
        self.world, store = world, world.store
        store.put("OpportunityStage", ApiName="Pilot", MasterLabel="Trial", SortOrder=2, IsActive=True, IsClosed=False, IsWon=False, DefaultProbability=40)  # fmt: skip
        account = store.put("Account", Name="Borealis", Website="borealis.example")
        self.deal_id = store.put("Opportunity", Name="Borealis dock", AccountId=account, Amount=84000, StageName="Qualification", CloseDate="2026-11-30", NextStep="Chase legal")  # fmt: skip
        self.connector = world.connector()
        with self.database.transaction() as session:
            session.add(Connection(system="salesforce", connected_at=NOW))
        self.read()

    def read(self) -> None:
        """Read what changed there."""
        assert Sync(self.database, self.settings, self.clock).run(self.world.connector()).failed == []

    def carry(self) -> None:
        """Let what is due reach the organization, and the cards follow."""
        with self.database.transaction() as session:
            session.execute(update(CrmWrite).where(CrmWrite.due_at.is_not(None)).values(due_at=NOW))
        Executing(self.database, self.settings, self.clock, self.connector).run()
        self.closings.follow()

    def there(self) -> dict[str, Any]:
        """Return what the organization has of the deal."""
        return self.world.store.rows["Opportunity"][self.deal_id]

    def tasks(self, subtype: str) -> list[dict[str, Any]]:
        """Return the activities of a kind there."""
        return [row for row in self.world.store.rows["Task"].values() if row["TaskSubtype"] == subtype]

    def call_of_deal(self) -> Any:
        """Bring in a call about that deal and return its card."""
        with self.database.session() as session:
            account = session.get_one(Deal, self.deal_id).account_id
        return self.card(account_id=account, deal_id=self.deal_id)

    def submit(self, card: Any, ticked: list[str]) -> dict[str, Any]:
        """Submit a card, carry out what follows, and return what became of its lines."""
        self.decide(card.id, "approve", edit={"ticked": ticked})
        self.work()
        self.carry()
        found: dict[str, Any] = self.out(card.id).outcome["lines"]
        return found


@pytest.fixture
def joined(sqlite_database: Database, settings: Settings, tmp_path: Path) -> Iterator[Joined]:
    """A desk joined to an organization; at the end no request of ours may have broken Salesforce's documentation."""
    world = SalesforceWorld()
    with world.org:
        made = Joined(sqlite_database, settings, tmp_path / "outbox")
        made.fill()
        made.join(world)
        yield made
        world.close()
    assert world.org.breaches == []


def test_the_stage_is_written_in_the_buyers_words_and_the_qualification_in_fields_of_its_own(joined: Joined) -> None:
    with joined.database.session() as session:
        rules = ownership_in_force(session)
        missing = {one.field for one in check(session, rules, joined.connector) if one.what == "missing"}
    assert "qualification_champion" in missing
    for kind, wanted in to_create(rules, joined.connector):
        joined.connector.create_property(kind, wanted)
    joined.read()
    with joined.database.session() as session:
        assert not [one for one in check(session, rules, joined.connector) if one.what == "missing"]
    card = joined.call_of_deal()
    changes = closing_of(card).changes
    stage = next(one for one in changes if one.field == "stage")
    assert (stage.old, stage.new) == ("Qualification", "Pilot")
    assert {card.evidence[number - 1].speaker for number in stage.evidence} == {"Ray Okonkwo"}
    assert stage.id not in closing_of(card).ticked()
    elements = [one for one in changes if one.field.startswith("qualification_")]
    assert len(elements) == len([one for one in closing_of(card).qualification if one.state != "open"]) > 0
    lines = joined.submit(card, [stage.id, *(one.id for one in elements)])
    assert {lines[one.id]["state"] for one in (stage, *elements)} == {"written"}
    assert joined.there()["StageName"] == "Pilot"
    assert joined.there()["NextStep"] == "Chase legal"
    for one in elements:
        assert joined.there()[rules.rule("deal", one.field).names["salesforce"]] == one.new


def test_what_changed_there_meanwhile_stays_and_is_asked_again(joined: Joined) -> None:
    card = joined.call_of_deal()
    row = next(one for one in closing_of(card).changes if one.field == "next_step")
    joined.world.store.change("Opportunity", joined.deal_id, NextStep="Wait for their lawyer")
    line = joined.submit(card, [row.id])[row.id]
    assert (line["state"], joined.there()["NextStep"]) == ("conflict", "Wait for their lawyer")
    again = joined.out(line["again"])
    (asked,) = closing_of(again).changes
    assert (asked.old, asked.new) == ("Wait for their lawyer", row.new)
    joined.decide(again.id, "approve")
    joined.work()
    joined.carry()
    assert joined.there()["NextStep"] == row.new


def test_a_call_that_stands_there_gets_a_note_once_and_is_not_doubled(joined: Joined) -> None:
    stood = joined.world.store.put("Task", Subject="Weekly", TaskSubtype="Call", Status="Completed", ActivityDate="2026-11-23", WhatId=joined.deal_id)  # fmt: skip
    joined.read()
    with joined.database.transaction() as session:
        link = session.get_one(CrmLink, ("salesforce", "Task", stood))
        came = session.get_one(Activity, link.record_id)
        assert came.kind == "call"
        session.delete(came)
        # The same call, brought in from its recorder.
        link.record_id = "call-1"
    card = joined.call_of_deal()
    lost: list[str] = []

    def fault(request: Any) -> Any:
        """Let the first answer to a create be lost."""
        if request.method in ("POST", "PATCH") and "/sobjects/Task" in request.path and "composite" not in request.path and not lost:  # fmt: skip
            lost.append(request.path)
            return "reset after"
        return None

    joined.world.org.fault_for = fault
    joined.submit(card, ["t1"])
    for _ in range(3):
        joined.carry()
    assert lost
    assert [row["Subject"] for row in joined.tasks("Call")] == ["Weekly"]
    (note,) = [row for row in joined.tasks("Task") if row["Subject"].startswith("Note: ")]
    assert note["WhatId"] == joined.deal_id
    assert all(line.text.split(".")[0] in note["Description"] for line in closing_of(card).summary)
    joined.read()
    with joined.database.session() as session:
        assert list(session.scalars(select(Activity.id).where(Activity.kind == "note"))) == []
