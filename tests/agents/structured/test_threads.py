"""Follow-ups, people and scopes: what "only mine", "by team" and "my" mean, and what nobody may learn."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.answer import Answer
from agents.question import Question
from agents.structured import Clarify, NotStructured, Plan, Planned, Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, CustomField, Deal, DealChange, User
from infra.spine.scope import EVERYTHING, Scope

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
COMMON: dict[str, Any] = {"source": "test", "source_at": NOW}
DEALS = [
    # id, account, owner, amount, currency, stage, status, created, close date, next step, custom
    ("d1", "acme", "ann", "84000", "USD", "Propose", "open", date(2026, 6, 1), date(2026, 11, 28), None, {"segment": "Enterprise"}),
    ("d2", "acme", "ann", "30000", "USD", "Contact", "open", date(2026, 11, 2), date(2026, 12, 20), "Call", {"segment": "Mid market"}),
    ("d3", "bolt", "bob", "60000", "EUR", "Propose", "open", date(2026, 9, 1), date(2026, 11, 25), "Send offer", {"segment": "Enterprise"}),
    ("d4", "bolt", "bob", "50000", "EUR", "Closed Won", "won", date(2026, 5, 1), date(2026, 10, 10), None, {}),
    ("d5", "core", "cat", "20000", "USD", "Closed Won", "won", date(2026, 5, 1), date(2026, 8, 10), None, {}),
    ("d6", "core", "cat", "10000", "USD", "Closed Lost", "lost", date(2026, 5, 1), date(2026, 10, 12), None, {}),
    ("d7", None, "cat", None, "USD", "Contact", "open", date(2026, 11, 20), None, None, {}),
]  # fmt: skip


@pytest.fixture
def road(sqlite_database: Database, tmp_path: Path) -> Structured:
    with sqlite_database.transaction() as session:
        session.add(User(id="mia", name="Mia Lange", name_key="mia lange", role="manager", team="West", **COMMON))
        session.flush()
        for name, team, manager in (("ann", "West", "mia"), ("bob", "West", "mia"), ("cat", "East", None)):
            full = {"ann": "Ann Summer", "bob": "Bob Winter", "cat": "Cat Summer"}[name]
            session.add(User(id=name, name=full, name_key=full.lower(), team=team, manager_id=manager, **COMMON))
        for name in ("acme", "bolt", "core"):
            session.add(
                Account(
                    id=name,
                    name=f"{name.capitalize()} Works",
                    name_key=f"{name}works",
                    industry="Paper",
                    aliases=[],
                    **COMMON,
                )
            )
        session.add(CustomField(kind="deal", key="segment", label="Segment", type="text"))
        session.flush()
        for identity, account, owner, amount, currency, stage, status, created, close, step, custom in DEALS:
            session.add(Deal(
                id=identity, name=identity.upper(), account_id=account, owner_id=owner, amount=None if amount is None else Decimal(amount), currency=currency, stage=stage,
                status=status, created_at=datetime(created.year, created.month, created.day, 12, tzinfo=UTC), close_date=close, next_step=step, custom=custom, **COMMON,
            ))  # fmt: skip
        session.flush()
        for number, (old, new) in enumerate(
            (("2026-10-01", "2026-11-01"), ("2026-11-01", "2026-11-28"), ("2026-12-01", "2026-11-25"))
        ):
            session.add(
                DealChange(
                    id=f"c{number}",
                    deal_id="d1" if number < 2 else "d3",
                    field="close_date",
                    old=old,
                    new=new,
                    at=NOW,
                    source="test",
                )
            )
    return Structured(sqlite_database, Settings(home=tmp_path))


def _ids(answer: Answer) -> list[str]:
    assert answer.table is not None
    return sorted(str(row["record_id"]) for row in answer.table.rows)


def _ask(road: Structured, text: str, *, user: str | None = None, scope: Scope = EVERYTHING) -> Answer:
    question = Question(text, scope, NOW, user_id=user)
    outcome = road.plan(question)
    if isinstance(outcome, Planned):
        return road.answer(outcome.plan, question)
    assert isinstance(outcome, Clarify)
    return outcome.answer


def _thread(road: Structured, *texts: str, user: str = "ann") -> Answer:
    context: dict[str, Any] = {}
    answer = None
    for text in texts:
        question = Question(text, EVERYTHING, NOW, user_id=user)
        outcome = road.plan(question, None, context)
        assert isinstance(outcome, Planned), (text, outcome)
        answer = road.answer(outcome.plan, question)
        context = {"plan": json.loads(outcome.plan.model_dump_json())}
    assert answer is not None
    return answer


def test_a_follow_up_narrows_the_last_answer(road: Structured) -> None:
    assert _ids(_thread(road, "open deals over 50k")) == ["d1", "d3"]
    assert _ids(_thread(road, "open deals over 50k", "only mine")) == ["d1"]
    assert _ids(_thread(road, "open deals", "over 50k", "without a next step")) == ["d1"]
    assert _ids(_thread(road, "open deals", "only Bob")) == ["d3"]
    assert _ids(_thread(road, "open deals", "only Bob", "what about Ann?")) == ["d1", "d2"]


def test_a_follow_up_moves_the_window_or_groups(road: Structured) -> None:
    moved = _thread(road, "win rate this quarter", "and last quarter?")
    assert (moved.figures[0].key, moved.figures[0].value) == ("win_rate", Decimal("100.00"))
    grouped = _thread(road, "how many open deals", "by team")
    assert grouped.table is not None
    assert {row["group"]: row["count"] for row in grouped.table.rows} == {"West": 3, "East": 1}


def test_a_question_of_its_own_is_no_follow_up(road: Structured) -> None:
    answer = _thread(road, "open deals over 50k", "how many accounts do we have")
    assert answer.figures[0].value == 3


def test_my_and_my_team_mean_the_asker(road: Structured) -> None:
    assert _ids(_ask(road, "my open deals", user="ann")) == ["d1", "d2"]
    assert _ids(_ask(road, "my team's open deals", user="mia")) == ["d1", "d2", "d3"]
    assert _ask(road, "my deals").kind == "clarify"


def test_currencies_are_never_added_up(road: Structured) -> None:
    answer = _ask(road, "total pipeline")
    assert {(one.unit, one.value) for one in answer.figures if one.key == "sum_amount"} == {
        ("USD", Decimal("114000.00")),
        ("EUR", Decimal("60000.00")),
    }
    assert [(one.reason, one.count) for one in answer.excluded if one.reason == "no amount"] == [("no amount", 1)]
    assert "never mixed" in (answer.rule or "")


def test_an_ambiguous_name_is_asked_back(road: Structured) -> None:
    answer = _ask(road, "deals owned by Summer")
    assert answer.kind == "clarify"
    assert {choice.label for choice in answer.choices} == {"Ann Summer", "Cat Summer"}
    assert _ids(_ask(road, answer.choices[0].question)) == ["d1", "d2"]


def test_columns_of_the_import_can_be_asked_for(road: Structured) -> None:
    assert _ids(_ask(road, "open deals in the Enterprise segment")) == ["d1", "d3"]
    grouped = _ask(road, "number of open deals by segment")
    assert grouped.table is not None
    assert {row["group"]: row["count"] for row in grouped.table.rows} == {
        "Enterprise": 2,
        "Mid market": 1,
        "(no segment)": 1,
    }


def test_slips_count_only_dates_moved_later(road: Structured) -> None:
    assert _ids(_ask(road, "deals with slipped close dates")) == ["d1"]
    assert _ids(_ask(road, "which deals slipped more than once")) == ["d1"]
    assert _ids(_ask(road, "deals pushed more than twice")) == []


def test_what_closes_without_a_next_step(road: Structured) -> None:
    answer = _ask(road, "what's closing this month without a next step")
    assert _ids(answer) == ["d1"]
    assert "open deals only" in (answer.rule or "")


def test_the_rule_owns_up_to_its_defaults(road: Structured) -> None:
    listed = _ask(road, "deals over 15k")
    assert "open deals only" in (listed.rule or "")
    assert ("closed deals", 2) in [(one.reason, one.count) for one in listed.excluded]
    assert ("no amount", 1) in [(one.reason, one.count) for one in listed.excluded]
    rate = _ask(road, "win rate this quarter")
    assert "won ÷ (won + lost)" in (rate.rule or "")
    assert "2026-10-01 to 2026-12-31" in (rate.rule or "")


def test_nothing_outside_the_scope_shows(road: Structured) -> None:
    mine = Scope((frozenset({"ann"}),), user_id="ann")
    answer = _ask(road, "how many deals are there", scope=mine, user="ann")
    assert (answer.figures[0].value, answer.checked) == (2, 2)
    stranger = _ask(road, "how many deals does Cat have", scope=mine, user="ann")
    assert stranger.kind in ("not_found", "clarify")
    assert not stranger.choices
    assert "Summer" not in stranger.headline.replace("Cat Summer", "Summer!") or stranger.figures == ()


def test_a_choice_that_is_offered_can_be_asked(road: Structured) -> None:
    answer = _ask(road, "how many deals in October 2026")
    assert answer.kind == "clarify"
    figures = [_ask(road, choice.question).figures[0].value for choice in answer.choices]
    assert sorted(int(str(value)) for value in figures) == [0, 2]


@pytest.mark.parametrize(
    "text",
    [
        "what's the latest on Acme?",
        "why did we lose Core?",
        "what did they say about security",
        "who promised what",
        "hello",
        "",
    ],
)
def test_questions_of_words_are_left_to_the_other_road(road: Structured, text: str) -> None:
    outcome = road.plan(Question(text, EVERYTHING, NOW))
    assert isinstance(outcome, NotStructured)
    assert outcome.confidence < 0.3


@pytest.mark.parametrize("broken", [
    {"subject": "deal", "shape": "figure"}, {"subject": "deal", "shape": "list", "where": [{"kind": "predicate", "field": "deal.nonsense", "op": "is", "values": ["x"]}]},
    {"subject": "deal", "shape": "list", "where": [{"kind": "predicate", "field": "deal.amount", "op": "gt", "values": ["much"]}]},
    {"subject": "deal", "shape": "figure", "measures": [{"aggregate": "sum", "field": "deal.stage"}]},
    {"subject": "deal", "shape": "groups", "measures": [{"aggregate": "count"}]}, {"subject": "deal", "shape": "list", "sql": "DROP TABLE deals"},
    {"subject": "deal", "shape": "list", "where": [{"kind": "predicate", "field": "deal.stage", "op": "gt", "values": ["Propose"]}]},
])  # fmt: skip
def test_a_plan_that_does_not_hold_together_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Plan.model_validate(broken)


def test_a_plan_filled_by_hand_is_answered(road: Structured) -> None:
    plan = Plan.model_validate({
        "subject": "deal", "shape": "groups", "measures": [{"aggregate": "sum", "field": "deal.amount"}], "group_by": [{"field": "owner.name"}],
        "where": [{"kind": "predicate", "field": "deal.status", "op": "is", "values": ["open"]}, {"kind": "predicate", "field": "account.name", "op": "is", "values": ["acme works"]}],
    })  # fmt: skip
    answer = road.answer(plan, Question("", EVERYTHING, NOW))
    assert answer.table is not None
    assert [(row["group"], row["sum_amount"]) for row in answer.table.rows] == [("Ann Summer", Decimal("114000.00"))]


def test_a_plan_that_joins_what_can_not_be_joined_asks_back(road: Structured) -> None:
    plan = Plan.model_validate(
        {
            "subject": "product",
            "shape": "list",
            "where": [{"kind": "predicate", "field": "account.industry", "op": "is", "values": ["Paper"]}],
        }
    )
    assert road.answer(plan, Question("", EVERYTHING, NOW)).kind == "clarify"


def test_numbers_of_the_import_are_compared_and_computed(road: Structured, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.add(CustomField(kind="deal", key="stage_change_count", label="Stage Change Count", type="number"))
        for number, identity in enumerate(("d1", "d2", "d3", "d4")):
            deal = session.get_one(Deal, identity)
            deal.custom = {**deal.custom, "stage_change_count": number + 1}
    assert _ask(road, "average stage change count").figures[0].value == Decimal("2.50")
    assert _ask(road, "total stage change count of won deals").figures[0].value == 4
    assert _ids(_ask(road, "open deals with more than 1 stage changes")) == ["d2", "d3"]
    assert _ids(_ask(road, "open deals with stage change count 1")) == ["d1"]
