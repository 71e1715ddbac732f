"""The sample company: what its date tokens become, and that every file of it hangs together on any day of loading."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.render import FOLDER, TABLES, company_files, render

NEW_YORK = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 21)
LABELS = FOLDER.parent / "labels"
KINDS = {"structured", "narrative", "clarify", "not_found", "refused"}
STAGES = {"Identify", "Contact", "Understand", "Propose", "Resolve", "Closed Won", "Closed Lost"}
STORIES = ("acme", "brightwater", "fennimore", "kestrel", "lumen", "ostrava")

Rows = list[dict[str, str]]


def table(name: str, today: date = TODAY) -> Rows:
    """Read a table and its second part as a loader would."""
    parts = [path for path in company_files() if path.parent == FOLDER and path.stem.removesuffix("-b") == name]
    assert parts, f"no table {name}"
    rows: Rows = []
    for path in parts:
        reader = csv.DictReader(io.StringIO(render(path.read_text("utf-8"), today, NEW_YORK)))
        for row in reader:
            assert None not in row, f"{path.name} line {reader.line_num}: more cells than headers"
            assert None not in row.values(), f"{path.name} line {reader.line_num}: fewer cells than headers"
            rows.append(row)
    return rows


def calls() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Read every call."""
    for path in company_files():
        if path.suffix == ".json":
            yield path, json.loads(render(path.read_text("utf-8"), TODAY, NEW_YORK))


def ids(name: str) -> set[str]:
    """Give the ids of a table, which must be unique."""
    found = [row["id"] for row in table(name)]
    assert len(found) == len(set(found)), f"ids of {name} repeat"
    return set(found)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("{{0}}", "2026-11-21"),
        ("{{+9}}", "2026-11-30"),
        ("{{9}}", "2026-11-30"),
        ("{{-12}}", "2026-11-09"),
        ("{{-3 14:05}}", "2026-11-18T14:05:00-05:00"),
        ("{{-40 09:00}}", "2026-10-12T09:00:00-04:00"),
        ("{{-3 14:05|rfc2822}}", "Wed, 18 Nov 2026 14:05:00 -0500"),
        ("{{-4|weekday}}", "Tuesday"),
        ("{{-12|day}}", "9 November"),
        ("{{+50|month}}", "January"),
        ("{{+50|year}}", "2027"),
        ("{{0|quarter}}", "Q4 2026"),
        ("{{+60|quarter}}", "Q1 2027"),
        ("{{0|quarter-1}}", "Q3 2026"),
        ("{{0|quarter+1}}", "Q1 2027"),
    ],
)
def test_a_token_is_written_as_people_and_files_write_days(token: str, expected: str) -> None:
    assert render(f"on {token}, he said", TODAY, NEW_YORK) == f"on {expected}, he said"


@pytest.mark.parametrize(
    "token",
    [
        "{{soon}}",
        "{{}}",
        "{{-3|fortnight}}",
        "{{-3 25:00}}",
        "{{-3 14:05|weekday}}",
        "{{-3|rfc2822}}",
        "{{-3|month+1}}",
        "{{-3 14:05|rfc2822+1}}",
        "{{ -3 }}",
        "{{99999999}}",
        "{{-99999}}9{{+99999}}}}{{-99999}}{{+99999}}{{bad",
    ],
)
def test_a_bad_token_is_named(token: str) -> None:
    with pytest.raises(ValueError, match="date token") as caught:
        render(f"see {token} there", TODAY, NEW_YORK)
    if token.count("{{") == 1:
        assert token in str(caught.value)


def test_an_open_token_is_not_left_in_the_text() -> None:
    with pytest.raises(ValueError, match="not closed"):
        render("see {{-3", TODAY, NEW_YORK)


