"""Every figure of a pipeline of the public shape equals one computed from the rows of its files, on both databases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median

import pytest
from scipy.stats import fisher_exact
from sqlalchemy import select

from agents.metrics.metric import Window
from agents.pipeline.record import About, Conversion, Forecast, Movement
from agents.pipeline.service import Pipeline
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import User
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from tests.agents.likelihood.filling import fill
from tests.agents.pipeline.conftest import bring_in, service
from tests.agents.pipeline.public_crm import Opportunity, PublicPipeline, made

Mine = Callable[[Opportunity], bool]
QUARTER = (date(2017, 7, 1), date(2017, 10, 1))
WEEKS = (
    (date(2017, 8, 7), date(2017, 8, 14)),
    (date(2017, 12, 25), date(2018, 1, 1)),
    (date(2017, 3, 6), date(2017, 3, 13)),
)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _end_of(day: date) -> datetime:
    return _midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def _window(days: tuple[date, date]) -> Window:
    return Window(begin=_midnight(days[0]), end=_midnight(days[1]))


class Rows:
    """The computation from the rows alone."""

    def __init__(self, public: PublicPipeline, mine: Mine = lambda one: True) -> None:
        self.rows = [one for one in public.opportunities if mine(one)]

    def open_before(self, day: date) -> list[Opportunity]:
        return [
            one
            for one in self.rows
            if (one.engaged is None or one.engaged < day) and (one.closed is None or one.closed >= day)
        ]

    def closed(self, stage: str, first: date, until: date) -> list[Opportunity]:
        return [
            one for one in self.rows if one.stage == stage and one.closed is not None and first <= one.closed < until
        ]

    def engaged(self, first: date, until: date) -> list[Opportunity]:
        return [one for one in self.rows if one.engaged is not None and first <= one.engaged < until]


def _worth(rows: list[Opportunity]) -> Decimal:
    return sum((Decimal(one.value or 0) for one in rows), Decimal(0))


def _check_movement(found: Movement, rows: Rows, days: tuple[date, date]) -> None:
    first, until = days
    for side, at in ((found.begin, first), (found.end, until)):
        expected = rows.open_before(at)
        assert sum(one.deals for one in side) == len(expected)
        assert sum((one.amount for one in side), Decimal(0)) == _worth(expected)
        assert sum(one.unpriced for one in side) == sum(one.value is None for one in expected)
    expected_moves = {
        "won": rows.closed("Won", first, until),
        "lost": rows.closed("Lost", first, until),
        "new": rows.engaged(first, until),
    }
    for kind, expected in expected_moves.items():
        moved = [one for one in found.moves if one.kind == kind]
        assert {one.deal_id.removeprefix("deal-") for one in moved} == {one.id for one in expected}, kind
        assert sum((one.amount or 0 for one in moved), Decimal(0)) == _worth(expected), kind
    assert {one.kind for one in found.moves} <= set(expected_moves)
    _check_identity(found)


def _check_identity(found: Movement) -> None:
    begin, end = ({one.currency: one.amount for one in side} for side in (found.begin, found.end))
    deltas: dict[str, Decimal] = defaultdict(Decimal)
    for one in found.sums:
        deltas[one.currency] += one.delta
    for currency in {*begin, *end, *deltas}:
        assert begin.get(currency, Decimal(0)) + deltas[currency] == end.get(currency, Decimal(0))


def _check_forecast(found: Forecast, rows: Rows, day: date) -> None:
    won = rows.closed("Won", QUARTER[0], day + timedelta(days=1))
    earlier = rows.closed("Won", QUARTER[0], day + timedelta(days=1) - timedelta(days=7))
    if not won and not earlier:
        assert found.lines == ()
        return
    (line,) = found.lines
    assert (line.closed, line.closed_deals) == (_worth(won), len(won))
    # No open deal of these files has a close date, so nothing of them can be expected in the quarter, and that is said.
    assert (line.call, line.before, line.open_deals) == (_worth(won), _worth(earlier), 0)
    assert line.change == _worth(won) - _worth(earlier)
    assert found.undated == len(rows.open_before(day + timedelta(days=1)))
    assert found.call_of == "won + weighted"


def _check_conversion(found: Conversion, rows: Rows, days: tuple[date, date]) -> None:
    won, lost = rows.closed("Won", *days), rows.closed("Lost", *days)
    assert (found.created, found.won, found.lost) == (len(rows.engaged(*days)), len(won), len(lost))
    decided = len(won) + len(lost)
    expected = (Decimal(len(won)) * 100 / decided).quantize(Decimal("0.1"), ROUND_HALF_EVEN) if decided else None
    assert found.win_rate == expected
    for told, of in ((found.median_days_won, won), (found.median_days_lost, lost)):
        took = [(one.closed - one.engaged).days for one in of if one.closed and one.engaged]
        assert told == (Decimal(str(median(took))).quantize(Decimal("0.1")) if took else None)
    assert found.stages == ()


@pytest.fixture(scope="module")
def imported(
    shared_database: Database, public: PublicPipeline, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Database, Pipeline]:
    """The files in the spine, once on each database, and the service over it."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home)
    bring_in(shared_database, settings, public, home / "files")
    return shared_database, service(shared_database, settings)


