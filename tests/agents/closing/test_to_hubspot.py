"""From a call to HubSpot over HTTP: one submit, and its record is complete; what somebody changed there meanwhile stays theirs and is asked again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from agents.closing.changes import elements_of
from agents.closing.facts import facts_of
from agents.crm.checking import to_create
from agents.crm.executing import Executing
from agents.crm.forgetting import forget_in_systems
from agents.crm.qualified import qualified
from agents.crm.rules import ownership_in_force
from agents.crm.sync import Sync
from agents.notes.record import CallNotes
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, CallNote, Connection, CrmLink, CrmWrite, Deal, RuleFile, Turn
from sales.ownership import EXAMPLE, FILE
from tests.agents.closing.desk import SAID, Desk, closing_of
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW


class Joined(Desk):
    """A desk whose deal stands in a portal."""

    world: HubSpotWorld
    deal_id: str

    def join(self, world: HubSpotWorld) -> None:
        """Put a company and a deal into the portal, connect it, and read them."""
        self.world, portal = world, world.portal
        company = portal.put("companies", name="Borealis", domain="borealis.example")
        self.deal_id = str(
            portal.put(
                "deals",
                None,
                {"companies": [company]},
                dealname="Borealis dock",
                amount="84000",
                dealstage="qualifiedtobuy",
                pipeline="default",
                closedate="2026-11-30T00:00:00Z",
                hs_next_step="Chase legal",
            )
        )
        self.connector = world.connector()
        with self.database.transaction() as session:
            session.add(Connection(system="hubspot", connected_at=NOW))
        Sync(self.database, self.settings, self.clock).run(self.connector)

    def carry(self) -> None:
        """Let what is due reach the portal, and the cards follow."""
        Executing(self.database, self.settings, self.clock, self.connector).run()
        self.closings.follow()

    def there(self) -> dict[str, str]:
        """Return what the portal has of the deal."""
        return self.world.portal.values("deals", int(self.deal_id))

    def notes_of(self, call: str) -> CallNotes:
        """Return the notes of a call."""
        with self.database.session() as session:
            return CallNotes.model_validate(session.get_one(CallNote, call).record)

    def call_of_deal(self) -> Any:
        """Bring in a call about that deal and return its card."""
        with self.database.session() as session:
            account = session.scalars(select(Account.id).where(Account.name == "Borealis")).one()
            assert session.get(Deal, self.deal_id) is not None
        return self.card(account_id=account, deal_id=self.deal_id)


@pytest.fixture
def joined(sqlite_database: Database, settings: Settings, tmp_path: Path) -> Iterator[Joined]:
    """A desk joined to a portal; at the end no request of ours may have broken HubSpot's documentation."""
    world = HubSpotWorld()
    with world.portal:
        made = Joined(sqlite_database, settings, tmp_path / "outbox")
        made.fill()
        made.join(world)
        yield made
        world.close()
    assert world.portal.breaches == []


def test_one_submit_completes_the_record_and_the_card_says_when(joined: Joined) -> None:
    card = joined.call_of_deal()
    rows = {one.field: one.id for one in closing_of(card).changes}
    joined.decide(card.id, "approve", edit={"ticked": ["t1", rows["next_step"], rows["close_date"]]})
    joined.work()
    assert joined.there()["hs_next_step"] == "Chase legal"
    joined.carry()
    there = joined.there()
    assert there["hs_next_step"] == "Send Borealis the SOC 2 report by Wednesday 25 November"
    assert there["closedate"].startswith("2026-12-15")
    assert there["dealstage"] == "qualifiedtobuy"
    lines = joined.out(card.id).outcome["lines"]
    assert {name: (line["state"], line["system"]) for name, line in lines.items() if name != "t1"} == {
        rows["next_step"]: ("written", "hubspot"),
        rows["close_date"]: ("written", "hubspot"),
    }
    assert lines["t1"]["crm"] == "written"
    with joined.database.session() as session:
        assert session.get_one(Deal, joined.deal_id).next_step == there["hs_next_step"]


def test_what_changed_in_the_portal_meanwhile_stays_and_is_asked_again(joined: Joined) -> None:
    card = joined.call_of_deal()
    rows = {one.field: one.id for one in closing_of(card).changes}
    joined.world.portal.change("deals", int(joined.deal_id), hs_next_step="Wait for their lawyer")
    joined.decide(card.id, "approve", edit={"ticked": [rows["next_step"]]})
    joined.work()
    joined.carry()
    assert joined.there()["hs_next_step"] == "Wait for their lawyer"
    line = joined.out(card.id).outcome["lines"][rows["next_step"]]
    assert line["state"] == "conflict"
    again = joined.out(line["again"])
    assert [(one.old, one.new) for one in closing_of(again).changes] == [
        ("Wait for their lawyer", "Send Borealis the SOC 2 report by Wednesday 25 November")
    ]
    joined.decide(again.id, "approve")
    joined.work()
    joined.carry()
    assert joined.there()["hs_next_step"] == "Send Borealis the SOC 2 report by Wednesday 25 November"
    assert joined.out(again.id).outcome["lines"]["r1"]["state"] == "written"


