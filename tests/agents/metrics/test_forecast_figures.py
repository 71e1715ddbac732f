"""Coverage and forecast variance of a pipeline whose fields change while its deals live: reckoned again from each deal's life, in its currency, for the company, teams and persons."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agents.metrics.metric import Metric
from agents.metrics.service import Metrics, Wanted
from agents.metrics.spans import Asked
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Target, User
from infra.spine.scope import EVERYTHING, scope_of
from tests.agents.pipeline.conftest import service
from tests.agents.pipeline.lives import START, Life, fill, life_of
from tests.in_turn import in_turn

TICK = timedelta(microseconds=1)
Q3, Q4 = (date(2026, 7, 1), date(2026, 10, 1)), (date(2026, 10, 1), date(2027, 1, 1))
TARGETS = (("West", None, "USD", 450_000), ("East", None, "USD", 90_000), (None, "dana", "EUR", 300_000), (None, "luis", "USD", 80_000))  # fmt: skip
Mine = Callable[[str], bool]


@pytest.fixture
def lives() -> list[Life]:
    """Deals with up to a dozen changes each."""
    chance = random.Random(31)
    return [life_of(chance, number) for number in range(240)]


@pytest.fixture
def metrics(database: Database, settings: Settings, lives: list[Life]) -> Metrics:
    """The metrics over the lives, with targets of two teams and two persons in both quarters."""
    fill(database, lives)
    with database.transaction() as session:
        for place, (team, user, currency, amount) in enumerate(TARGETS):
            for quarter in (3, 4):
                session.add(Target(id=f"t{place}-{quarter}", team=team, user_id=user, fiscal_year=2026, quarter=quarter, amount=Decimal(amount), currency=currency, source="test", source_at=START))  # fmt: skip
    pipeline = service(database, settings)
    return Metrics(settings, lambda: pipeline)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class ByHand:
    """Sums over lives, in plain Python: what had been won in a quarter and what was open for it, just before a moment, in one currency."""

    def __init__(self, lives: list[Life], currency: str, mine: Mine) -> None:
        self.lives, self.mine = [one for one in lives if one.currency == currency], mine

    def won(self, before: datetime, quarter: tuple[date, date]) -> Decimal:
        """Return the amounts of deals that were won on one of the quarter's days."""
        return sum((_amount(now) for life, now in self._standing(before, "won") if life.closed and quarter[0] <= life.closed.date() < quarter[1]), Decimal(0))  # fmt: skip

    def open(self, before: datetime, quarter: tuple[date, date], *categories: str | None) -> Decimal:
        """Return the amounts of deals that were to close in the quarter, of some categories."""
        inside = [now for _, now in self._standing(before, "open") if now["close_date"] and quarter[0] <= now["close_date"] < quarter[1]]  # fmt: skip
        return sum((_amount(now) for now in inside if now["forecast_category"] in categories), Decimal(0))

    def _standing(self, before: datetime, state: str) -> list[tuple[Life, dict[str, Any]]]:
        found = [(one, one.at(before)) for one in self.lives if one.state(before) == state]
        return [(one, now) for one, now in found if self.mine(now["owner"])]


def _amount(now: dict[str, Any]) -> Decimal:
    return Decimal(str(now["amount"])) if now["amount"] is not None else Decimal(0)


def _coverage(by_hand: ByHand, target: int, at: datetime, quarter: tuple[date, date]) -> Decimal | None:
    left = Decimal(target) - by_hand.won(at, quarter)
    ahead = by_hand.open(at, quarter, "Commit", "Upside", "Pipeline", None)
    return (ahead / left).quantize(Decimal("0.01")) if left > 0 else None


def _variance(by_hand: ByHand, quarter: tuple[date, date]) -> Decimal | None:
    begin, end = _midnight(quarter[0]), _midnight(quarter[1])
    call = by_hand.won(begin + TICK, quarter) + by_hand.open(begin + TICK, quarter, "Commit")
    off = by_hand.won(end, quarter) - call
    return (abs(off) * 100 / call).quantize(Decimal("0.1")) if call > 0 else None


