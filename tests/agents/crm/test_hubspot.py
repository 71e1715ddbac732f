"""What is HubSpot's own: its objects in the spine, more changes than a search gives, merged records, webhooks, fields, consent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from agents.crm.changes import settle_changes, store
from agents.crm.checking import check, to_create
from agents.crm.own_fields import own_names
from agents.crm.sync import Sync
from agents.intake.forget import forget_contact
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, CrmLink, Deal, Participant, RemoteChange, User
from integrations.hubspot.webhooks import changes, is_signed
from sales.clock import FixedClock
from sales.ownership import parse_ownership, usual
from tests.agents.crm.worlds import HubSpotWorld
from tests.conftest import NOW


def test_every_object_stands_in_the_spine_with_what_it_is_bound_to(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database
) -> None:
    portal = hubspot.portal
    acme = portal.put(
        "companies", name="Acme Freight", domain="acme.example", industry="RETAIL", hubspot_owner_id="71001"
    )
    lena = portal.put(
        "contacts",
        None,
        {"companies": [acme]},
        firstname="Lena",
        lastname="Fox",
        email="Lena@acme.example",
        hs_buying_role="DECISION_MAKER",
    )
    portal.add_property("deals", "rival", "string", "Main competitor")
    deal = portal.put(
        "deals",
        None,
        {"companies": [acme], "contacts": [lena]},
        dealname="Acme dock",
        amount="84000.50",
        dealstage="closedwon",
        pipeline="default",
        closedate="2026-11-02T00:00:00Z",
        hs_deal_stage_probability="1.0",
        rival="Contoso",
        hubspot_owner_id="71002",
    )
    bound = {"deals": [deal], "contacts": [lena], "companies": [acme]}
    portal.put(
        "calls",
        None,
        bound,
        hs_timestamp="2026-11-01T10:00:00Z",
        hs_call_title="Intro",
        hs_call_duration="1800000",
        hs_call_direction="OUTBOUND",
    )
    portal.put("notes", None, bound, hs_timestamp="1793527200000", hs_note_body="<p>They <b>like</b> it &amp; ask</p>")
    portal.put(
        "tasks",
        None,
        bound,
        hs_timestamp="2026-12-01T10:00:00Z",
        hs_task_subject="Send the order form",
        hs_task_status="NOT_STARTED",
    )
    portal.put(
        "meetings",
        None,
        bound,
        hs_meeting_start_time="2026-12-02T10:00:00Z",
        hs_timestamp="2026-12-02T10:00:00Z",
        hs_meeting_title="Kick-off",
        hs_meeting_outcome="SCHEDULED",
    )
    headers = json.dumps({"from": {"email": "lena@acme.example"}, "to": [{"email": "dana@northern.example"}]})
    portal.put(
        "emails",
        None,
        bound,
        hs_timestamp="2026-11-03T10:00:00Z",
        hs_email_subject="Re: dock",
        hs_email_text="Looks good.",
        hs_email_headers=headers,
        hs_email_message_id="<m1@acme.example>",
    )
    assert sync.run(hubspot.connector()).failed == []
    with sqlite_database.session() as session:
        account = session.scalars(select(Account)).one()
        assert (account.name, account.industry, account.owner_id) == ("Acme Freight", "Retail", "71001")
        contact = session.scalars(select(Contact)).one()
        assert (contact.name, contact.email, contact.role, contact.account_id) == (
            "Lena Fox",
            "lena@acme.example",
            "Decision Maker",
            account.id,
        )
        won = session.scalars(select(Deal)).one()
        assert (won.stage, won.status, str(won.amount), str(won.probability)) == ("Closed Won", "won", "84000.5", "100")
        assert (str(won.close_date), won.competitor, won.owner_id, won.contact_id) == (
            "2026-11-02",
            "Contoso",
            "71002",
            contact.id,
        )
        found = {one.kind: one for one in session.scalars(select(Activity))}
        assert {one.deal_id for one in found.values()} == {won.id}
        assert found["call"].ended_at == datetime(2026, 11, 1, 10, 30, tzinfo=UTC)
        assert found["note"].body == "They like it & ask"
        assert (found["task"].status, found["meeting"].status) == ("open", "booked")
        assert (found["mail"].id, found["mail"].direction) == ("m1@acme.example", "inbound")
        at_call = session.scalars(
            select(Participant.contact_id).where(Participant.activity_id == found["call"].id)
        ).all()
        assert contact.id in at_call
        assert {one.team for one in session.scalars(select(User))} == {"West"}


def test_more_changes_than_a_search_gives_are_all_read(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.hubspot.CEILING", 400)
    monkeypatch.setattr("integrations.hubspot.reading.SEARCH_LIMIT", 50)
    sync.run(hubspot.connector())
    hubspot.time.passed += 3_600
    hubspot.add(1_030)
    report = sync.run(hubspot.connector())
    assert next(one for one in report.streams if one.name == "contacts").applied == 1_030
    with sqlite_database.session() as session:
        assert session.scalar(select(func.count()).select_from(Contact)) == 1_030


def test_merged_companies_become_one_with_all_that_hung_on_both(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database
) -> None:
    portal = hubspot.portal
    one, two = portal.put("companies", name="Acme Freight"), portal.put("companies", name="Acme Freight Inc.")
    deal = portal.put(
        "deals", None, {"companies": [two]}, dealname="Dock", dealstage="qualifiedtobuy", pipeline="default"
    )
    sync.run(hubspot.connector())
    hubspot.time.passed += 60
    portal.merge("companies", one, two)
    assert sync.run(hubspot.connector()).failed == []
    with sqlite_database.session() as session:
        (account,) = session.scalars(select(Account))
        assert account.id == str(one)
        assert session.get_one(Deal, str(deal)).account_id == str(one)
        assert session.get_one(CrmLink, ("hubspot", "companies", str(two))).merged_into == str(one)


def test_people_and_companies_that_a_file_brought_are_the_same_ones(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database
) -> None:
    with sqlite_database.transaction() as session:
        session.add(
            User(
                id="u-1",
                email="dana@northern.example",
                name="Dana Reyes",
                name_key="dana reyes",
                source="import",
                source_at=NOW,
            )
        )
        session.add(
            Account(
                id="acc-1",
                name="Acme Freight",
                name_key="acmefreight",
                domain="acme.example",
                source="import",
                source_at=NOW,
            )
        )
        session.flush()
        session.add(
            Contact(
                id="con-1",
                account_id="acc-1",
                name="Lena Fox",
                name_key="lena fox",
                email="lena@acme.example",
                source="import",
                source_at=NOW,
            )
        )
    acme = hubspot.portal.put(
        "companies", name="Acme Freight", domain="acme.example", city="Oakland", hubspot_owner_id="71001"
    )
    hubspot.portal.put(
        "contacts",
        None,
        {"companies": [acme]},
        firstname="Lena",
        lastname="Fox",
        email="lena@acme.example",
        jobtitle="COO",
    )
    sync.run(hubspot.connector())
    with sqlite_database.session() as session:
        (account,) = session.scalars(select(Account))
        assert (account.id, account.city, account.owner_id) == ("acc-1", "Oakland", "u-1")
        (contact,) = session.scalars(select(Contact))
        assert (contact.id, contact.title, contact.account_id) == ("con-1", "COO", "acc-1")


def test_a_webhook_is_believed_only_when_it_is_signed_and_fresh() -> None:
    body, uri, secret = b'[{"objectId":1}]', "https://deals.example/webhooks/hubspot", "s3cret"
    stamp = str(int(NOW.timestamp() * 1000))
    told = f"POST{uri}".encode() + body + stamp.encode()
    good = base64.b64encode(hmac.new(secret.encode(), told, hashlib.sha256).digest()).decode()
    assert is_signed(secret, "POST", [uri], body, stamp, good, NOW)
    assert not is_signed(secret, "POST", [uri], body + b" ", stamp, good, NOW)
    assert not is_signed("other", "POST", [uri], body, stamp, good, NOW)
    assert not is_signed(secret, "POST", ["https://other.example/webhooks/hubspot"], body, stamp, good, NOW)
    assert not is_signed(secret, "POST", [uri], body, stamp, good, NOW + timedelta(minutes=6))
    assert not is_signed(secret, "POST", [uri], body, "yesterday", good, NOW)


def test_what_a_webhook_names_is_read_at_once_and_a_repeated_event_is_one(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database, clock: FixedClock
) -> None:
    (gone, changed) = hubspot.add(2)
    sync.run(hubspot.connector())
    hubspot.rename(changed, "Told Quickly")
    hubspot.remove(gone)
    events = [
        {"eventId": 1, "subscriptionId": 7, "portalId": 3, "occurredAt": 1_790_000_000_000, "subscriptionType": "contact.propertyChange", "objectId": int(changed)},
        {"eventId": 2, "subscriptionId": 8, "portalId": 3, "occurredAt": 1_790_000_000_000, "subscriptionType": "contact.deletion", "objectId": int(gone)},
        {"eventId": 3, "subscriptionId": 9, "portalId": 3, "occurredAt": 1_790_000_000_000, "subscriptionType": "ticket.creation", "objectId": 5},
    ]  # fmt: skip
    told = changes(json.dumps(events).encode())
    with sqlite_database.transaction() as session:
        assert store(session, "hubspot", told, NOW) == 2
        assert store(session, "hubspot", told, NOW) == 0
    assert settle_changes(sqlite_database, clock, sync, hubspot.connector()) == 2
    with sqlite_database.session() as session:
        assert session.scalars(select(Contact.name)).all() == ["Told Quickly"]
        assert set(session.scalars(select(RemoteChange.state))) == {"done"}


def test_the_field_check_names_what_the_portal_does_not_bear_out(
    hubspot: HubSpotWorld, sqlite_database: Database
) -> None:
    rules = parse_ownership(
        """
