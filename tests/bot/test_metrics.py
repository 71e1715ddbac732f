"""Metrics for programs and for the command line: what is asked for, refused in fixed words, and told with its windows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.api import metrics as metrics_api
from bot.app import App
from bot.jobs import Job
from bot.metrics import measure
from infra.errors import Denied, Fatal
from infra.settings import Settings
from sales.clock import FixedClock
from tests.agents.northern import settle, user

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TOKEN = "a-token-of-thirty-two-characters-x"


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    """A process over two people of two teams."""
    made = App(Settings.model_validate({**settings.model_dump(), "api_token": TOKEN}), clock=FixedClock(NOW))
    with made.database.transaction() as session:
        settle(session, NOW, user("ana", "Ana Ruiz", "North"), user("ben", "Ben Okoro", "South", "manager"))
    yield made
    made.close()


@pytest.fixture
def client(app: App) -> TestClient:
    """A program that has the token."""
    served = FastAPI()
    served.include_router(metrics_api.routes(app))
    return TestClient(served, headers={"Authorization": f"Bearer {TOKEN}"})


def _measured(app: App, **body: Any) -> dict[str, Any]:
    return measure(app, {"as": "ana@ours.example", **body}, Job())


def test_the_usual_windows_are_the_last_complete_week_and_the_quarter_to_date(app: App) -> None:
    told = _measured(app)
    assert [one["label"] for one in told["windows"]] == ["2026-W47", "Q4 2026 to date"]
    assert (told["begin"], told["end"]) == ("2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z")
    rates = [one for one in told["metrics"] if one["key"] == "win_rate"]
    assert [(one["window"], one["value"], one["denominator"]) for one in rates] == [
        ("2026-W47", None, 0),
        ("Q4 2026 to date", None, 0),
    ]
    assert {len(one["weeks"]) for one in told["trends"]} == {12}


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        ({"week": "2026-W46"}, ["2026-W46"]),
        ({"week": "2026w46"}, ["2026-W46"]),
        ({"from": "2026-11-01", "to": "2026-11-10"}, ["2026-11-01 to 2026-11-10"]),
        ({"days": 28}, ["the last 28 days"]),
        ({"as_of": "2026-07-01"}, ["2026-W26", "Q3 2026 to date"]),
    ],
)
def test_any_window_can_be_asked_for(app: App, body: dict[str, Any], labels: list[str]) -> None:
    assert [one["label"] for one in _measured(app, **body)["windows"]] == labels


@pytest.mark.parametrize(
    "body",
    [
        {"week": "2026-W60"}, {"week": "last"}, {"from": "2026-11-31"}, {"to": "2026-11-10"}, {"from": "2026-11-10", "to": "2026-11-01"},
        {"week": "2026-W46", "days": 7}, {"by": "region"}, {"team": "Nowhere"}, {"team": "South"},
    ],
)  # fmt: skip
def test_what_can_not_be_told_is_refused_in_fixed_words(app: App, body: dict[str, Any]) -> None:
    with pytest.raises(Fatal) as refused:
        _measured(app, **body)
    assert refused.value.sentence
    assert refused.value.status in (404, 422)


def test_a_colleagues_figures_and_a_strangers_are_refused_alike(app: App) -> None:
    said = set()
    for rep in ("ben@ours.example", "nobody@ours.example"):
        with pytest.raises(Denied) as refused:
            _measured(app, rep=rep)
        said.add(refused.value.sentence)
    assert len(said) == 1
    assert _measured(app, rep="ANA@ours.example")["about"] == "Ana Ruiz"


def test_programs_get_team_figures_and_no_persons(client: TestClient) -> None:
    told = client.get("/api/metrics", params={"by": "team", "key": ["win_rate", "admin_minutes"]})
    assert told.status_code == 200
    assert {one["key"] for one in told.json()["metrics"]} == {"win_rate", "admin_minutes"}
    with pytest.raises(Denied):
        client.get("/api/metrics", params={"by": "rep"})
    as_somebody = client.get("/api/metrics", params={"by": "rep", "as": "ana@ours.example", "week": "2026-W46"})
    assert as_somebody.json()["windows"][0]["label"] == "2026-W46"
    assert client.get("/api/metrics", params={"week": "46"}).status_code == 422