def _told(found: tuple[Metric, ...] | list[Metric], key: str) -> dict[str | None, Decimal | None]:
    return {one.split: one.value for one in found if one.key == key}


def _known(values: dict[str, Decimal | None]) -> dict[str | None, Decimal | None]:
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("database_url", "as_of"), in_turn(datetime(2026, 9, 10, 18, tzinfo=UTC), datetime(2026, 11, 12, 7, 30, tzinfo=UTC)), indirect=["database_url"])  # fmt: skip
def test_coverage_is_what_is_open_over_what_is_still_to_be_won(
    metrics: Metrics, database: Database, lives: list[Life], as_of: datetime
) -> None:
    quarter = Q3 if as_of < _midnight(Q4[0]) else Q4
    asked = Wanted(Asked(days=7), keys=("pipeline_coverage",), trend=False)
    # What the company is to win: the teams' targets, and those of persons whose team has none of its own in that currency.
    whole = {"USD": 540_000, "EUR": 300_000}
    with database.session() as session:
        found = metrics.report(session, EVERYTHING, as_of, asked).metrics
        expected = {name: _coverage(ByHand(lives, name, lambda _: True), target, as_of + TICK, quarter) for name, target in whole.items()}  # fmt: skip
        assert _told(found, "pipeline_coverage") == _known(expected)
        teams = metrics.report(session, EVERYTHING, as_of, Wanted(Asked(days=7), by="team", keys=("pipeline_coverage",), trend=False)).metrics  # fmt: skip
        # The West has no target of its own in euros: its people's stand for it.
        for team, user, targets in (
            ("West", "dana", {"USD": 450_000, "EUR": 300_000}),
            ("East", "luis", {"USD": 90_000}),
        ):
            mine = {name: _coverage(ByHand(lives, name, lambda owner, user=user: owner == user), target, as_of + TICK, quarter) for name, target in targets.items()}  # type: ignore[misc]  # fmt: skip
            assert _told([one for one in teams if one.team == team], "pipeline_coverage") == _known(mine), team
        dana = session.get_one(User, "dana")
        own = metrics.report(session, scope_of(session, dana, "team"), as_of, Wanted(Asked(days=7), user_id="dana", keys=("pipeline_coverage",), trend=False)).metrics  # fmt: skip
        by_hand = ByHand(lives, "EUR", lambda owner: owner == "dana")
        assert _told(own, "pipeline_coverage") == _known({"EUR": _coverage(by_hand, 300_000, as_of + TICK, quarter)})


@pytest.mark.parametrize(("database_url", "asked"), in_turn((datetime(2026, 10, 1, tzinfo=UTC), Q3), (datetime(2026, 11, 12, 7, 30, tzinfo=UTC), Q3), (datetime(2027, 2, 1, 8, tzinfo=UTC), Q4)), indirect=["database_url"])  # fmt: skip
def test_variance_is_what_was_won_against_the_call_at_the_last_quarters_start(
    metrics: Metrics, database: Database, lives: list[Life], asked: tuple[datetime, tuple[date, date]]
) -> None:
    as_of, quarter = asked
    with database.session() as session:
        found = metrics.report(session, EVERYTHING, as_of, Wanted(Asked(days=7), keys=("forecast_variance",), trend=False)).metrics  # fmt: skip
        expected = {name: _variance(ByHand(lives, name, lambda _: True), quarter) for name in ("USD", "EUR")}
        assert _told(found, "forecast_variance") == _known(expected)
        teams = metrics.report(session, EVERYTHING, as_of, Wanted(Asked(days=7), by="team", keys=("forecast_variance",), trend=False)).metrics  # fmt: skip
        for team, user in (("West", "dana"), ("East", "luis")):
            mine = {name: _variance(ByHand(lives, name, lambda owner, user=user: owner == user), quarter) for name in ("USD", "EUR")}  # type: ignore[misc]  # fmt: skip
            assert _told([one for one in teams if one.team == team], "forecast_variance") == _known(mine), team