[deal]
competitor = { writes = "approve", hubspot = "rival" }
next_step_date = { writes = "approve", hubspot = "hs_next_step" }
stage_entered_at = { writes = "approve", hubspot = "hs_v2_date_entered_current_stage" }
forecast_category = { writes = "approve", hubspot = "hs_manual_forecast_category" }
amount = { writes = "approve", hubspot = "amount" }
"""
    )
    with sqlite_database.transaction() as session:
        session.add(
            Deal(id="d", name="d", currency="USD", status="open", forecast_category="Upside", source="t", source_at=NOW)
        )
    writer = hubspot.connector()
    with sqlite_database.session() as session:
        found = {(one.field, one.what) for one in check(session, rules, writer) if one.field}
    assert found == {
        ("competitor", "missing"),
        ("next_step_date", "type"),
        ("stage_entered_at", "read_only"),
        ("forecast_category", "option"),
    }
    for kind, wanted in to_create(rules, writer):
        writer.create_property(kind, wanted)
    assert "rival" in hubspot.portal.schema["deals"]
    assert hubspot.portal.schema["notes"]["dealwright_key"]["hasUniqueValue"] is True
    with sqlite_database.session() as session:
        wrong = [one for one in check(session, usual(), writer) if one.what in ("missing", "marker", "type")]
    assert [one.name for one in wrong] == list(own_names(usual(), "hubspot").values())


def test_a_change_in_the_portal_does_not_undo_what_only_we_know(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database, settings: Settings
) -> None:
    from agents.crm.rules import field_rules

    ours = '[deal]\nnext_step = { writes = "auto", owner = "dealwright", hubspot = "hs_next_step" }\n'
    field_rules(sqlite_database, settings.home).save(ours, "Dana", None, NOW)
    deal = hubspot.portal.put(
        "deals", dealname="Dock", dealstage="qualifiedtobuy", pipeline="default", hs_next_step="Theirs"
    )
    sync.run(hubspot.connector())
    with sqlite_database.transaction() as session:
        session.get_one(Deal, str(deal)).next_step = "Ours"
    hubspot.time.passed += 60
    hubspot.portal.change("deals", deal, hs_next_step="Theirs again", amount="5")
    sync.run(hubspot.connector())
    with sqlite_database.session() as session:
        row = session.get_one(Deal, str(deal))
        assert (row.next_step, str(row.amount)) == ("Ours", "5")


def test_a_person_who_was_forgotten_does_not_come_back_with_the_next_reading(
    hubspot: HubSpotWorld, sync: Sync, sqlite_database: Database
) -> None:
    (person,) = hubspot.add(1)
    sync.run(hubspot.connector())
    with sqlite_database.session() as session:
        contact = session.scalars(select(Contact.id)).one()
    forget_contact(sqlite_database, contact)
    hubspot.time.passed += 60
    hubspot.rename(person, "Back Again")
    assert sync.run(hubspot.connector()).failed == []
    with sqlite_database.session() as session:
        assert session.scalars(select(Contact)).all() == []
        assert session.get_one(CrmLink, ("hubspot", "contacts", person)).seen == {}