def test_the_call_is_logged_with_its_summary_and_the_copy_never_replaces_the_call(joined: Joined) -> None:
    card = joined.call_of_deal()
    joined.decide(card.id, "approve", edit={"ticked": ["t1"]})
    joined.work()
    joined.carry()
    logged = list(joined.world.portal.things["calls"].values())
    assert len(logged) == 1
    assert [int(joined.deal_id)] == logged[0].bound["deals"]
    body = logged[0].properties["hs_call_body"]
    assert all(line.text.split(".")[0] in body for line in closing_of(card).summary)
    joined.world.portal.change("calls", logged[0].id, hs_call_body="changed by hand")
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    with joined.database.session() as session:
        call = session.get_one(Activity, closing_of(card).call)
        turns = session.scalar(select(func.count()).where(Turn.activity_id == call.id))
        assert (call.body, call.kind, turns) == (None, "call", len(SAID))
        assert session.scalar(select(func.count()).where(Activity.kind == "call")) == 1


def test_the_qualification_stands_in_fields_of_its_own_and_what_they_hold_already_is_no_row(joined: Joined) -> None:
    with joined.database.session() as session:
        rules = ownership_in_force(session)
    for kind, wanted in to_create(rules, joined.connector):
        joined.connector.create_property(kind, wanted)
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    card = joined.call_of_deal()
    rows = {one.field: one for one in closing_of(card).changes if one.field.startswith("qualification_")}
    filled = {one.label: one for one in closing_of(card).qualification if one.state != "open"}
    assert rows
    assert {one.label.partition(" · ")[2] for one in rows.values()} == set(filled)
    for one in rows.values():
        (number,) = one.evidence
        assert one.new.startswith(f"“{card.evidence[number - 1].quote}” (")
        assert (one.old, one.id in closing_of(card).ticked()) == (None, True)
    joined.decide(card.id, "approve", edit={"ticked": [one.id for one in rows.values()]})
    joined.work()
    joined.carry()
    for field, one in rows.items():
        assert joined.there()[rules.rule("deal", field).names["hubspot"]] == one.new
        assert joined.out(card.id).outcome["lines"][one.id]["state"] == "written"
    with joined.database.session() as session:
        facts = facts_of(session, joined.notes_of(closing_of(card).call), joined.settings, NOW.date())
        assert facts is not None
        assert list(elements_of(facts, qualified(session, rules, joined.deal_id))) == []


@pytest.mark.parametrize("theirs", ["the same", "another"])
def test_a_call_that_stands_in_the_portal_gets_a_note_once_and_is_not_doubled(joined: Joined, theirs: str) -> None:
    portal = joined.world.portal
    stood = portal.put("calls", None, {"deals": [int(joined.deal_id)]}, hs_call_title="Weekly", hs_timestamp="2026-11-23T13:05:00Z")  # fmt: skip
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    with joined.database.transaction() as session:
        link = session.get_one(CrmLink, ("hubspot", "calls", str(stood)))
        account = session.get_one(Deal, joined.deal_id).account_id
        came = session.get_one(Activity, link.record_id)
        came.account_id = account
        if theirs == "the same":
            session.delete(came)
            link.record_id = "call-1"
    card = joined.card(account_id=account, deal_id=joined.deal_id)
    joined.decide(card.id, "approve", edit={"ticked": ["t1"]})
    joined.work()
    # It is made there, and the answer is lost: looked for, not made again.
    portal.fault_for = lambda request: "reset after" if (request.method, request.path) == ("POST", "/crm/v3/objects/notes") and not portal.things["notes"] else None  # fmt: skip
    joined.carry()
    with joined.database.transaction() as session:
        session.execute(update(CrmWrite).values(due_at=NOW))
    joined.carry()
    (note,) = portal.things["notes"].values()
    assert list(portal.things["calls"]) == [stood]
    assert note.bound["deals"] == [int(joined.deal_id)]
    told = note.properties["hs_note_body"]
    assert all(line.text.split(".")[0] in told for line in closing_of(card).summary)
    portal.change("notes", note.id, hs_note_body="by hand")
    portal.change("calls", stood, hs_call_title="Their title")
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    portal.archive("notes", note.id)
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    with joined.database.session() as session:
        assert session.scalar(select(func.count()).where(Activity.kind == "note")) == 0
        call = session.get_one(Activity, "call-1")
        assert session.scalar(select(func.count()).where(Turn.activity_id == call.id)) == len(SAID)
        assert session.get_one(Activity, link.record_id).subject == "Their title"


def test_what_may_be_written_without_asking_is_no_row_and_stands_there_once(joined: Joined) -> None:
    text = EXAMPLE.replace('qualification = { writes = "approve"', 'qualification = { writes = "auto"')
    with joined.database.transaction() as session:
        session.add(RuleFile(name=FILE, version=1, text=text, at=NOW))
        session.flush()
        rules = ownership_in_force(session)
    for kind, wanted in to_create(rules, joined.connector):
        joined.connector.create_property(kind, wanted)
    Sync(joined.database, joined.settings, joined.clock).run(joined.world.connector())
    card = joined.call_of_deal()
    assert not [one for one in closing_of(card).changes if one.field.startswith("qualification_")]
    assert joined.closings.make(closing_of(card).call) == card.id
    joined.carry()
    there = {name: value for name, value in joined.there().items() if name.startswith("dealwright_q_") and value}
    assert len(there) == len([one for one in closing_of(card).qualification if one.state != "open"])
    assert joined.world.portal.things["deals"][int(joined.deal_id)].writes == len(there)
    # Who said it is forgotten: their words leave what is kept of the deal, too.
    with joined.database.transaction() as session:
        forget_in_systems(session, [], ["Ray Okonkwo", "Ada Lind"])
        left = session.scalars(select(CrmWrite).where(CrmWrite.key.startswith("qualified:"))).all()
        assert left == []
