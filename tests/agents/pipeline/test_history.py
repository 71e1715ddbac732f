"""A pipeline with a history, in several currencies, rewound in SQL and by hand: the same on both databases."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from agents.metrics.metric import Window
from agents.pipeline.record import Movement
from agents.pipeline.service import Pipeline
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Target
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from tests.agents.pipeline.conftest import service
from tests.agents.pipeline.lives import DAYS, OPEN_STAGES, STAGES, START, Life, fill, life_of, text_of


@pytest.fixture
def lives() -> list[Life]:
    """A hundred and sixty deals with up to a dozen changes each."""
    chance = random.Random(20)
    return [life_of(chance, number) for number in range(160)]


@pytest.fixture
def filled(database: Database, settings: Settings, lives: list[Life]) -> tuple[Database, Pipeline]:
    """The deals on each database, and the service over them."""
    fill(database, lives)
    return database, service(database, settings)


def test_every_deal_stood_as_its_history_tells(filled: tuple[Database, Pipeline], lives: list[Life]) -> None:
    database, pipeline = filled
    with database.session() as session:
        for day in (3, 40, 77, 139, 300):
            at = START + timedelta(days=day, hours=2)
            stood = pipeline.as_it_stood(session, EVERYTHING, at)
            found = {row.deal_id: row for row in session.execute(select(stood))}
            for life in lives:
                row, state = found[life.id], life.state(at)
                assert row.state == state, (life.id, day)
                if state == "absent":
                    continue
                then = life.at(at)
                assert row.stage == then["stage"]
                assert row.owner_id == then["owner"]
                assert row.close_day == text_of("close_date", then["close_date"])
                known = (
                    not life.closed
                    or life.state(at) != "open"
                    or any(
                        name == "forecast_category" and when < at
                        for one in lives
                        for when, name, _ in one.told
                        if when > one.created
                    )
                )
                # What closing may have written is not taken for what was known before a history of it was kept.
                assert row.category == then["forecast_category"] or (not known and row.category is None)
                if then["amount"] is not None or any(
                    name == "amount" and when > life.created for when, name, _ in life.told
                ):
                    assert row.amount == then["amount"], life.id


def test_totals_and_moves_add_up_in_every_currency_and_week(
    filled: tuple[Database, Pipeline], lives: list[Life]
) -> None:
    database, pipeline = filled
    with database.session() as session:
        for week in range(0, 19, 3):
            begin = START + timedelta(weeks=week)
            window = Window(begin=begin, end=begin + timedelta(days=7))
            found = pipeline.movement(session, EVERYTHING, window)
            _check(found, lives, window)


def _check(found: Movement, lives: list[Life], window: Window) -> None:
    for side, at in ((found.begin, window.begin), (found.end, window.end)):
        expected: dict[str, list[Decimal]] = defaultdict(list)
        for life in lives:
            if life.state(at) == "open":
                expected[life.currency].append(life.at(at)["amount"] or Decimal(0))
        assert {one.currency: (one.deals, one.amount) for one in side} == {
            currency: (len(amounts), sum(amounts)) for currency, amounts in expected.items()
        }
    begin, end = ({one.currency: one.amount for one in side} for side in (found.begin, found.end))
    for currency in ("USD", "EUR"):
        delta = sum((one.delta for one in found.sums if one.currency == currency), Decimal(0))
        assert begin.get(currency, Decimal(0)) + delta == end.get(currency, Decimal(0))
    for kind, changed in (("slipped", 1), ("pulled_in", -1)):
        expected_ids = set()
        for life in lives:
            then, now = life.at(window.begin), life.at(window.end)
            both = life.state(window.begin) == life.state(window.end) == "open"
            if (
                both
                and then["close_date"]
                and now["close_date"]
                and (now["close_date"] - then["close_date"]).days * changed > 0
            ):
                expected_ids.add(life.id)
        assert {one.deal_id for one in found.moves if one.kind == kind} == expected_ids
        assert all(one.change_id and window.begin <= one.at < window.end for one in found.moves if one.kind == kind)
    for state in ("won", "lost"):
        expected_ids = {one.id for one in lives if one.state(window.end) == state and one.state(window.begin) != state}
        assert {one.deal_id for one in found.moves if one.kind == state} == expected_ids
    reopened = {
        one.id for one in lives if one.state(window.begin) in ("won", "lost") and one.state(window.end) == "open"
    }
    assert {one.deal_id for one in found.moves if one.kind == "reopened"} == reopened


def test_stages_convert_as_counted_by_hand(filled: tuple[Database, Pipeline], lives: list[Life]) -> None:
    database, pipeline = filled
    window = Window(begin=START + timedelta(days=20), end=START + timedelta(days=90))
    order = [name for name, _ in STAGES]
    expected: dict[str, list[str]] = defaultdict(list)
    for life in lives:
        visits = [(at, value) for at, name, value in life.told if name == "stage" and at < window.end]
        for place, (at, stage) in enumerate(visits):
            if at < window.begin or stage not in OPEN_STAGES:
                continue
            after = visits[place + 1][1] if place + 1 < len(visits) else None
            fate = (
                "open"
                if after is None
                else "fell"
                if after == "Closed Lost" or order.index(after) <= order.index(stage)
                else "on"
            )
            expected[stage].append(fate)
    with database.session() as session:
        found = pipeline.conversion(session, EVERYTHING, window)
    assert [one.stage for one in found.stages] == OPEN_STAGES
    for one in found.stages:
        fates = expected[one.stage]
        assert (one.entered, one.went_on, one.fell, one.open) == (
            len(fates),
            fates.count("on"),
            fates.count("fell"),
            fates.count("open"),
        )


def test_the_forecast_is_the_one_that_stood_then(filled: tuple[Database, Pipeline], lives: list[Life]) -> None:
    database, pipeline = filled
    as_of = datetime(2026, 9, 10, 18, tzinfo=UTC)
    first, until = date(2026, 7, 1), date(2026, 10, 1)
    with database.transaction() as session:
        session.add(
            Target(
                id="t1",
                team="West",
                fiscal_year=2026,
                quarter=3,
                amount=Decimal(450_000),
                currency="USD",
                source="test",
                source_at=START,
            )
        )
        session.add(
            Target(
                id="t2",
                user_id="dana",
                fiscal_year=2026,
                quarter=3,
                amount=Decimal(200_000),
                currency="USD",
                source="test",
                source_at=START,
            )
        )
    with database.session() as session:
        found = pipeline.forecast(session, EVERYTHING, as_of)
        teams = pipeline.forecasts(session, EVERYTHING, as_of, "team")
        reps = pipeline.forecasts(session, EVERYTHING, as_of, "rep")
        nothing = pipeline.forecast(session, NOTHING, as_of)
    assert found.call_of == "won + commit"
    for line in found.lines:
        for at, told in ((as_of, line.call), (as_of - timedelta(days=7), line.before)):
            assert told == _call(lives, line.currency, at, first, until)
    usd = next(line for line in found.lines if line.currency == "USD")
    assert usd.target == Decimal(450_000)
    assert next(one for one in reps["dana"].lines if one.currency == "USD").target == Decimal(200_000)
    assert (
        sum((line.call for one in teams.values() for line in one.lines if line.currency == "USD"), Decimal(0))
        == usd.call
    )
    assert nothing.lines == ()


def _call(lives: list[Life], currency: str, at: datetime, first: date, until: date) -> Decimal:
    total = Decimal(0)
    just = at + timedelta(microseconds=1)
    for life in lives:
        if life.currency != currency:
            continue
        now, state = life.at(just), life.state(just)
        amount = now.get("amount") or Decimal(0)
        won = state == "won" and life.closed is not None and first <= life.closed.date() < until
        commit = (
            state == "open"
            and now["forecast_category"] == "Commit"
            and now["close_date"]
            and first <= now["close_date"] < until
        )
        total += amount if won or commit else Decimal(0)
    return total.quantize(Decimal("0.01"))


def test_a_rep_sees_only_what_the_scope_shows(filled: tuple[Database, Pipeline], lives: list[Life]) -> None:
    database, pipeline = filled
    scope = Scope(grants=(frozenset({"dana"}),), user_id="dana")
    window = Window(begin=START, end=START + timedelta(days=DAYS))
    hers = {one.id for one in lives if one.at(START + timedelta(days=10_000))["owner"] == "dana"}
    with database.session() as session:
        found = pipeline.movement(session, scope, window)
        assert pipeline.movement(session, NOTHING, window).moves == ()
    assert {one.deal_id for one in found.moves} <= hers
    assert {one.deal_id for one in found.moves if one.kind == "new"} == hers
