"""Questions of people who were not told how to ask, over a small export: the right figure, with the name that was asked for, or a question back.

What is expected is computed from the rows themselves. The rows have what real exports have: deals without an account, open deals without
an amount, lost ones of nought, a product spelled in two ways, and amounts in several currencies.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
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
from infra.spine.scope import EVERYTHING

_AS_OF = datetime(2017, 12, 31, 12, tzinfo=UTC)
_PEOPLE = {"Ana Ferro": "East", "Bo Lind": "East", "Cy Marsh": "West", "Dee Novak": "West"}
_MANAGERS = {"East": "Mia Stone", "West": "Raj Patel"}
_PRODUCTS = {"GTX Pro": 4821, "MG Special": 55, "GTK 500": 26768}
_ACCOUNTS = {
    "Acme Corporation": ("retail", 9000),
    "Isdom": ("medical", 400),
    "Kan-code": ("retail", 12000),
    "Zumgoity": ("finance", 70),
}
_HEAD = (
    "opportunity_id",
    "sales_agent",
    "product",
    "account",
    "deal_stage",
    "engage_date",
    "close_date",
    "close_value",
)


@dataclass(frozen=True)
class Row:
    """One deal as the file has it."""

    id: str
    rep: str
    product: str
    account: str
    stage: str
    engaged: date | None
    closed: date | None
    value: int | None

    @property
    def region(self) -> str:
        return _PEOPLE[self.rep]

    @property
    def quarter(self) -> int:
        return (self.closed.month + 2) // 3 if self.closed else 0


@dataclass(frozen=True)
class Export:
    """The rows of a generated export and the road over what was imported of it."""

    rows: tuple[Row, ...]
    road: Structured

    def of(self, **wanted: object) -> list[Row]:
        """Return the rows with these values."""
        return [row for row in self.rows if all(getattr(row, name) == value for name, value in wanted.items())]

    def ask(self, text: str) -> Answer:
        """Ask as an admin."""
        return asked(self.road, text)


def asked(road: Structured, text: str) -> Answer:
    question = Question(text, EVERYTHING, _AS_OF)
    outcome = road.plan(question)
    assert not isinstance(outcome, NotStructured), outcome.reason
    return outcome.answer if isinstance(outcome, Clarify) else road.answer(outcome.plan, question)


def _rows() -> tuple[Row, ...]:
    draw = random.Random(20171231)
    made = []
    for number in range(240):
        stage = draw.choices(("Won", "Lost", "Engaging", "Prospecting"), (5, 3, 2, 1))[0]
        product = draw.choice(list(_PRODUCTS))
        engaged = None if stage == "Prospecting" else date(2017, 1, 1) + timedelta(draw.randrange(330))
        ended = stage in ("Won", "Lost") and engaged is not None
        closed = min(engaged + timedelta(draw.randrange(1, 120)), date(2017, 12, 30)) if ended and engaged else None
        value = None if closed is None else 0 if stage == "Lost" else round(_PRODUCTS[product] * draw.uniform(0.7, 1.3))
        account = "" if closed is None and draw.random() < 0.6 else draw.choice(list(_ACCOUNTS))
        made.append(Row(f"{number % 10}Q{number:03d}X{number % 7}Z", draw.choice(list(_PEOPLE)), product, account, stage, engaged, closed, value))  # fmt: skip
    return tuple(made)


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def _imported(migrated: Path, folder: Path, files: Path) -> Iterator[Structured]:
    path = folder / "spine.db"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    settings = Settings(home=folder)
    import_paths(database, settings, SimpleNamespace(now=lambda: _AS_OF), [files])
    yield Structured(database, settings)
    database.close()


@pytest.fixture(scope="module")
def export(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Export]:
    files, rows = tmp_path_factory.mktemp("export"), _rows()
    spelled = {"GTX Pro": "GTXPro"}
    _write(files / "sales_pipeline.csv", _HEAD, [
        (one.id, one.rep, spelled.get(one.product, one.product), one.account, one.stage, one.engaged or "", one.closed or "", "" if one.value is None else one.value)
        for one in rows
    ])  # fmt: skip
    _write(
        files / "products.csv",
        ("product", "series", "sales_price"),
        [(name, name[:3].strip(), price) for name, price in _PRODUCTS.items()],
    )
    _write(
        files / "sales_teams.csv",
        ("sales_agent", "manager", "regional_office"),
        [(rep, _MANAGERS[region], region) for rep, region in _PEOPLE.items()],
    )
    _write(
        files / "accounts.csv",
        ("account", "sector", "employees"),
        [(name, *facts) for name, facts in _ACCOUNTS.items()],
    )
    for road in _imported(_migrated_sqlite, tmp_path_factory.mktemp("home"), files):
        yield Export(rows, road)


def _total(rows: list[Row]) -> int:
    return sum(row.value or 0 for row in rows)


def _rate(rows: list[Row]) -> Decimal:
    won, lost = (sum(row.stage == stage for row in rows) for stage in ("Won", "Lost"))
    return (Decimal(won) * 100 / (won + lost)).quantize(Decimal("0.01"))


def _leader(rows: list[Row], key: str, measure: Callable[[list[Row]], Any] = _total) -> str:
    names = {getattr(row, key) for row in rows} - {""}
    return str(max(names, key=lambda name: measure([row for row in rows if getattr(row, key) == name])))


FIGURES: list[tuple[str, Callable[[Export], int | Decimal]]] = [
    ("how many deals aren't won or lost?", lambda e: len(e.rows) - len(e.of(stage="Won")) - len(e.of(stage="Lost"))),
    ("count deals that are neither won nor lost", lambda e: len(e.rows) - len(e.of(stage="Won")) - len(e.of(stage="Lost"))),
    ("how many deals did not close as won", lambda e: len(e.rows) - len(e.of(stage="Won"))),
    ("GTXPro won deals count", lambda e: len(e.of(stage="Won", product="GTX Pro"))),
    ("How much did we close in Q3 2017?", lambda e: _total(e.of(stage="Won", quarter=3))),
    ("how much was closed in October 2017", lambda e: _total([row for row in e.of(stage="Won") if row.closed and row.closed.month == 10])),
    ("combined revenue of East and West", lambda e: _total(e.of(stage="Won"))),
    ("How many deals did Ana Ferro and Cy Marsh win together?", lambda e: len(e.of(stage="Won", rep="Ana Ferro")) + len(e.of(stage="Won", rep="Cy Marsh"))),
    ("sales price of GTX Pro", lambda e: 4821),
    ("deals without an account", lambda e: len([row for row in e.rows if not row.account])),
    ("win rate in the East office", lambda e: _rate(e.of(region="East"))),
    ("what proportion of lost deals came from the East region in Q3 2017", lambda e: (Decimal(len(e.of(stage="Lost", quarter=3, region="East"))) * 100 / len(e.of(stage="Lost", quarter=3))).quantize(Decimal("0.01"))),
    ("what percentage of won deals closed in Q4 2017", lambda e: (Decimal(len(e.of(stage="Won", quarter=4))) * 100 / len(e.of(stage="Won"))).quantize(Decimal("0.01"))),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), FIGURES, ids=[question for question, _ in FIGURES])
def test_the_figure_is_the_one_that_the_rows_give(
    export: Export, question: str, expected: Callable[[Export], int | Decimal]
) -> None:
    answer = export.ask(question)
    wanted = expected(export)
    assert answer.kind == "structured", answer.headline
    assert isinstance(answer.figures[0].value, int | Decimal)
    assert Decimal(answer.figures[0].value) == Decimal(wanted)
    assert f"{wanted:,}" in answer.headline


def test_who_won_the_biggest_deal_is_told_by_its_size(export: Export) -> None:
    biggest = max(export.of(stage="Won"), key=lambda row: row.value or 0)
    answer = export.ask("who won the biggest deal")
    assert answer.headline.startswith(biggest.rep)
    assert answer.figures[0].value == Decimal(biggest.value or 0)


def test_the_first_of_each_group_is_named_for_each_group(export: Export) -> None:
    answer = export.ask("top product in each region by revenue")
    for region in ("East", "West"):
        assert f"{region} – {_leader(export.of(stage='Won', region=region), 'product')}:" in answer.headline
    assert answer.table is not None
    assert len(answer.table.rows) == 2


@pytest.mark.parametrize(
    "question", ["open pipeline value", "who has the biggest pipeline", "How much is Engaging worth?"]
)
def test_deals_without_amounts_have_no_total_and_no_leader(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.kind == "not_found"
    assert not answer.figures
    stages = ("Engaging",) if "Engaging" in question else ("Engaging", "Prospecting")
    assert f"Of the {sum(len(export.of(stage=stage)) for stage in stages)} deals that fit, none has" in answer.headline


@pytest.mark.parametrize(
    "question",
    [
        "Which product grew the most from Q3 to Q4 2017?",
        "rep with the biggest increase in revenue between Q2 and Q3 2017",
        "quarter over quarter growth in won revenue for Q4 2017",
        "quarterly revenue growth 2017",
        "cumulative revenue by month 2017",
        "average sales price by series",
        "average price of won GTX Pro deals",
        "win rate of deals over 3000 dollars",
        "biggest lost deal",
        "who has the oldest open deal?",
        "how many accounts bought GTX Pro and GTK 500",
        "How many accounts bought GTX Pro but not GTK 500",
        "deals that did not close in Q3 2017",
        "deals won per day in December 2017 on average",
        "total employees of accounts with open deals",
        "Whose deals take longest to win?",
        "biggest won deal for each rep",
        "How many customers did we win our first deal with in Q4 2017?",
        "amount of deals we lost in Q3 2017",
    ],
)
def test_what_a_plan_cannot_hold_is_asked_back(export: Export, question: str) -> None:
    answer = export.ask(question)
    assert answer.kind == "clarify", answer.headline
    assert not answer.figures
    assert answer.headline


def test_a_deal_is_found_by_its_id(export: Export) -> None:
    won = export.of(stage="Won")[0]
    answer = export.ask(f"how much was {won.id.lower()} worth?")
    assert answer.figures[0].value == Decimal(won.value or 0)
    assert export.ask("what stage is 9Q999X9Z in?").kind == "not_found"


@pytest.fixture
def report(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Structured]:
    files = tmp_path_factory.mktemp("report")
    head = ("Opportunity Name", "Stage", "Amount", "Close Date", "Account Name", "Opportunity Owner", "Lead Source")
    _write(files / "report.csv", head, [
        ("Rollout", "Closed Won", "EUR 1.200,50", "13.05.2017", "Müller AG", "Jürgen Weiß", "Web"),
        ("Service", "Negotiation", "EUR 90.000,00", "28.12.2017", "Müller AG", "Jürgen Weiß", ""),
        ("Upgrade", "Negotiation", "GBP 95.000,00", "29.12.2017", "Acme UK", "Emma van Dijk", "Partner"),
        ("Pilot", "Prospecting", "GBP 1.000,00", "30.12.2017", "Acme UK", "Jürgen Weiß", "Web"),
        ("Grand Totals (4 records)", "", "EUR 187.200,50", "", "", "", ""),
    ])  # fmt: skip
    yield from _imported(_migrated_sqlite, tmp_path_factory.mktemp("euro"), files)


def test_money_of_several_currencies_is_ranked_in_each(report: Structured) -> None:
    leaders = asked(report, "who has the biggest pipeline")
    assert "Jürgen Weiß: total amount €90,000" in leaders.headline
    assert "Emma van Dijk: total amount £95,000" in leaders.headline
    biggest = asked(report, "biggest open deal")
    assert {(figure.unit, figure.value) for figure in biggest.figures if figure.key == "amount"} == {("EUR", Decimal(90_000)), ("GBP", Decimal(95_000))}  # fmt: skip
    assert asked(report, "how much have we won in euros?").figures[0].value == Decimal("1200.50")
    without = asked(report, "deals without lead source")
    assert without.table is not None
    assert [row["name"] for row in without.table.rows] == ["Service"]
