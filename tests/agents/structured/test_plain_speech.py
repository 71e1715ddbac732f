"""Questions as people type them, over an export of another shape: slips of the pen, targets, leads, periods, and columns that are not there."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agents.answer import Answer
from agents.intake.run import import_paths
from agents.question import Question
from agents.structured import Clarify, NotStructured, Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope

_TODAY = date(2026, 5, 20)
_NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
_TEAMS = {"Freya Dahl": "Nordics", "Oskar Lind": "Nordics", "Tom Ashworth": "Islands", "Niall Byrne": "Islands"}
_QUOTAS = {"Freya Dahl": 90_000, "Oskar Lind": 400_000, "Tom Ashworth": 50_000, "Niall Byrne": 700_000}
_STAGES = ("Contact Made", "Proposal Sent")


@dataclass(frozen=True)
class Row:
    """One deal as the file has it."""

    title: str
    owner: str
    value: int
    stage: str
    status: str
    created: date
    ended: date | None
    expected: date | None

    @property
    def team(self) -> str:
        return _TEAMS[self.owner]

    @property
    def currency(self) -> str:
        return "EUR" if self.team == "Nordics" else "GBP"

    def ended_in(self, quarter: int) -> bool:
        return self.ended is not None and (self.ended.year, (self.ended.month + 2) // 3) == (2026, quarter)


@dataclass(frozen=True)
class Lead:
    """One lead as the file has it."""

    name: str
    source: str
    created: date
    touched: date | None


@dataclass(frozen=True)
class Export:
    """The rows of an export and the road over what was imported of it."""

    rows: tuple[Row, ...]
    leads: tuple[Lead, ...]
    road: Structured

    def ask(self, text: str, scope: Scope = EVERYTHING) -> Answer:
        """Ask as somebody with this scope."""
        question = Question(text, scope, _NOW)
        outcome = self.road.plan(question)
        assert not isinstance(outcome, NotStructured), outcome.reason
        return outcome.answer if isinstance(outcome, Clarify) else self.road.answer(outcome.plan, question)

    def of(self, status: str) -> list[Row]:
        """Return the rows of this status."""
        return [row for row in self.rows if row.status == status]

    def won(self, owner: str, quarter: int) -> Decimal:
        """Return what somebody won in a quarter of 2026."""
        return Decimal(sum(row.value for row in self.of("Won") if row.owner == owner and row.ended_in(quarter)))


class Pages:
    """Links that name what they are asked for."""

    def evidence(self, source: str, id: str, turns: tuple[str, ...] = ()) -> str | None:
        return f"/{source}s/{id}"


def _rows() -> tuple[tuple[Row, ...], tuple[Lead, ...]]:
    draw = random.Random(20260520)
    rows = []
    for number in range(260):
        status = draw.choices(("Open", "Won", "Lost"), (4, 4, 3))[0]
        created = _TODAY - timedelta(draw.randrange(5, 420))
        ended = None if status == "Open" else min(created + timedelta(draw.randrange(2, 90)), _TODAY - timedelta(1))
        expected = _TODAY + timedelta(draw.randrange(-20, 100)) if status == "Open" else None
        rows.append(
            Row(
                f"Harbour {number}",
                draw.choice(list(_TEAMS)),
                draw.randrange(20, 900) * 100,
                draw.choice(_STAGES),
                status,
                created,
                ended,
                expected,
            )
        )
    leads = []
    for number in range(40):
        created = _TODAY - timedelta(draw.randrange(0, 60))
        touched = None if draw.random() < 0.3 else min(created + timedelta(draw.randrange(0, 5)), _TODAY)
        leads.append(Lead(f"Lead{number} Person", draw.choice(("Web", "Fair")), created, touched))
    return tuple(rows), tuple(leads)


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


@pytest.fixture(scope="module")
def export(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Export]:
    files, (rows, leads) = tmp_path_factory.mktemp("plain"), _rows()
    head = ("Title", "Organization", "Owner", "Value", "Currency", "Stage", "Status", "Expected close date", "Deal created", "Won time", "Lost time")  # fmt: skip
    _write(files / "deals.csv", head, [
        (row.title, "Acme AB" if number % 2 else "Bolt Ltd", row.owner, row.value, row.currency, row.stage, row.status, row.expected or "", row.created,
         row.ended if row.status == "Won" else "", row.ended if row.status == "Lost" else "")
        for number, row in enumerate(rows)
    ])  # fmt: skip
    people = [(name, f"{name.split()[0].lower()}@ours.example", team) for name, team in _TEAMS.items()]
    _write(files / "users.csv", ("Name", "Email", "Team"), people)
    targets = [(name, "Q2 2026", amount, "EUR" if _TEAMS[name] == "Nordics" else "GBP") for name, amount in _QUOTAS.items()]  # fmt: skip
    _write(files / "targets.csv", ("User", "Quarter", "Quota", "Currency"), targets)
    _write(
        files / "leads.csv",
        ("Name", "Lead Source", "Created Date", "First Touch", "Lead Status"),
        [(one.name, one.source, one.created, one.touched or "", "New") for one in leads],
    )
    path = tmp_path_factory.mktemp("home") / "spine.db"
    path.write_bytes(_migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    settings = Settings(home=path.parent, time_zone="UTC", currency="EUR")
    import_paths(database, settings, SimpleNamespace(now=lambda: _NOW), [files])
    yield Export(rows, leads, Structured(database, settings, Pages()))
    database.close()


@pytest.mark.parametrize(
    ("typed", "meant", "said"),
    [
        ("how many deels are opne", "how many deals are open", "read “deels” as “deals”"),
        ("whch deals close thsi quater", "which deals close this quarter", "read “quater” as “quarter”"),
        ("deals over 50k in Proposal Sent", "deals in Proposal Sent worth more then 50k", "read “then” as “than”"),
        ("how many deals did we lsoe lst month", "how many deals did we lose last month", "read “lst” as “last”"),
        ("pipline by ownr", "pipeline by owner", "read “ownr” as “owner”"),
        ("reveneu by teh team", "revenue by the team", "read “teh” as “the”"),
    ],
)
def test_a_slip_of_the_pen_is_read_and_said(export: Export, typed: str, meant: str, said: str) -> None:
    left, right = export.ask(typed), export.ask(meant)
    assert left.kind == right.kind == "structured", (left.headline, right.headline)
    assert left.figures == right.figures
    assert said in f"{left.rule} {right.rule}"


@pytest.mark.parametrize("question", ["dead deals", "hot deals closing this month", "purple deals", "deals nix open"])
def test_a_word_of_its_own_is_named_and_never_corrected(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.kind == "clarify"
    assert answer.unknown_words


def test_quota_attainment_is_told_for_each_person_in_their_currency(export: Export) -> None:
    answer = export.ask("quota attainment by rep this quarter")
    assert answer.table is not None
    told = {row["name"]: (row["won"], row["target"], row["attainment"]) for row in answer.table.rows}
    for name, quota in _QUOTAS.items():
        won = export.won(name, 2)
        percent = (won * 100 / quota).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        assert told[name] == (won, Decimal(quota), percent)


def test_who_is_above_quota_are_those_who_won_more_than_it(export: Export) -> None:
    answer = export.ask("who is above their quota this quarter")
    assert answer.table is not None
    assert {row["name"] for row in answer.table.rows} == {name for name, quota in _QUOTAS.items() if export.won(name, 2) > quota}  # fmt: skip


def test_a_team_without_a_target_of_its_own_is_held_against_its_peoples(export: Export) -> None:
    answer = export.ask("how far are the Nordics from target this quarter?")
    figures = {one.key: one.value for one in answer.figures}
    assert figures["won"] == export.won("Freya Dahl", 2) + export.won("Oskar Lind", 2)
    assert figures["target"] == Decimal(490_000)
    assert "sum of their people's" in (answer.rule or "")


def test_a_team_is_not_summed_for_somebody_who_sees_a_part_of_it(export: Export) -> None:
    freya = export.ask("attainment by rep", EVERYTHING)
    assert freya.table is not None
    own = Scope(grants=(frozenset({str(next(row["record_id"] for row in freya.table.rows if row["name"] == "Freya Dahl"))}),))  # fmt: skip
    assert export.ask("how far are the Nordics from target", own).kind != "structured"


@pytest.mark.parametrize("question", ["attainment in Q2 2019", "target for the Martians", "attainment in May"])
def test_no_target_on_file_is_said(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.kind in ("not_found", "clarify")
    assert not answer.figures


@pytest.mark.parametrize(
    "question",
    [
        "leads nobody has touched yet",
        "untouched leads",
        "which leads have not been contacted",
        "leads no one has called",
    ],
)
def test_untouched_leads_are_those_without_a_first_touch(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.table is not None
    assert {row["name"] for row in answer.table.rows} == {one.name for one in export.leads if one.touched is None}


def test_the_speed_to_first_touch_is_the_mean_over_touched_leads(export: Export) -> None:
    days = [(one.touched - one.created).days for one in export.leads if one.touched]
    expected = (Decimal(sum(days)) / len(days)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert export.ask("average time to first touch for leads").figures[0].value == expected


@pytest.mark.parametrize(
    ("question", "quarter"),
    [
        ("how many deals did we lose last quarter", 1),
        ("number of deals lost in the quarter before this", 1),
        ("lost deals this quarter, how many", 2),
    ],
)
def test_the_day_of_losing_counts_though_it_has_a_column_of_its_own(export: Export, question: str, quarter: int) -> None:  # fmt: skip
    expected = sum(row.ended_in(quarter) for row in export.of("Lost"))
    assert export.ask(question).figures[0].value == expected


def test_a_stage_is_asked_for_its_open_deals_and_says_so(export: Export) -> None:
    answer = export.ask("deals in Proposal Sent")
    assert answer.table is not None
    assert {row["name"] for row in answer.table.rows} == {row.title for row in export.of("Open") if row.stage == "Proposal Sent"}  # fmt: skip
    assert "open deals only" in (answer.rule or "")


@pytest.mark.parametrize("question", ["deals without a next step", "how many open deals have no next step"])
def test_a_column_that_is_not_there_is_said_instead_of_counting_all(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.kind == "not_found"
    assert "next step" in answer.headline


def test_numbers_of_other_lands(export: Export) -> None:
    spaced, short = export.ask("open deals over 50 000"), export.ask("open deals over 50k")
    assert spaced.figures == short.figures
    unsure = export.ask("open deals over 50.000")
    assert unsure.kind == "clarify"
    assert [choice.label for choice in unsure.choices] == ["50,000", "50"]


def test_a_list_tells_its_sum_in_each_currency_and_links_its_records(export: Export) -> None:
    answer = export.ask("which deals did we win this quarter and what do they add up to?")
    assert answer.table is not None
    assert len(answer.table.rows) == sum(row.ended_in(2) for row in export.of("Won"))
    sums = {one.unit: one.value for one in answer.figures if one.key == "sum_amount"}
    for code in ("EUR", "GBP"):
        assert sums[code] == sum(row.value for row in export.of("Won") if row.ended_in(2) and row.currency == code)
    assert all(row["url"] == f"/deals/{row['record_id']}" for row in answer.table.rows)


def test_two_people_are_compared_by_number_and_amount(export: Export) -> None:
    answer = export.ask("Freya vs Oskar: deals won this quarter")
    counts = {one.label: one.value for one in answer.figures if one.key == "count"}
    assert counts == {
        name: sum(row.owner == name and row.ended_in(2) for row in export.of("Won")) for name in ("Freya Dahl", "Oskar Lind")
    }  # fmt: skip


def test_one_deal_of_many_is_asked_back_with_their_names(export: Export) -> None:
    answer = export.ask("when does the Acme AB deal close?")
    assert answer.kind == "clarify"
    assert all(choice.label.startswith("Harbour ") for choice in answer.choices)
    assert answer.choices
