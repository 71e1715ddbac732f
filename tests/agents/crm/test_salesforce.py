"""What Salesforce's people did in it stands in the spine: deals with their history, people with their parts, what happened, merges and conversions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from agents.crm.checking import check, to_create
from agents.crm.own_fields import own_names
from agents.crm.sync import Sync
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, CrmLink, Deal, DealChange, Lead, Participant, User
from integrations.connectors.errors import Busy
from sales.clock import FixedClock
from sales.ownership import usual
from tests.agents.crm.salesforce_world import BulkWorld, SalesforceWorld
from tests.conftest import NOW


@pytest.fixture(params=[SalesforceWorld, BulkWorld])
def world(request: pytest.FixtureRequest) -> Iterator[SalesforceWorld]:
    """An organization, read by queries and by jobs."""
    made: SalesforceWorld = request.param()
    with made.org:
        yield made
        made.close()
    assert made.org.breaches == []


def _filled(world: SalesforceWorld) -> tuple[str, str, str]:
    """Put an account, a person and a deal into an organization; return their ids."""
    store = world.store
    rep = store.put("User", Name="Dana Whitfield", Email="dana@seller.example", IsActive=True, UserType="Standard")
    account = store.put(
        "Account", Name="Acme Freight", Website="https://acme.example", NumberOfEmployees=420, OwnerId=rep
    )
    person = store.put("Contact", FirstName="Ray", LastName="Okonkwo", Email="Ray@acme.example", AccountId=account)
    deal = store.put(
        "Opportunity",
        Name="Acme dock",
        AccountId=account,
        OwnerId=rep,
        Amount=84000.5,
        StageName="Qualification",
        CloseDate="2026-12-15",
    )
    store.put("OpportunityContactRole", OpportunityId=deal, ContactId=person, Role="Economic Buyer", IsPrimary=True)
    return account, person, deal


def test_a_deal_comes_with_its_account_people_owner_and_what_happened(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    account, person, deal = _filled(world)
    store = world.store
    store.put(
        "Task",
        Subject="Pricing call",
        TaskSubtype="Call",
        CallType="Inbound",
        Status="Completed",
        Description='Said "no",\nthen, after a break: yes',
        WhoId=person,
        WhatId=deal,
        AccountId=account,
    )
    store.put("Task", Subject="Send the offer", Status="Not Started", ActivityDate="2026-12-01", WhatId=deal)
    store.put("Task", Subject="Long ago", Status="Completed", WhatId=deal, IsArchived=True)
    store.put(
        "Event",
        Subject="Site visit",
        WhatId=deal,
        StartDateTime=NOW.timestamp() + 86_400,
        EndDateTime=NOW.timestamp() + 90_000,
    )
    store.put("Event", Subject="Site visit", IsChild=True, StartDateTime=NOW.timestamp(), EndDateTime=NOW.timestamp())
    report = sync.run(world.connector())
    assert report.failed == []
    with sqlite_database.session() as session:
        found = session.get_one(Deal, deal)
        assert (found.name, str(found.amount), str(found.close_date)) == ("Acme dock", "84000.5", "2026-12-15")
        assert (found.stage, found.status, found.forecast_category) == ("Qualification", "open", "Pipeline")
        assert (found.account_id, found.contact_id) == (account, person)
        assert session.get_one(User, found.owner_id).name == "Dana Whitfield"
        assert session.get_one(Account, account).employees == 420
        contact = session.get_one(Contact, person)
        assert (contact.email, contact.role, contact.account_id) == ("ray@acme.example", "Economic Buyer", account)
        happened = {one.subject: one for one in session.scalars(select(Activity))}
        assert set(happened) == {"Pricing call", "Send the offer", "Long ago", "Site visit"}
        call = happened["Pricing call"]
        assert (call.kind, call.status, call.direction, call.deal_id) == ("call", "done", "inbound", deal)
        assert call.body == 'Said "no",\nthen, after a break: yes'
        assert session.scalar(select(Participant.contact_id).where(Participant.activity_id == call.id)) == person
        assert (happened["Send the offer"].kind, happened["Send the offer"].status) == ("task", "open")
        assert (happened["Site visit"].kind, happened["Site visit"].status) == ("meeting", "booked")


def test_each_change_of_a_deal_is_kept_once_with_its_time_and_who_made_it(
    world: SalesforceWorld, settings: Settings, sqlite_database: Database
) -> None:
    def read() -> None:
        Sync(sqlite_database, settings, FixedClock(NOW + timedelta(seconds=world.time.passed + 60))).run(
            world.connector()
        )

    _, _, deal = _filled(world)
    world.time.passed += 3_600
    world.store.change("Opportunity", deal, StageName="Proposal/Price Quote")
    read()
    for stage, amount in (("Negotiation/Review", 90_000), ("Closed Won", 90_000)):
        world.time.passed += 3_600
        world.store.change("Opportunity", deal, StageName=stage, Amount=amount)
        read()
    with sqlite_database.session() as session:
        changes = session.scalars(select(DealChange).order_by(DealChange.at)).all()
        stages = [(one.old, one.new, one.by) for one in changes if one.field == "stage"]
        assert stages == [
            ("Qualification", "Proposal/Price Quote", "Integration User"),
            ("Proposal/Price Quote", "Negotiation/Review", "Integration User"),
            ("Negotiation/Review", "Closed Won", "Integration User"),
        ]
        assert [(one.old, one.new) for one in changes if one.field == "amount"] == [("84000.5", "90000")]
        assert changes[0].at == NOW + timedelta(hours=1)
        assert session.get_one(Deal, deal).status == "won"


def test_a_new_part_in_a_deal_is_read_although_the_deal_did_not_change(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    account, person, deal = _filled(world)
    other = world.store.put("Contact", FirstName="Lena", LastName="Fox", AccountId=account)
    sync.run(world.connector())
    world.time.passed += 7_200
    role = next(iter(world.store.rows["OpportunityContactRole"]))
    world.store.change("OpportunityContactRole", role, IsPrimary=False)
    world.store.put("OpportunityContactRole", OpportunityId=deal, ContactId=other, Role="Champion", IsPrimary=True)
    sync.run(world.connector())
    with sqlite_database.session() as session:
        assert session.get_one(Deal, deal).contact_id == other
        assert session.get_one(Contact, other).role == "Champion"
        assert session.get_one(Contact, person).role == "Economic Buyer"


def test_merged_accounts_are_one_with_all_that_hung_on_them(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    account, person, deal = _filled(world)
    winner = world.store.put("Account", Name="Northwind Logistics")
    last = world.store.put("Account", Name="Contoso Shipping")
    sync.run(world.connector())
    world.time.passed += 60
    world.store.merge("Account", winner, account)
    world.store.merge("Account", last, winner)
    assert sync.run(world.connector()).failed == []
    with sqlite_database.session() as session:
        assert list(session.scalars(select(Account.id))) == [last]
        assert session.get_one(Deal, deal).account_id == last
        assert session.get_one(Contact, person).account_id == last
        merged = session.get_one(CrmLink, ("salesforce", "Account", account))
        assert (merged.deleted, merged.merged_into) == (True, last)


def test_a_converted_lead_says_so(world: SalesforceWorld, sync: Sync, sqlite_database: Database) -> None:
    lead = world.store.put("Lead", FirstName="Sam", LastName="Reed", Company="Globex", Status="Open - Not Contacted")
    sync.run(world.connector())
    world.time.passed += 60
    world.store.change("Lead", lead, IsConverted=True, Status="Closed - Converted")
    sync.run(world.connector())
    with sqlite_database.session() as session:
        assert session.get_one(Lead, lead).status == "Converted"


def test_a_cursor_that_died_begins_anew_after_the_last_row(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    world.add(350)
    world.org.cursor_lasts_s = -1
    assert sync.run(world.connector()).failed == []
    with sqlite_database.session() as session:
        assert len(session.scalars(select(Contact.id)).all()) == 350


@pytest.mark.parametrize("trouble", ["failed", "not allowed"])
def test_where_jobs_cannot_be_had_all_is_read_by_queries(sync: Sync, sqlite_database: Database, trouble: str) -> None:
    world = BulkWorld()
    with world.org:
        world.add(250)
        if trouble == "failed":
            world.org.fail_jobs()
        else:
            world.org.bulk = False
        assert sync.run(world.connector()).failed == []
        world.close()
    with sqlite_database.session() as session:
        assert len(session.scalars(select(Contact.id)).all()) == 250


def test_an_organization_that_hides_fields_and_objects_is_read_without_them(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    _, _, deal = _filled(world)
    world.org.hidden |= {("Opportunity", "NextStep"), ("Contact", "MobilePhone")}
    del world.store.rows["OpportunityContactRole"]
    report = sync.run(world.connector())
    assert report.failed == []
    with sqlite_database.session() as session:
        assert session.get_one(Deal, deal).contact_id is None


def test_amounts_of_an_organization_with_several_currencies_bear_theirs(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    world.store.add_field("Opportunity", "CurrencyIsoCode", "picklist", "Currency")
    _, _, deal = _filled(world)
    world.store.change("Opportunity", deal, CurrencyIsoCode="EUR")
    sync.run(world.connector())
    with sqlite_database.session() as session:
        assert session.get_one(Deal, deal).currency == "EUR"


def test_more_custom_fields_than_an_address_holds_are_all_read(
    world: SalesforceWorld, sync: Sync, sqlite_database: Database
) -> None:
    names = [f"A_rather_long_name_for_a_custom_field_{number:03}__c" for number in range(300)]
    for number, name in enumerate(names):
        world.store.add_field("Account", name, "string", f"Custom {number}")
    account = world.store.put("Account", Name="Acme Freight", **{names[-1]: "the last", names[0]: "the first"})
    assert sync.run(world.connector()).failed == []
    with sqlite_database.session() as session:
        custom = session.get_one(Account, account).custom
        assert (custom["custom_0"], custom["custom_299"]) == ("the first", "the last")


def test_the_last_of_the_days_requests_are_left_to_others(world: SalesforceWorld, sync: Sync) -> None:
    world.add(10)
    world.org.allowed = 1_000
    world.org.used = 960
    try:
        errors = list(sync.run(world.connector()).errors)
    except Busy as error:
        errors = [error]
    assert errors
    assert {type(one) for one in errors} == {Busy}
    assert world.org.used < 1_000


def test_the_usual_rules_fit_the_organization_and_what_differs_is_named(
    world: SalesforceWorld, sqlite_database: Database
) -> None:
    connector = world.connector()
    with sqlite_database.session() as session:
        found = {(one.kind, one.what, one.name) for one in check(session, usual(), connector)}
    markers = {(kind, "marker", "Dealwright_Key__c") for kind in ("deal", "contact", "account")}
    assert found == markers | {("deal", "missing", name) for name in own_names(usual(), "salesforce").values()}
    del world.store.schema["Opportunity"]["NextStep"]
    for kind, wanted in to_create(usual(), connector):
        connector.create_property(kind, wanted)
    with sqlite_database.session() as session:
        found = {(one.kind, one.what, one.name) for one in check(session, usual(), world.connector())}
    assert found == {("deal", "missing", "NextStep")}
    assert world.store.schema["Event"]["Dealwright_Key__c"]["externalId"]
