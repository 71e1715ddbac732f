"""Asked in chat: what moved, how the forecast stands, how likely a deal is to close."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from agents.answer import Answer
from agents.likelihood.service import Likelihoods
from agents.linking import Linker
from agents.pipeline.road import PipelineRoad
from agents.pipeline.service import Pipeline
from agents.question import Question
from agents.thread import Context
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Deal, DealChange, Stage, Target, User
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from sales.clock import FixedClock
from tests.conftest import NOW

Put = Callable[..., Answer | None]


def _ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def _fill(database: Database) -> None:
    plain = {"source": "test", "source_at": _ago(400)}
    with database.transaction() as session:
        session.add(
            User(id="marcus", name="Marcus Oyelaran", name_key="marcus oyelaran", role="manager", team="West", **plain)
        )
        session.flush()
        for identity, name, team, manager in (
            ("dana", "Dana Whitfield", "West", "marcus"),
            ("luis", "Luis Ferrer", "East", None),
        ):
            session.add(User(id=identity, name=name, name_key=name.lower(), team=team, manager_id=manager, **plain))
        for place, (stage, status) in enumerate((("Identify", "open"), ("Propose", "open"), ("Closed Won", "won"))):
            session.add(Stage(pipeline="", name=stage, position=place, status=status))
        session.flush()
        for identity, name in (("acme", "Acme Logistics"), ("tidewater", "Tidewater Beverage")):
            session.add(Account(id=identity, name=name, name_key=name.lower(), owner_id="dana", **plain))
        session.flush()
        for identity, name, account, owner, amount, created, close, category in (
            ("d1", "Acme – Expansion", "acme", "dana", 84_000, 60, 7, "Commit"),
            ("d2", "Tidewater – Yard", "tidewater", "luis", 76_000, 3, 10, "Best Case"),
        ):
            session.add(
                Deal(
                    id=identity, name=name, account_id=account, owner_id=owner, amount=Decimal(amount), currency="USD", stage="Propose", status="open",
                    created_at=_ago(created), close_date=NOW.date() + timedelta(days=close), forecast_category=category, **plain,
                )
            )  # fmt: skip
        session.add(
            Deal(
                id="d3", name="Acme – Dock", account_id="acme", owner_id="dana", amount=Decimal(12_000), currency="USD", stage="Closed Won", status="won",
                created_at=_ago(90), close_date=_ago(9).date(), closed_at=_ago(9), **plain,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            DealChange(
                id="c1", deal_id="d1", field="close_date", old="2026-11-25", new="2026-11-30", at=_ago(2), source="crm"
            )
        )
        session.add(
            Target(id="t1", team="West", fiscal_year=2026, quarter=4, amount=Decimal(100_000), currency="USD", **plain)
        )


@pytest.fixture
def put(sqlite_database: Database, settings: Settings) -> Put:
    """Ask about two open deals and one that was won nine days ago."""
    _fill(sqlite_database)
    likelihoods = Likelihoods(sqlite_database, settings, FixedClock(NOW))
    road = PipelineRoad(Pipeline(sqlite_database, settings, FixedClock(NOW), lambda: likelihoods), settings)
    linker = Linker()

    def ask(text: str, user: str | None = None, scope: Scope = EVERYTHING) -> Answer | None:
        with sqlite_database.session() as session:
            question = Question(text, scope, NOW, user_id=user)
            return road.answer(session, question, linker.link(session, scope, text, Context()), Context())

    return ask


def _figures(answer: Answer | None) -> dict[str, object]:
    assert answer is not None
    return {one.key: one.value for one in answer.figures}


@pytest.mark.parametrize(
    "text",
    ["What moved in the last 7 days?", "what's changed in the pipeline", "pipeline movement", "which deals moved?"],
)
def test_what_moved_is_told_with_its_sums(put: Put, text: str) -> None:
    found = put(text)
    assert _figures(found) == {"new": Decimal(76_000), "slipped": Decimal(84_000)}
    assert found is not None
    assert found.table is not None
    assert [(row["deal"], row["move"], row["old"], row["new"]) for row in found.table.rows] == [
        ("Acme – Expansion", "slipped", "2026-11-25", "2026-11-30"),
        ("Tidewater – Yard", "new", None, "Propose"),
    ]
    assert "Open at the beginning $84,000, at the end $160,000" in (found.rule or "")


def test_last_week_is_the_week_before_and_a_team_s_deals_are_its_own(put: Put) -> None:
    assert _figures(put("what moved last week?")) == {"new": Decimal(76_000), "slipped": Decimal(84_000)}
    assert _figures(put("what moved from 9 November 2026 to 15 November 2026?")) == {"won": Decimal(12_000)}
    assert _figures(put("What moved in the West team this month?")) == {
        "slipped": Decimal(84_000),
        "won": Decimal(12_000),
    }
    nothing = put("what moved in October?")
    assert nothing is None or nothing.kind == "not_found"


@pytest.mark.parametrize(
    "text",
    ["forecast against target?", "How is the forecast against last week?", "will we hit our target?", "How's our forecast looking against our quota?", "how did the forecast change since last week"],
)  # fmt: skip
def test_the_forecast_is_told_against_target_and_last_week(put: Put, text: str) -> None:
    found = put(text)
    assert _figures(found) == {"forecast": Decimal(96_000), "change": Decimal(0), "target": Decimal(100_000)}
    assert found is not None
    assert "target $100,000 (96 %)" in found.headline


def test_a_person_s_forecast_is_for_that_person_and_whoever_leads_them(put: Put) -> None:
    mine = put("my forecast against my target", user="dana")
    assert mine is not None
    assert "$96,000 expected" in mine.headline
    assert put("Dana's forecast against target", user="luis") is None
    assert put("Dana's forecast against target", user="marcus") is not None
    assert put("my forecast against target") is None


@pytest.mark.parametrize(
    "text",
    ["How likely is Acme to close?", "what are the chances of winning Acme", "will Acme close?", "how likely are we to win Acme?", "probability that Acme closes", "When is Acme expected to close?"],
)  # fmt: skip
def test_how_likely_a_deal_is_comes_with_its_sample(put: Put, text: str) -> None:
    found = put(text)
    assert _figures(found) == {"likelihood": Decimal(100)}
    assert found is not None
    assert found.headline.startswith("Acme – Expansion: 100 % likely to be won (")
    assert "win rate, 1 decided deals" in (found.rule or "") or "1 decided deal" in (found.rule or "")


def test_what_may_not_be_seen_is_not_told(put: Put) -> None:
    assert put("How likely is Acme to close?", scope=NOTHING) is None
    moved = put("what moved this month?", scope=NOTHING)
    assert moved is not None
    assert moved.kind == "not_found"


@pytest.mark.parametrize(
    "text",
    [
        "what is the latest on Acme?", "stage and forecast category of the Acme deal?", "how often has the close date of Acme moved?", "What changed on Acme since Friday?",
        "what did we promise Acme?", "how big is my open pipeline?", "which deals slipped this month?", "did Acme move the meeting?", "deals by forecast category",
    ],
)  # fmt: skip
def test_other_questions_go_other_roads(put: Put, text: str) -> None:
    assert put(text) is None
