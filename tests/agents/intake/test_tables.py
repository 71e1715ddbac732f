"""CSV files of a team become accounts, people and deals that are there once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Contact,
    CustomField,
    Deal,
    DealChange,
    KeptAside,
    Lead,
    Product,
    Stage,
    Target,
    User,
    WaitingLink,
)
from sales.clock import FixedClock
from tests.agents.intake.conftest import Bring, snapshot

TEAM = """sales_agent,manager,regional_office
Ada Quill,Rita Munoz,West
Ben Osei,Rita Munoz,West
"""
PRODUCTS = """product,series,sales_price
GTX Pro,GTX,4821
MG Special,MG,55
"""
ACCOUNTS = """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Acme Corporation,technolgy,1996,1100.04,2822,United States,
Blue Harbor,retail,2001,718.62,2448,Kenya,Acme Corporation
"""
PIPELINE = """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
1C1I7A6R,Ada Quill,GTXPro,Blue Harbor,Won,2016-10-20,2017-03-01,5100
Z063OYW0,Ben Osei,MG Special,,Prospecting,,,
EC4QE1BX,Ben Osei,GTX Pro,Acme Corporation,Lost,2016-11-05,2017-04-02,0
MV1LWRNH,Nora Unlisted,MG Special,Acme Corporation,Engaging,2016-11-20,,
"""
FILES = {
    "sales_pipeline.csv": PIPELINE,
    "accounts.csv": ACCOUNTS,
    "products.csv": PRODUCTS,
    "sales_teams.csv": TEAM,
}


def _all(database: Database, model: Any, *columns: str) -> list[tuple[Any, ...]]:
    with database.session() as session:
        return sorted(map(tuple, session.execute(select(*(getattr(model, name) for name in columns)))), key=repr)


def test_a_teams_four_files_become_one_linked_whole(bring: Bring, database: Database) -> None:
    report = bring(FILES)
    assert report.kept_aside == []
    assert report.of("deal").added == 4
    with database.session() as session:
        deals = {deal.id: deal for deal in session.scalars(select(Deal))}
        names = {account.id: account.name for account in session.scalars(select(Account))}
        users = {user.id: user for user in session.scalars(select(User))}
    assert set(deals) == {"1C1I7A6R", "Z063OYW0", "EC4QE1BX", "MV1LWRNH"}
    assert {key: deal.status for key, deal in deals.items()} == {
        "1C1I7A6R": "won",
        "Z063OYW0": "open",
        "EC4QE1BX": "lost",
        "MV1LWRNH": "open",
    }
    assert deals["1C1I7A6R"].product == "GTX Pro"
    assert deals["1C1I7A6R"].amount == Decimal(5100)
    assert deals["1C1I7A6R"].closed_at == datetime(2017, 3, 1, tzinfo=UTC)
    assert names[deals["1C1I7A6R"].account_id or ""] == "Blue Harbor"
    assert deals["Z063OYW0"].account_id is None, "a blank account stays blank"
    assert sorted(names.values()) == ["Acme Corporation", "Blue Harbor"]
    roles = {user.name: user.role for user in users.values()}
    assert roles == {"Ada Quill": "rep", "Ben Osei": "rep", "Rita Munoz": "manager", "Nora Unlisted": "rep"}
    managers = {user.name: users[user.manager_id].name for user in users.values() if user.manager_id}
    assert managers == {"Ada Quill": "Rita Munoz", "Ben Osei": "Rita Munoz"}
    assert [(each.written, each.taken_as) for each in report.joined] == [("GTXPro", "GTX Pro")]
    parents = [(row[0], row[1] is not None) for row in _all(database, Account, "name", "parent_id")]
    assert parents == [("Acme Corporation", False), ("Blue Harbor", True)]
    assert [row[0] for row in sorted(_all(database, Stage, "name", "position"), key=lambda row: row[1])] == [
        "Prospecting",
        "Engaging",
        "Won",
        "Lost",
    ]


def test_importing_twice_changes_nothing(bring: Bring, database: Database) -> None:
    bring(FILES)
    before = snapshot(database)
    again = bring(FILES)
    assert snapshot(database) == before
    assert (again.total.added, again.total.changed) == (0, 0)
    assert again.of("deal").unchanged == 4
    # Read anew, rather than known by its content, it is the same.
    reread = bring({name: text + "\n" for name, text in FILES.items()})
    assert snapshot(database) == before
    assert (reread.total.added, reread.total.changed) == (0, 0)


@pytest.mark.parametrize(
    "order",
    [
        ("sales_pipeline.csv", "products.csv", "accounts.csv", "sales_teams.csv"),
        ("accounts.csv", "sales_pipeline.csv", "sales_teams.csv", "products.csv"),
    ],
)
def test_the_order_of_imports_does_not_matter(bring: Bring, database: Database, order: tuple[str, ...]) -> None:
    for name in order:
        bring({name: FILES[name]})
    apart = snapshot(database)
    with database.transaction() as session:
        for model in (DealChange, Deal, Contact, Account, User, Product, Stage):
            session.execute(delete(model))
    bring({name: text + "\n" for name, text in FILES.items()})
    assert snapshot(database) == apart


def test_ids_that_come_later_are_taken_over_with_all_links(bring: Bring, database: Database) -> None:
    bring({"deals.csv": "Deal Name,Account Name,Deal Owner,Amount,Stage\nRollout,Acme Inc,Ada Quill,100,Proposal\n"})
    bring({"accounts.csv": "Account ID,Account Name,Industry\n001A,Acme,Retail\n"})
    bring({"users.csv": "User ID,Name,Email,Role\nU1,Ada Quill,ada@us.example,Rep\n"})
    bring(
        {
            "deals.csv": "Deal ID,Deal Name,Account Name,Deal Owner,Amount,Stage\nD1,Rollout,Acme,Ada Quill,100,Proposal\n"
        }
    )
    assert _all(database, Account, "id", "name", "industry", "owner_id") == [("001A", "Acme", "Retail", None)]
    assert _all(database, User, "id", "email") == [("U1", "ada@us.example")]
    assert _all(database, Deal, "id", "account_id", "owner_id") == [("D1", "001A", "U1")]


def test_a_reference_that_is_an_id_waits_for_its_record(bring: Bring, database: Database) -> None:
    report = bring(
        {
            "opportunities.csv": "Opportunity ID,Opportunity Name,Account ID,Owner ID,Stage,Amount\n"
            "0061000000AbCdE,Rollout,0011000000XyZaB,0051000000UuUuU,Proposal,5\n"
        }
    )
    assert report.waiting == 2
    assert _all(database, Account, "id") == []
    assert _all(database, WaitingLink, "field", "reason") == [("account_id", "missing"), ("owner_id", "missing")]
    bring({"accounts.csv": "Account ID,Account Name\n0011000000XyZaB,Globex\n"})
    report = bring({"users.csv": "User ID,Full Name,Email\n0051000000UuUuU,Ada Quill,ada@us.example\n"})
    assert report.waiting == 0
    assert _all(database, Deal, "account_id", "owner_id") == [("0011000000XyZaB", "0051000000UuUuU")]


HEAD = "Deal ID,Deal Name,Account Name,Deal Owner,Amount,Stage,Close Date,Forecast Category,Next Step\n"


def test_what_changed_between_two_imports_is_kept_as_history(
    bring: Bring, database: Database, clock: FixedClock
) -> None:
    bring({"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,84000,Proposal,2026-11-30,Commit,Call legal\n"})
    later = FixedClock(clock.now() + timedelta(days=7))
    report = bring(
        {"deals.csv": HEAD + "D1,Rollout,Acme,Ben Osei,90500.50,Negotiation,2027-01-15,Best Case,\n"}, clock=later
    )
    assert report.of("deal").changed == 1
    assert _all(database, DealChange, "field", "old", "new", "at") == [
        ("amount", "84000", "90500.5", later.now()),
        ("close_date", "2026-11-30", "2027-01-15", later.now()),
        ("forecast_category", "Commit", "Best Case", later.now()),
        ("owner", "Ada Quill", "Ben Osei", later.now()),
        ("stage", "Proposal", "Negotiation", later.now()),
    ]
    assert _all(database, Deal, "next_step", "stage_entered_at") == [(None, later.now())]


def test_a_change_that_a_history_tells_is_not_counted_twice(
    bring: Bring, database: Database, clock: FixedClock
) -> None:
    bring({"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,1,Proposal,2026-11-30,,\n"})
    later = FixedClock(clock.now() + timedelta(days=7))
    bring({"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,1,Negotiation,2026-12-30,,\n"}, clock=later)
    history = "Deal,Field,Old Value,New Value,Date\nD1,StageName,Proposal,Negotiation,2026-11-25 10:00\nD1,Close Date,11/30/2026,12/30/2026,2026-11-26 10:00\n"
    bring({"history.csv": history}, clock=later)
    assert _all(database, DealChange, "field", "new", "at") == [
        ("close_date", "2026-12-30", datetime(2026, 11, 26, 10, tzinfo=UTC)),
        ("stage", "Negotiation", datetime(2026, 11, 25, 10, tzinfo=UTC)),
    ]
    assert _all(database, Deal, "stage_entered_at") == [(datetime(2026, 11, 25, 10, tzinfo=UTC),)]


def test_history_of_an_unknown_deal_is_kept_aside_until_its_deal_is_there(bring: Bring, database: Database) -> None:
    history = {"history.csv": "Deal,Field,Old Value,New Value,Date\nD1,Stage,Proposal,Negotiation,2026-11-01\n"}
    report = bring(history)
    assert [(kept.file, kept.line) for kept in report.kept_aside] == [("history.csv", 2)]
    assert "D1" in report.kept_aside[0].reason
    bring({"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,1,Negotiation,,,\n"})
    assert bring(history).kept_aside == []
    assert _all(database, KeptAside, "line") == []
    assert len(_all(database, DealChange, "id")) == 1


def test_a_bad_row_is_kept_aside_the_rest_goes_in_and_a_corrected_one_clears_it(
    bring: Bring, database: Database
) -> None:
    lines = [f"D{number},Deal {number},Acme,Ada Quill,{number},Proposal,,," for number in range(40)]
    lines[7] = lines[7].replace(",7,", ",99999999999999999999,")
    lines[9] = lines[9] + ",a,cell,too,many"
    report = bring({"deals.csv": HEAD + "\n".join(lines)})
    assert report.of("deal").added == 38
    assert [kept.line for kept in report.kept_aside] == [11, 9] or [kept.line for kept in report.kept_aside] == [9, 11]
    assert all(kept.reason.endswith((".", "marks.")) for kept in report.kept_aside)
    assert len(_all(database, KeptAside, "id")) == 2
    good = [f"D{number},Deal {number},Acme,Ada Quill,{number},Proposal,,," for number in range(40)]
    report = bring({"deals.csv": HEAD + "\n".join(good)})
    assert (report.of("deal").added, report.kept_aside) == (2, [])
    assert _all(database, KeptAside, "id") == []


def test_deals_that_look_alike_are_all_kept_and_an_exact_repeat_is_one(bring: Bring, database: Database) -> None:
    rows = "Deal Name,Account Name,Amount,Stage,Close Date\nRenewal,Acme,10,Proposal,2025-01-01\nRenewal,Acme,12,Proposal,2026-01-01\nRenewal,Acme,12,Proposal,2026-01-01\n"
    report = bring({"deals.csv": rows})
    assert (report.of("deal").added, report.of("deal").unchanged) == (2, 1)
    report = bring({"deals.csv": rows.replace(",12,", ",13,")})
    assert (report.of("deal").added, report.of("deal").changed) == (0, 1)
    assert [row[0] for row in _all(database, Deal, "amount")] == [Decimal(10), Decimal(13)]


def test_a_cell_that_was_emptied_is_emptied_and_a_column_that_is_not_there_changes_nothing(
    bring: Bring, database: Database
) -> None:
    bring({"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,5,Proposal,2026-12-01,Commit,Call legal\n"})
    bring({"deals.csv": "Deal ID,Deal Name,Stage,Next Step\nD1,Rollout,Proposal,\n"})
    columns = ("amount", "close_date", "forecast_category", "next_step")
    assert _all(database, Deal, *columns) == [(Decimal(5), date(2026, 12, 1), "Commit", None)]


def test_unknown_columns_become_named_fields(bring: Bring, database: Database) -> None:
    head = "Deal ID,Deal Name,Account Name,Stage,Amount,Security Review,Seats Wanted\n"
    bring({"deals.csv": head + "D1,Rollout,Acme,Proposal,5,in progress,250\nD2,Other,Acme,Proposal,6,done,10\n"})
    assert _all(database, CustomField, "kind", "key", "label", "type") == [
        ("deal", "seats_wanted", "Seats Wanted", "number"),
        ("deal", "security_review", "Security Review", "text"),
    ]
    assert [row[0] for row in _all(database, Deal, "custom")] == [
        {"security_review": "done", "seats_wanted": 10},
        {"security_review": "in progress", "seats_wanted": 250},
    ]


def test_a_near_name_is_offered_and_not_linked(bring: Bring, database: Database) -> None:
    report = bring(
        {
            "accounts.csv": "Account ID,Account Name\nA1,Brightwater\nA2,Globex Inc\n",
            "deals.csv": 'Deal ID,Deal Name,Account Name,Stage\nD1,One,Brightwatter,Proposal\nD2,Two,"GLOBEX, Inc.",Proposal\n',
        }
    )
    assert _all(database, Deal, "id", "account_id") == [("D1", None), ("D2", "A2")]
    assert [(offer.left, offer.right, offer.reason) for offer in report.offers] == [
        ("Brightwater", "Brightwatter", "one letter off")
    ]
    assert _all(database, WaitingLink, "text", "reason") == [("Brightwatter", "near")]
    assert [row[0] for row in _all(database, Account, "name")] == ["Brightwater", "Globex Inc"]


def test_contacts_leads_and_targets_find_their_people(bring: Bring, database: Database) -> None:
    bring(
        {
            "users.csv": "name,email,role,team,manager\nIda Berg,ida@us.example,manager,West,\nAda Quill,ada@us.example,rep,West,ida@us.example\n",
            "accounts.csv": "id,name,domain,owner\nA1,Acme,acme.example,ada@us.example\n",
            "contacts.csv": 'id,account,name,email,title,role\nC1,A1,"Silva, Renata",Renata@acme.example,VP,champion\n,Acme,Tom Moss,,CFO,economic buyer\n',
            "leads.csv": "id,name,email,company,source,created,status,owner\nL1,Bo Lind,bo@new.example,Newco,Web,2026-11-01,New,ada@us.example\nL2,Cy Day,cy@acme.example,Acme,Web,2026-11-02,Working,Ada Quill\n",
            "targets.csv": "owner,quarter,amount,currency\nada@us.example,Q4 2026,100000,USD\nWest,2026-Q4,250000,USD\nAda Quill,Quarter of joy,1,USD\n",
        }
    )
    assert _all(database, Contact, "name", "email", "account_id", "role") == [
        ("Renata Silva", "renata@acme.example", "A1", "champion"),
        ("Tom Moss", None, "A1", "economic buyer"),
    ] or _all(database, Contact, "email", "account_id", "role") == [
        ("renata@acme.example", "A1", "champion"),
        (None, "A1", "economic buyer"),
    ]
    assert _all(database, Lead, "id", "account_id", "company") == [("L1", None, "Newco"), ("L2", "A1", "Acme")]
    targets = _all(database, Target, "team", "fiscal_year", "quarter", "amount")
    assert targets == [("West", 2026, 4, Decimal(250000)), (None, 2026, 4, Decimal(100000))]
    assert [row[0] for row in _all(database, KeptAside, "line")] == [4]


def test_amounts_keep_their_currency_and_the_company_s_is_the_default(
    bring: Bring, database: Database, settings: Settings
) -> None:
    euro = settings.model_copy(update={"currency": "CHF"})
    head = "Deal ID,Deal Name,Account Name,Stage,Amount,Currency\n"
    bring({"deals.csv": head + "D1,One,Acme,Proposal,5,EUR\nD2,Two,Acme,Proposal,6,\n"}, settings=euro)
    assert _all(database, Deal, "id", "currency") == [("D1", "EUR"), ("D2", "CHF")]
    bring({"deals2.csv": "Deal ID,Deal Name,Stage,Amount\nD1,One,Proposal,7\n"}, settings=euro)
    assert _all(database, Deal, "id", "currency", "amount")[0] == ("D1", "EUR", Decimal(7))


def test_a_folder_that_is_not_there_is_told(
    bring: Bring, database: Database, settings: Settings, clock: FixedClock
) -> None:
    from agents.intake.run import import_paths

    report = import_paths(database, settings, clock, ["/nowhere/deals.csv"])
    assert [(kept.file, kept.line) for kept in report.kept_aside] == [("deals.csv", 0)]


def test_an_older_content_of_a_file_can_be_brought_back(bring: Bring, database: Database) -> None:
    first = {"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,5,Proposal,,,\n"}
    second = {"deals.csv": HEAD + "D1,Rollout,Acme,Ada Quill,6,Proposal,,,\n"}
    for files, amount in ((first, 5), (second, 6), (first, 5)):
        bring(files)
        assert _all(database, Deal, "amount") == [(Decimal(amount),)]


def test_the_report_shows_the_columns_as_they_were_understood(bring: Bring) -> None:
    report = bring({"sales_pipeline.csv": PIPELINE})
    (seen,) = report.files
    assert seen.kind == "deal"
    assert {column.header: column.field for column in seen.columns}["close_value"] == "amount"
    assert replace(seen, already_in=True).already_in
    shown = report.as_json()
    assert shown["total"]["added"] == report.total.added > 0


def test_counts_of_owners_without_rows(bring: Bring, database: Database) -> None:
    bring({"sales_pipeline.csv": PIPELINE})
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(User).where(User.email.is_(None))) == 3
        assert session.scalar(select(func.count()).select_from(Product)) == 2
