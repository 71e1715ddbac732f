"""Tables of any tool: what is understood, what is kept as a named field, what is kept aside and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.files import ColumnMap, ColumnMapError, Hints, preview, read, read_bytes, sniff
from sales.records import Record, RecordKind, Reject, Row


def everything(
    text: str | bytes, name: str, column_map: ColumnMap | None = None, hints: Hints | None = None
) -> list[Record | Reject]:
    return list(
        read_bytes(text if isinstance(text, bytes) else text.encode(), name, column_map=column_map, hints=hints)
    )


def rows(
    text: str | bytes, name: str = "deals.csv", column_map: ColumnMap | None = None, hints: Hints | None = None
) -> list[Row]:
    return [item for item in everything(text, name, column_map, hints) if isinstance(item, Row)]


def rejects(text: str | bytes, name: str = "deals.csv") -> list[tuple[int, str]]:
    return [(item.origin.line, item.reason) for item in everything(text, name) if isinstance(item, Reject)]


def test_a_public_pipeline_is_read_with_its_types() -> None:
    won, open_ = rows(
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
        "1C1I7A6R,Moses Frase,GTX Plus Basic,Cancity,Won,2016-10-20,2017-03-01,1054\nZ063OYW0,Darcel Schlecht,GTXPro,,Engaging,2016-10-25,,\n"
    )
    assert won.values == {
        "external_id": "1C1I7A6R", "owner": "Moses Frase", "product": "GTX Plus Basic", "account": "Cancity", "stage": "Won",
        "created_at": datetime(2016, 10, 20, tzinfo=UTC), "close_date": date(2017, 3, 1), "amount": Decimal(1054),
    }  # fmt: skip
    assert set(open_.values) == {"external_id", "owner", "product", "stage", "created_at"}
    assert open_.origin.line == 3


def test_a_german_export_is_read_by_its_own_rules() -> None:
    text = 'Pipeline Q4\n\nVerkaufschance;Kunde;Betrag (EUR);Phase;Abschlussdatum;Score\nA;K GmbH;1.200;Angebot;31.12.2024;5\nB;"L,\nGmbH";2.500,50;Verloren;1.2.2025;7\n'
    first, second = rows(text.encode("cp1252"))
    assert first.values == {
        "name": "A",
        "account": "K GmbH",
        "amount": Decimal(1200),
        "currency": "EUR",
        "stage": "Angebot",
        "close_date": date(2024, 12, 31),
    }
    assert first.custom == {"Score": Decimal(5)}
    assert second.values["account"] == "L,\nGmbH"
    assert second.values["amount"] == Decimal("2500.50")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_told_from_the_content(encoding: str, delimiter: str) -> None:
    text = delimiter.join(("Deal Name", "Amount", "Stage")) + "\r\n" + delimiter.join(("Müller", "5", "Won")) + "\r\n"
    (row,) = rows(text.encode(encoding), "export")
    assert row.values == {"name": "Müller", "amount": Decimal(5), "stage": "Won"}


def test_a_row_that_cannot_be_read_is_kept_aside_with_line_and_reason() -> None:
    text = (
        "Deal ID,Deal Name,Amount,Close Date,Stage\n"
        "D1,A,100,2025-01-01,Won\nD2,B,a lot,2025-01-01,Won\nD3,C,100,someday,Won\nD4,D\nD5,E,1,2025-01-01,Won,extra\n"
        'D6,"F,1,2025-01-01,Won\nD7,G\x00,1,2025-01-01,Won\nTotal,,300,,\nD8,H,200,2025-01-02,Lost\n'
    )
    assert [row.values["external_id"] for row in rows(text)] == ["D1", "D8"]
    told = rejects(text)
    assert [line for line, _ in told] == [3, 4, 5, 6, 7, 8, 9]
    for (_, reason), word in zip(
        told,
        [
            "“Amount” is not a number",
            "“Close Date” is not a date",
            "2 cells where the header has 5",
            "6 cells",
            "quotation mark",
            "not text",
            "a total",
        ],
        strict=True,
    ):
        assert word in reason


def test_a_quote_that_is_never_closed_does_not_swallow_the_file() -> None:
    text = "Deal ID,Deal Name,Stage,Amount\n" + '"D0,x,Won,1\n' + "".join(f"D{n},name,Won,1\n" for n in range(1, 2000))
    assert len(rows(text)) == 1999


def test_many_open_quotes_and_endless_lines_do_not_hold_the_import_up() -> None:
    assert len(rejects("Deal ID,Deal Name,Stage,Amount\n" + 'D1,"x,Won,1\n' * 5000)) == 5000
    assert len(rejects("a," * 500_000)) == 1


def test_quotes_newlines_and_stray_quotes_inside_a_cell() -> None:
    text = 'Deal ID,Deal Name,Stage,Amount\nD1,"say ""hi"",\nthere",Won,1\nD2,"Acme "Best" Corp",Won,2\nD3,5" pipe,Won,3\nD4,6" pipe,"Won\nlate",4\n'
    assert [row.values["name"] for row in rows(text)] == ['say "hi",\nthere', 'Acme "Best" Corp', '5" pipe', '6" pipe']


def test_a_teams_table_gives_the_managers_too() -> None:
    found = rows(
        "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\nMoses Frase,Dustin Brinkmann,Central\nZane Levy,Cara Losch,East\n",
        "sales_teams.csv",
    )
    assert [
        (row.values["name"], row.values.get("role"), row.values.get("team"), row.values.get("manager")) for row in found
    ] == [
        ("Anna Snelling", None, "Central", "Dustin Brinkmann"),
        ("Moses Frase", None, "Central", "Dustin Brinkmann"),
        ("Zane Levy", None, "East", "Cara Losch"),
        ("Dustin Brinkmann", "manager", "Central", None),
        ("Cara Losch", "manager", "East", None),
    ]


def test_won_lost_and_closed_marks_become_a_status_where_there_is_none() -> None:
    found = rows(
        "Name,StageName,Amount,IsWon,IsClosed\na,Signed,1,true,true\nb,Gone,1,false,true\nc,Talking,1,false,false\n"
    )
    assert [row.values["status"] for row in found] == ["Won", "Lost", "Open"]
    assert found[0].custom == {"IsWon": True, "IsClosed": True}


def test_an_id_beside_a_name_fills_its_blanks_and_is_kept() -> None:
    first, second = rows("Deal Name,Stage,Amount,Account ID,Account Name\nx,Won,1,001,Acme\ny,Won,2,002,\n")
    assert (first.values["account"], first.custom["Account ID"]) == ("Acme", "001")
    assert second.values["account"] == "002"


def test_currencies_stand_beside_their_amounts() -> None:
    found = rows("Deal,Amount,Stage\na,$5,Won\nb,€7,Won\nc,9,Won\n")
    assert [row.values.get("currency") for row in found] == ["USD", "EUR", None]
    assert [row.values.get("currency") for row in rows("Deal,Amount,Stage\na,$5,Won\nb,9,Won\n")] == ["USD", "USD"]
    (one,) = rows("Deal,Amount,Currency,Stage\na,$5,CAD,Won\n")
    assert one.values["currency"] == "CAD"
    (default,) = rows("Deal,Amount,Stage\na,5,Won\n", hints=Hints(currency="GBP"))
    assert default.values["currency"] == "GBP"


def test_chances_are_percent_however_they_are_written() -> None:
    assert [row.values["probability"] for row in rows("Deal,Amount,Probability\na,1,0.25\nb,1,1\n")] == [
        Decimal("25"),
        Decimal(100),
    ]
    assert [row.values["probability"] for row in rows("Deal,Amount,Probability\na,1,25%\nb,1,1 %\n")] == [
        Decimal(25),
        Decimal(1),
    ]


def test_columns_that_no_field_claims_are_kept_in_their_own_type() -> None:
    (row, _) = rows(
        'Deal,Amount,Stage,Churn score,Renewal on,Strategic,Zip code,Free text,Stage,\na,1,Won,"1,5",31.12.2025,yes,02478,hello,dup,odd\nb,1,Won,"2,25",1.1.2026,no,10115,,x,even\n'
    )
    assert row.custom == {
        "Churn score": Decimal("1.5"),
        "Renewal on": date(2025, 12, 31),
        "Strategic": True,
        "Zip code": "02478",
        "Free text": "hello",
        "Stage (2)": "dup",
        "column 10": "odd",
    }


def test_targets_by_line_and_by_column() -> None:
    (by_line,) = rows('Rep,Quarter,Quota\nAnn,Q1 2025,"$100,000"\n', "quota.csv")
    assert by_line.values == {"owner": "Ann", "quarter": "2025-Q1", "amount": Decimal(100000), "currency": "USD"}
    wide = rows("Rep,Q1 2025,Q2 2025\nAnn,$100k,90000\nBob,,80000\n", "x.csv")
    assert [(row.values["owner"], row.values["quarter"], row.values["amount"]) for row in wide] == [
        ("Ann", "2025-Q1", Decimal(100000)), ("Ann", "2025-Q2", Decimal(90000)), ("Bob", "2025-Q2", Decimal(80000)),
    ]  # fmt: skip


def test_a_history_without_a_field_column_is_of_stages() -> None:
    (row,) = rows(
        "deal_id,from_stage,to_stage,changed_at\nD1,A,B,2025-01-01 10:00\n",
        "x.csv",
        hints=Hints(zone=ZoneInfo("Europe/Berlin")),
    )
    assert row.kind is RecordKind.CHANGE
    assert row.values == {
        "deal": "D1",
        "field": "stage",
        "old": "A",
        "new": "B",
        "at": datetime(2025, 1, 1, 10, tzinfo=ZoneInfo("Europe/Berlin")),
    }


def test_people_without_a_full_name_get_one() -> None:
    found = rows("First Name,Last Name,Email,Job Title\nAnn,Lee,ann@x.com,CTO\n,,bob@x.com,\n", "contacts.csv")
    assert [row.values["name"] for row in found] == ["Ann Lee", "bob@x.com"]


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("data_dictionary.csv", b"Table,Field,Description\naccounts,account,Company name\n", "no known kind"),
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\xef\xbb\xbf\n\n", "empty"),
        ("x.xlsx", b"PK\x03\x04rest", "Export the table as CSV"),
        ("x.pdf", b"%PDF-1.7", "PDF"),
        ("x.txt", b"Just some words about nothing.\n", "neither a table"),
    ],
)
def test_a_file_of_something_else_is_refused_with_what_to_do(name: str, data: bytes, word: str) -> None:
    ((_, reason),) = rejects(data, name)
    assert word in reason


def test_header_alone_is_nothing() -> None:
    assert list(read_bytes(b"Deal Name,Amount,Stage\n", "deals.csv")) == []


def test_a_preview_shows_each_column_and_its_doubts() -> None:
    found = preview(b"Deal,Amount,Close Date,Stage,Hobby\na,1.234,03/04/2025,Won,chess\n", name="deals.csv")
    assert found.kind is RecordKind.DEAL
    assert [(c.header, c.field, c.type) for c in found.columns] == [
        ("Deal", "name", "text"),
        ("Amount", "amount", "money"),
        ("Close Date", "close_date", "date"),
        ("Stage", "stage", "text"),
        ("Hobby", None, "text"),
    ]
    assert found.columns[4].label == "kept as named field"
    assert found.columns[4].samples == ("chess",)
    assert [note.split(":")[0] for note in found.notes] == ["“Amount”", "“Close Date”"]


def test_a_column_map_overrides_what_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        'kind = "deal"\ndate_order = "DMY"\ncurrency = "EUR"\n[columns]\n"What" = "name"\n"How much" = "amount"\n"secret" = "-"\n"Stage" = "custom"\n[files."other*.csv"]\nkind = "lead"\n'
    )
    column_map = ColumnMap.load(path)
    (row,) = rows(
        "What,How much,When closes,secret,Stage,Close date\nA,5,x,y,Won,03/04/2025\n", "x.csv", column_map=column_map
    )
    assert row.values == {"name": "A", "amount": Decimal(5), "currency": "EUR", "close_date": date(2025, 4, 3)}
    assert row.custom == {"When closes": "x", "Stage": "Won"}
    assert column_map.for_file("sub/Other1.csv").kind is RecordKind.LEAD


@pytest.mark.parametrize(
    "text",
    ['kind = "deals"', 'colour = "x"', '[columns]\nA = "nothing"', "[columns]\nA = 1", "not toml", 'decimal = "x"'],
)
def test_a_column_map_that_cannot_be_used_says_what_to_change(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(ColumnMapError, match="column map"):
        ColumnMap.load(path)


def test_json_records_of_several_makers_are_tables_too() -> None:
    (hubspot,) = rows(
        '{"results":[{"id":"9","properties":{"dealname":"X","dealstage":"won","amount":"100","closedate":"1735689600000"}}]}',
        "hs.json",
    )
    assert hubspot.values == {
        "external_id": "9",
        "name": "X",
        "stage": "won",
        "amount": Decimal(100),
        "close_date": date(2025, 1, 1),
    }
    account, deal = rows(
        '{"records":[{"attributes":{"type":"Account","referenceId":"A1"},"Name":"Acme","Opportunities":{"records":[{"attributes":{"type":"Opportunity","referenceId":"O1"},"Name":"Big","StageName":"Won","Amount":5.50}]}}]}',
        "tree.json",
    )
    assert account.values == {"external_id": "A1", "name": "Acme"}
    assert deal.values == {
        "external_id": "O1",
        "name": "Big",
        "stage": "Won",
        "amount": Decimal("5.50"),
        "account": "A1",
    }
    both = rows(
        '{"accounts":[{"name":"Acme","industry":"IT"}],"deals":[{"name":"D","stage":"Won","amount":1,"Account":{"Name":"Acme"}}]}',
        "all.json",
    )
    assert [(row.kind.value, row.values["name"]) for row in both] == [("account", "Acme"), ("deal", "D")]
    lines = rows(
        '{"dealName":"a","stage":"Won","amount":1}\n{"dealName":"b","stage":"Won","amount":2}\n', "deals.jsonl"
    )
    assert [(row.origin.line, row.values["name"]) for row in lines] == [(1, "a"), (2, "b")]


def test_a_folder_is_walked_in_a_fixed_order_and_can_be_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "deals.csv").write_text("Deal,Amount,Stage\na,1,Won\nb,2,Won\n")
    (tmp_path / "accounts.csv").write_text("Account,Industry\nAcme,IT\n")
    (tmp_path / ".hidden.csv").write_text("x")
    first, second = list(read(tmp_path)), list(read(tmp_path))
    assert first == second
    assert [(item.origin.file, item.origin.line) for item in first] == [
        ("accounts.csv", 2),
        ("b/deals.csv", 2),
        ("b/deals.csv", 3),
    ]
    assert sniff(tmp_path / "accounts.csv").kind == "table"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (reject,) = list(read(tmp_path / "gone.csv"))
    assert isinstance(reject, Reject)
    assert "can't be opened" in reject.reason


def test_order_lines_are_not_taken_for_accounts_or_products() -> None:
    header = "Order ID,Customer Name,Segment,Country,City,State,Category,Product Name,Sales,Quantity\n"
    lines = "".join(
        f"O{n},Customer {n % 3},Consumer,United States,Boston,MA,Office,Pen {n % 2},{n}.5,2\n" for n in range(20)
    )
    assert rows(header + lines, "orders.csv") == []
    assert len(rejects(header + lines, "orders.csv")) == 1


def test_leads_without_names_are_called_by_their_id() -> None:
    (lead,) = rows("Lead Number,Lead Origin,Lead Source,Converted\n660737,API,Google,yes\n", "Leads.csv")
    assert lead.kind is RecordKind.LEAD
    assert (lead.values["name"], lead.values["source"], lead.custom["Converted"]) == ("660737", "Google", True)
