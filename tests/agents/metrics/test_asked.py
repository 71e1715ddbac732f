"""Asking for metrics in one's own words: which question wants which figure, of whom and when; and whose figures are told to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agents.answer import Answer
from agents.linking import Linker
from agents.metrics.answering import MetricsRoad
from agents.metrics.asked import Wish, wish_of
from agents.metrics.service import Metrics
from agents.question import Question
from agents.thread import Context
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Deal, Lead, User
from infra.spine.scope import EVERYTHING, Scope, scope_of, scope_of_all

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def team(sqlite_database: Database) -> Database:
    """Two teams: Dana and Priya in West under Marcus, Luis in East."""
    came = {"source": "test", "source_at": NOW, "custom": {}}
    with sqlite_database.transaction() as session:
        session.add(User(id="marcus", name="Marcus Oyelaran", name_key="marcus oyelaran", email="m@x.example", role="manager", team="West", **came))  # fmt: skip
        session.flush()
        for id, name, of, boss in (("dana", "Dana Whitfield", "West", "marcus"), ("priya", "Priya Raman", "West", "marcus"), ("luis", "Luis Ferrer", "East", None)):  # fmt: skip
            session.add(User(id=id, name=name, name_key=name.lower(), email=f"{id}@x.example", role="rep", team=of, manager_id=boss, **came))  # fmt: skip
        session.flush()
        for number, (owner, minutes) in enumerate((("dana", 3), ("dana", 5), ("priya", 60), ("luis", 600))):
            at = NOW - timedelta(days=5, hours=number)
            session.add(Lead(id=f"l{number}", name="x", name_key="x", owner_id=owner, created_at=at, first_touch_at=at + timedelta(minutes=minutes), **came))  # fmt: skip
            session.add(Deal(id=f"d{number}", name=f"Deal {number}", owner_id=owner, currency="USD", status="open", provenance={}, **came))  # fmt: skip
    return sqlite_database


def _wish(database: Database, settings: Settings, text: str, user: str = "marcus") -> Wish | None:
    with database.session() as session:
        question = Question(text, EVERYTHING, NOW, user)
        return wish_of(question, Linker().link(session, EVERYTHING, text, Context()), settings)


def _answer(database: Database, settings: Settings, text: str, scope: Scope, user: str) -> Answer | None:
    with database.session() as session:
        question = Question(text, scope, NOW, user)
        road = MetricsRoad(Metrics(settings), settings)
        return road.answer(session, question, Linker().link(session, scope, text, Context()))


def _scope(database: Database, user: str) -> Scope:
    with database.session() as session:
        return scope_of(session, session.get_one(User, user), "team")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("what's our signal-to-send?", ("signal_to_send",)),
        ("How is speed to lead?", ("speed_to_lead",)),
        ("speed to lead this quarter", ("speed_to_lead",)),
        ("What is our CRM completeness right now?", ("crm_completeness",)),
        ("How high is the collision rate?", ("collision_rate",)),
        ("conversation rate and meeting-set rate last month", ("conversation_rate", "meeting_set_rate")),
        ("How many sync errors did we have last week?", ("sync_errors",)),
        ("What's the save rate?", ("save_rate",)),
        ("how much admin time do we spend?", ("admin_minutes",)),
        ("what's our pipeline coverage?", ("pipeline_coverage",)),
        ("show me the metrics", ()),
        ("How are our KPIs looking?", ()),
        ("metrics", ()),
    ],
)
def test_a_metric_is_known_by_its_names(team: Database, settings: Settings, text: str, keys: tuple[str, ...]) -> None:
    wish = _wish(team, settings, text)
    assert wish is not None
    assert wish.keys == keys


@pytest.mark.parametrize(
    "text",
    [
        "Why is our save rate so low?",
        "Which deals are silent?",
        "metrics that Acme asked us for in the call",
        "What did they say about response rate limits of the API?",
        "Show me the collisions list with owners",
    ],
)
def test_what_wants_something_else_is_left_to_other_roads(team: Database, settings: Settings, text: str) -> None:
    assert _wish(team, settings, text) is None


def test_a_team_a_window_and_oneself_are_understood(team: Database, settings: Settings) -> None:
    wish = _wish(team, settings, "CRM completeness of the West team?")
    assert wish is not None
    assert wish.team == "West"
    mine = _wish(team, settings, "what's my speed to lead this month?", "dana")
    assert mine is not None
    assert mine.user_id == "dana"
    assert mine.spans is not None
    assert mine.spans[0].window.begin == datetime(2026, 11, 1, tzinfo=UTC)
    shown = _wish(team, settings, "show me my speed to lead", "dana")
    assert shown is not None
    assert shown.user_id == "dana"
    led = _wish(team, settings, "show me my team's speed to lead", "marcus")
    assert led is not None
    assert led.user_id is None


def test_the_figure_is_told_with_its_sample_target_and_rule(team: Database, settings: Settings) -> None:
    told = _answer(team, settings, "how is speed to lead this month?", EVERYTHING, "marcus")
    assert told is not None
    assert told.headline.startswith("Speed to lead, median: 32 min (4), target below 5 min missed — The whole company")
    assert told.rule is not None
    assert "leads.first_touch_at" in told.rule
    west = _answer(team, settings, "how is speed to lead of the West team this month?", EVERYTHING, "marcus")
    assert west is not None
    assert west.headline.startswith("Speed to lead, median: 5 min (3)")


def test_where_nothing_is_counted_no_figure_is_told(team: Database, settings: Settings) -> None:
    told = _answer(team, settings, "what's our bounce rate?", EVERYTHING, "marcus")
    assert told is not None
    assert told.headline.startswith("Bounce rate: nothing to count yet")
    assert "0 %" not in told.public()["headline"]


def test_ones_own_and_ones_peoples_are_told_in_private_and_nobody_elses(team: Database, settings: Settings) -> None:
    own = _answer(team, settings, "what's my speed to lead this month?", _scope(team, "dana"), "dana")
    assert own is not None
    assert "4 min (2)" in own.headline
    peer = _answer(team, settings, "what's Priya's speed to lead this month?", _scope(team, "dana"), "dana")
    assert peer is not None
    assert (peer.kind, peer.table, peer.figures) == ("refused", None, ())
    led = _answer(team, settings, "what's Priya Raman's speed to lead this month?", _scope(team, "marcus"), "marcus")
    assert led is not None
    assert "60 min (1)" in led.headline


def test_a_channel_is_told_sums_and_no_persons_figure(team: Database, settings: Settings) -> None:
    channel = scope_of_all([_scope(team, "marcus"), _scope(team, "dana")])
    own = _answer(team, settings, "what's my speed to lead this month?", channel, "dana")
    assert own is not None
    assert (own.kind, own.notes) == ("refused", ("Ask me in private: what one person does is not told where others read it.",))  # fmt: skip
    whole = _answer(team, settings, "what's our speed to lead this month?", channel, "dana")
    assert whole is not None
    assert "5 min (3)" in whole.headline
