"""A table is recognised by its headers, whatever tool wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.columns import boolean, header_currency, header_zone, normal, recognise
from sales.records import RecordKind

HEADERS = [
    ("x.csv", "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value", "deal", "external_id owner product account stage created_at close_date amount"),
    ("x.csv", "account,sector,year_established,revenue,employees,office_location,subsidiary_of", "account", "name industry founded annual_revenue employees country parent"),
    ("x.csv", "product,series,sales_price", "product", "name family price"),
    ("x.csv", "sales_agent,manager,regional_office", "user", "name manager region"),
    ("export.csv", "Record ID,Deal Name,Deal Stage,Close Date,Amount,Deal owner,Associated Company,Pipeline,Create Date,Is Closed Won", "deal", "external_id name stage close_date amount owner account pipeline created_at is_won"),
    ("export.csv", "Id,AccountId,Account.Name,Name,StageName,Amount,Probability,CloseDate,Type,NextStep,LeadSource,IsClosed,IsWon,ForecastCategory,OwnerId,Owner.Name,CreatedDate", "deal", "external_id account account name stage amount probability close_date type next_step lead_source is_closed is_won forecast_category owner owner created_at"),
    ("report.csv", "Opportunity Owner,Account Name,Opportunity Name,Stage,Fiscal Period,Amount,Probability (%),Age,Close Date,Next Step", "deal", "owner account name stage - amount probability - close_date next_step"),
    ("d.csv", "Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Owner,Deal - Organization,Deal - Stage,Deal - Expected close date,Deal - Deal created,Deal - Status", "deal", "name amount currency owner account stage close_date created_at status"),
    ("v.csv", "Verkaufschance,Kunde,Betrag (EUR),Phase,Abschlussdatum,Besitzer", "deal", "name account amount stage close_date owner"),
    ("o.csv", "Nom de l'opportunité,Compte,Montant,Étape,Date de clôture,Propriétaire", "deal", "name account amount stage close_date owner"),
    ("o.csv", "Oportunidad,Cuenta,Importe,Etapa,Fecha de cierre,Propietario", "deal", "name account amount stage close_date owner"),
    ("x.csv", "First Name,Last Name,Email,Phone Number,Contact owner,Primary Associated Company,Job Title", "contact", "first_name last_name email phone owner account title"),
    ("x.csv", "Lead ID,Name,Company,Email,Source,Created,First touch,Status,Owner", "lead", "external_id name company email source created_at first_touch_at status owner"),
    ("x.csv", "Name,Email,Role,Team,Manager", "user", "name email role team manager"),
    ("territories.csv", "Name,Team,Owner", "territory", "name team owner"),
    ("x.csv", "Territory ID,Territory Name,Sales Team,Territory Owner", "territory", "external_id name team owner"),
    ("x.csv", "Territory,Quarter,Quota", "target", "owner quarter amount"),
    ("x.csv", "Rep,Quarter,Quota", "target", "owner quarter amount"),
    ("x.csv", "activity_id,type,date,deal,account,owner,subject,notes", "activity", "external_id type at deal account owner subject body"),
    ("x.csv", "Subject,ActivityDate,Status,WhoId,WhatId,OwnerId,Description,Type", "activity", "subject at status contact deal owner body type"),
    ("x.csv", "OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById", "change", "deal field old new at by"),
    ("x.csv", "deal_id,from_stage,to_stage,changed_at", "change", "deal old new at"),
    ("stage_history.csv", "deal_id,stage,entered_at", "change", "deal new at"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "headers", "kind", "fields"), HEADERS)
def test_an_export_is_recognised(name: str, headers: str, kind: str, fields: str) -> None:
    found = recognise(headers.split(","), (), name)
    assert found.kind == RecordKind(kind)
    assert " ".join(column.field or "-" for column in found.columns) == fields


@pytest.mark.parametrize(
    "headers",
    ["Table,Field,Description", "id,name,value", "age,job,marital,education,balance", "a,b,c", "date,temperature", ""],
)
def test_a_table_of_something_else_has_no_kind(headers: str) -> None:
    found = recognise(headers.split(","), (), "x.csv")
    assert found.kind is None
    assert all(column.field is None for column in found.columns)


def test_values_can_veto_what_a_header_promises() -> None:
    found = recognise(["Account", "Industry", "Size"], [["Acme", "IT", "Large"], ["Beta", "IT", "Small"]])
    assert [column.field for column in found.columns] == ["name", "industry", None]


def test_a_second_column_for_one_reference_is_a_spare() -> None:
    found = recognise(["Deal Name", "Stage", "Amount", "Account ID", "Account Name"])
    assert [(c.field, c.spare) for c in found.columns if c.field == "account"] == [
        ("account", True),
        ("account", False),
    ]


def test_repeated_ids_tell_a_history_from_a_table_of_deals() -> None:
    rows = [
        ["1", "A", "2025-01-01"],
        ["1", "B", "2025-01-02"],
        ["2", "A", "2025-01-01"],
        ["2", "B", "2025-01-03"],
        ["2", "C", "2025-01-04"],
    ]
    assert recognise(["deal_id", "stage", "entered_at"], rows).kind is RecordKind.CHANGE


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("StageName", "stage name"),
        ("deal_stage", "deal stage"),
        (" Close Date ", "close date"),
        ("Amount (USD)", "amount"),
        ("ACV__c", "acv"),
        ("Owner.Name", "owner name"),
        ("HTMLBody", "html body"),
        ("Straße", "strasse"),
    ],
)
def test_headers_meet_in_one_form(header: str, words: str) -> None:
    assert normal(header) == words


def test_headers_tell_currency_and_zone() -> None:
    assert (
        header_currency("Amount (EUR)"),
        header_currency("amount_usd"),
        header_currency("Betrag in €"),
        header_currency("Amount"),
    ) == ("EUR", "USD", "EUR", None)
    assert (header_zone("Create Date (EST)"), header_zone("Create Date (new)")) == ("EST", None)
    assert (boolean("Ja"), boolean("inactive"), boolean("maybe")) == (True, False, None)


@given(st.lists(st.text(max_size=15), min_size=1, max_size=8))
def test_any_headers_are_recognised_or_not(headers: list[str]) -> None:
    found = recognise(headers)
    assert len(found.columns) == len(headers)
    fields = [column.field for column in found.columns if column.field and not column.spare]
    assert len(fields) == len(set(fields))