def test_the_company_s_figures_are_those_of_the_rows(
    imported: tuple[Database, Pipeline], public: PublicPipeline
) -> None:
    (database, pipeline), rows = imported, Rows(public)
    with database.session() as session:
        for days in (QUARTER, *WEEKS):
            _check_movement(pipeline.movement(session, EVERYTHING, _window(days)), rows, days)
            _check_conversion(pipeline.conversion(session, EVERYTHING, _window(days)), rows, days)
        for day in (date(2017, 7, 3), date(2017, 8, 15), date(2017, 9, 30)):
            found = pipeline.forecast(session, EVERYTHING, _end_of(day))
            assert (found.period, found.first, found.until) == ("Q3 2017", *QUARTER)
            _check_forecast(found, rows, day)
        _check_patterns(session, pipeline, public)


def test_a_product_that_wins_more_is_found_and_chance_is_not(sqlite_database: Database, settings: Settings) -> None:
    public = made(11, 3_000)
    fill(sqlite_database, public)
    pipeline = service(sqlite_database, settings)
    day = date(2017, 12, 31)
    with sqlite_database.session() as session:
        found = pipeline.patterns(session, EVERYTHING, _end_of(day))
        _check_patterns(session, pipeline, public)
        assert pipeline.patterns(session, NOTHING, _end_of(day)) == []
    rates = {}
    for product in {one.product for one in public.opportunities}:
        decided = [one for one in public.opportunities if one.product == product and one.closed]
        rates[product] = sum(one.stage == "Won" for one in decided) / len(decided)
    assert max(rates, key=lambda one: abs(rates[one] - 0.63)) in {one.value for one in found if one.field == "product"}
    assert all(one.deal_ids for one in found)


def _check_patterns(session: object, pipeline: Pipeline, public: PublicPipeline) -> None:
    day = date(2017, 12, 31)
    found = pipeline.patterns(session, EVERYTHING, _end_of(day))  # type: ignore[arg-type]
    first = day + timedelta(days=1) - timedelta(days=91 + 365)
    decided = [one for one in public.opportunities if one.closed is not None and one.closed >= first]
    products = {one.product for one in decided}
    assert found == sorted(found, key=lambda one: one.adjusted)
    for one in found:
        assert one.adjusted < Decimal("0.05")
        if one.field != "product" or one.kind != "difference":
            continue
        assert one.value in products
        inside = [each for each in decided if each.product == one.value]
        outside = [each for each in decided if each.product != one.value]
        counts = [(sum(each.stage == "Won" for each in side), len(side)) for side in (inside, outside)]
        assert ((one.won_with, one.decided_with), (one.won_without, one.decided_without)) == tuple(counts)
        table = [[won, total - won] for won, total in counts]
        assert float(one.p) == float(f"{float(fisher_exact(table).pvalue):.2g}")


def test_each_person_s_and_team_s_figures_are_those_of_their_rows(
    imported: tuple[Database, Pipeline], public: PublicPipeline
) -> None:
    database, pipeline = imported
    day = date(2017, 8, 15)
    with database.session() as session:
        people = {name: identity for identity, name in session.execute(select(User.id, User.name))}
        by_rep = pipeline.forecasts(session, EVERYTHING, _end_of(day), "rep")
        by_team = pipeline.forecasts(session, EVERYTHING, _end_of(day), "team")
        assert set(by_team) == {"Central", "East", "West"}
        for agent, _, office in public.agents[:4]:
            mine = Rows(public, lambda one, agent=agent: one.agent == agent)  # type: ignore[misc]
            theirs = Rows(public, lambda one, office=office: public.office_of(one.agent) == office)  # type: ignore[misc]
            about, team = About(user_id=people[agent]), About(team=office)
            _check_forecast(by_rep[people[agent]], mine, day)
            _check_forecast(by_team[office], theirs, day)
            _check_movement(pipeline.movement(session, EVERYTHING, _window(QUARTER), about), mine, QUARTER)
            _check_movement(pipeline.movement(session, EVERYTHING, _window(QUARTER), team), theirs, QUARTER)
            scope = Scope(grants=(frozenset({people[agent]}),), user_id=people[agent])
            _check_movement(pipeline.movement(session, scope, _window(WEEKS[0])), mine, WEEKS[0])
        idle = people[public.agents[-1][0]]
        assert idle not in by_rep
        nobody = pipeline.movement(session, EVERYTHING, _window(QUARTER), About(user_id=idle))
        assert (nobody.begin, nobody.end, nobody.moves) == ((), (), ())
