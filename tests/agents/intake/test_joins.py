"""Near-duplicates: a person decides, and the decision holds."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.joins import decide, list_offers
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Contact, Deal, Product, WaitingLink
from sales.clock import FixedClock
from tests.agents.intake.conftest import Bring, snapshot

FILES = {
    "accounts.csv": "id,name,industry,city\nA1,Brightwater,,Kiel\nA2,Brightwater Group,Food,\nA3,Globex,,\n",
    "contacts.csv": "id,account,name,email\nC1,A1,Renata Silva,renata@b.example\nC2,A2,R. Silva,renata@b.example\n",
    "products.csv": "id,name,price\nP1,Dockline,10\n",
    "deals.csv": "id,name,account,product,stage\nD1,One,A2,Docklines,Propose\nD2,Two,Globexx,Dockline,Propose\n",
}


def _rows(database: Database, *columns: Any) -> list[tuple[Any, ...]]:
    with database.session() as session:
        return sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)


def test_offers_name_both_and_why(bring: Bring, database: Database) -> None:
    report = bring(FILES)
    offers = {(each.kind, each.left_id, each.right_id): each.reason for each in list_offers(database)}
    assert offers == {
        ("account", "A1", "A2"): "only 'group' added",
        ("account", "A3", "text:Globexx"): "one letter off",
        ("contact", "C1", "C2"): "same mail address",
        ("product", "P1", "text:Docklines"): "one letter off",
    }
    assert len(report.offers) == 4


def test_joining_two_records_makes_them_one_for_good(
    bring: Bring, database: Database, settings: Settings, clock: FixedClock
) -> None:
    bring(FILES)
    done = decide(database, settings, clock, "account", "A1", "A2", join=True, by="admin")
    assert (done.id, done.joined) == ("A1", True)
    assert _rows(database, Account.id, Account.industry, Account.city, Account.aliases) == [
        ("A1", "Food", "Kiel", ["Brightwater Group"]),
        ("A3", None, None, []),
    ]
    assert _rows(database, Deal.id, Deal.account_id)[0] == ("D1", "A1")
    assert {row[1] for row in _rows(database, Contact.id, Contact.account_id)} == {"A1"}
    before = snapshot(database)
    bring(FILES)
    assert snapshot(database) == before
    assert decide(database, settings, clock, "account", "A1", "A2", join=True, by="admin").joined


def test_a_spelling_that_is_joined_links_what_waited(
    bring: Bring, database: Database, settings: Settings, clock: FixedClock
) -> None:
    bring(FILES)
    decide(database, settings, clock, "account", "A3", "text:Globexx", join=True, by="admin")
    decide(database, settings, clock, "product", "P1", "text:Docklines", join=True, by="admin")
    assert _rows(database, Deal.id, Deal.account_id, Deal.product) == [
        ("D1", "A2", "Dockline"),
        ("D2", "A3", "Dockline"),
    ]
    assert _rows(database, WaitingLink.text) == []
    before = snapshot(database)
    bring(FILES)
    assert snapshot(database) == before


def test_a_spelling_that_is_refused_becomes_a_record_of_its_own(
    bring: Bring, database: Database, settings: Settings, clock: FixedClock
) -> None:
    bring(FILES)
    decide(database, settings, clock, "account", "A3", "text:Globexx", join=False, by="admin")
    decide(database, settings, clock, "account", "A1", "A2", join=False, by="admin")
    decide(database, settings, clock, "contact", "C1", "C2", join=False, by="admin")
    decide(database, settings, clock, "product", "P1", "text:Docklines", join=False, by="admin")
    names = {row[0]: row[1] for row in _rows(database, Account.id, Account.name)}
    linked = {row[0]: names[row[1]] for row in _rows(database, Deal.id, Deal.account_id)}
    assert linked == {"D1": "Brightwater Group", "D2": "Globexx"}
    assert [row[0] for row in _rows(database, Product.name)] == ["Dockline", "Docklines"]
    report = bring(FILES)
    assert {(each.left, each.right) for each in report.offers} <= {
        ("Globex", "Globexx"),
        ("Dockline", "Docklines"),
        ("Globexx", "Globex"),
        ("Docklines", "Dockline"),
    }


def test_a_decision_that_was_taken_stands(
    bring: Bring, database: Database, settings: Settings, clock: FixedClock
) -> None:
    bring(FILES)
    decide(database, settings, clock, "contact", "C1", "C2", join=True, by="admin")
    assert _rows(database, Contact.id) == [("C1",)]
    for other in (("contact", "C1", "C2"), ("account", "A1", "A9")):
        with pytest.raises(Fatal):
            decide(database, settings, clock, *other, join=False, by="admin")