@given(days=st.integers(-2000, 2000), today=st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_offsets_are_exact_whatever_the_day(days: int, today: date) -> None:
    written = render(f"{{{{{days:+d}}}}} {{{{{days:+d} 12:30}}}} {{{{{days} 12:30|rfc2822}}}}", today, NEW_YORK)
    day, moment, header = written.split(" ", 2)
    expected = today + timedelta(days=days)
    assert date.fromisoformat(day) == expected
    assert datetime.fromisoformat(moment).date() == expected
    assert parsedate_to_datetime(header) == datetime.fromisoformat(moment)


@given(
    text=st.text(alphabet=st.characters(exclude_characters="{}")), today=st.dates(date(2000, 1, 1), date(2090, 1, 1))
)
def test_a_text_without_tokens_stays_as_it_is(text: str, today: date) -> None:
    assert render(text, today, NEW_YORK) == text


@pytest.mark.parametrize("today", [TODAY, date(2027, 1, 1), date(2028, 2, 29), date(2027, 3, 31), date(2027, 12, 31)])
def test_every_file_renders_without_a_token_left(today: date) -> None:
    assert {path.suffix for path in company_files()} == {".csv", ".json", ".eml"}
    for path in company_files():
        text = render(path.read_text("utf-8"), today, NEW_YORK)
        assert text.strip(), path.name
        assert "{{" not in text, path.name
        assert "}}" not in text or path.suffix == ".json", path.name


def test_files_come_in_an_order_in_which_each_refers_only_to_what_came_before() -> None:
    stems = [path.stem.removesuffix("-b") for path in company_files() if path.suffix == ".csv"]
    assert list(dict.fromkeys(stems)) == list(TABLES)
    suffixes = [path.suffix for path in company_files()]
    assert suffixes == sorted(suffixes, key=[".csv", ".json", ".eml"].index)


def test_every_row_refers_to_rows_that_are_there() -> None:
    accounts, deals, contacts, products = ids("accounts"), ids("deals"), ids("contacts"), ids("products")
    people = {row["email"] for row in table("users")}
    teams = {row["team"] for row in table("users")} - {""}
    names = {row["name"] for row in table("products")}
    assert products
    for row in table("users"):
        assert row["manager"] in people | {""}, row
        ZoneInfo(row["time zone"])
    for row in table("accounts"):
        assert row["owner"] in people, row
        assert row["parent"] in accounts | {""}, row
    for row in table("contacts"):
        assert row["account"] in accounts, row
    for row in table("deals"):
        assert row["account"] in accounts | {""}, row
        assert row["owner"] in people | {""}, row
        assert row["product"] in names, row
        assert row["stage"] in STAGES, row
    for row in table("history"):
        assert row["deal"] in deals, row
        assert row["by"] in people, row
    for row in table("activities"):
        assert row["account"] in accounts | {""}, row
        assert row["deal"] in deals | {""}, row
        assert row["owner"] in people, row
        assert row["contact"] in contacts | {""}, row
    for row in table("leads"):
        assert row["owner"] in people | {""}, row
    for row in table("targets"):
        assert row["owner"] in people | teams, row
    assert len(ids("activities")) > 120


def test_a_deal_and_what_hangs_on_it_agree_on_the_account() -> None:
    account_of = {row["id"]: row["account"] for row in table("deals")}
    contact_of = {row["id"]: row["account"] for row in table("contacts")}
    for row in table("activities"):
        if row["deal"]:
            assert row["account"] == account_of[row["deal"]], row
    for path, call in calls():
        assert call["account"] == account_of[call["deal"]], path.name
    assert set(account_of.values()) - {""} <= set(contact_of.values()) | {"acc-juniper"}


def test_the_history_of_a_deal_ends_where_the_deal_stands() -> None:
    last: dict[tuple[str, str], str] = {}
    for row in sorted(table("history"), key=lambda row: row["at"]):
        key = (row["deal"], row["field"])
        if key in last:
            assert row["old"] == last[key], row
        last[key] = row["new"]
    for deal in table("deals"):
        assert last[deal["id"], "stage"] == deal["stage"], deal["id"]
        for field in ("close date", "amount", "owner", "forecast category"):
            assert last.get((deal["id"], field), deal[field]) == deal[field], (deal["id"], field)


@pytest.mark.parametrize("today", [date(2027, 1, 1), date(2027, 4, 1), date(2026, 12, 31), date(2027, 3, 31)])
def test_everybody_has_one_target_a_quarter_even_on_the_edge_of_one(today: date) -> None:
    keys = [(row["owner"], row["quarter"]) for row in table("targets", today)]
    assert len(keys) == len(set(keys))
    assert len({quarter for _, quarter in keys}) == 3


def test_every_story_is_told_in_calls_of_a_believable_length_by_people_who_speak() -> None:
    told: dict[str, int] = {}
    for path, call in calls():
        assert call["id"] == path.stem
        turns, speakers = call["turns"], {turn["speaker"] for turn in call["turns"]}
        assert 30 <= len(turns) <= 120, path.name
        assert speakers == {person["name"] for person in call["participants"]}, path.name
        assert all(turn["text"].strip() and turn["start"] < turn["end"] for turn in turns), path.name
        starts = [turn["start"] for turn in turns]
        assert starts == sorted(starts), path.name
        assert datetime.fromisoformat(call["started_at"]).date() < TODAY, path.name
        story = path.stem.split("-")[1]
        told[story] = told.get(story, 0) + 1
    assert set(told) == set(STORIES)
    assert all(3 <= count <= 5 for count in told.values()), told


def message_ids() -> set[str]:
    """Give the Message-ID of every mail, without its brackets."""
    mails = (path for path in company_files() if path.suffix == ".eml")
    texts = (render(path.read_text("utf-8"), TODAY, NEW_YORK) for path in mails)
    return {email.message_from_string(text)["Message-ID"].strip("<>") for text in texts}


def test_every_mail_can_be_read_by_the_standard_library_and_answers_a_mail_that_is_there() -> None:
    seen: dict[str, str] = {}
    answers: list[tuple[str, str]] = []
    automatic = 0
    for path in (path for path in company_files() if path.suffix == ".eml"):
        message = email.message_from_string(
            render(path.read_text("utf-8"), TODAY, NEW_YORK), policy=email.policy.default
        )
        assert message.defects == [], path.name
        assert message["From"].addresses[0].addr_spec.endswith(".example"), path.name
        assert message["To"].addresses, path.name
        assert message["Date"].datetime.utcoffset() is not None, path.name
        assert message["Message-ID"] not in seen, path.name
        assert message.get_content_type() == "text/plain", path.name
        seen[message["Message-ID"]] = path.name
        automatic += message["Auto-Submitted"] is not None
        if message["In-Reply-To"]:
            answers.append((path.name, message["In-Reply-To"]))
    assert automatic >= 2
    assert [name for name, parent in answers if parent not in seen] == []


def labels() -> Iterator[dict[str, Any]]:
    """Read all labelled questions."""
    for path in sorted(LABELS.glob("questions*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(render(line, TODAY, NEW_YORK))


def test_every_label_names_evidence_and_records_that_are_there() -> None:
    told = {call["id"] for _, call in calls()} | message_ids()
    known = told | ids("deals") | ids("activities") | ids("leads")
    people = {row["email"] for row in table("users")}
    before: set[str] = set()
    kinds: dict[str, int] = {}
    for label in labels():
        name = label["id"]
        assert name not in before
        assert label["kind"] in KINDS, name
        assert label["as"] in people or label["kind"] == "refused", name
        assert label.get("thread_after", name) in before | {name}, name
        assert label.get("visibility", "all") in {"own", "team", "all"}, name
        for key in ("evidence", "records", "records_optional"):
            assert set(label.get(key, [])) <= known, (name, key)
        for pattern in label["facts"] + label["not"]:
            re.compile(pattern)
        for figure in label.get("figures", {}).values():
            assert Decimal(figure["value"]).is_finite(), name
            assert figure["unit"], name
        before.add(name)
        kinds[label["kind"]] = kinds.get(label["kind"], 0) + 1
    assert kinds["structured"] >= 25
    assert kinds["narrative"] >= 25
    assert kinds["not_found"] >= 10


def test_the_facts_that_a_narrative_answer_must_hold_were_said_somewhere() -> None:
    said = "\n".join(render(path.read_text("utf-8"), TODAY, NEW_YORK) for path in company_files())
    for label in labels():
        if label["kind"] == "narrative":
            missing = [fact for fact in label["facts"] if not re.search(fact, said)]
            assert missing == [], label["id"]
