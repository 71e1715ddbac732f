"""Likelihoods are learned from what was known, beat the win rate where the past tells more, and say so where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from agents.likelihood.features import Known, season
from agents.likelihood.service import Likelihoods
from agents.likelihood.snapshots import Accounts, Lives, snapshots_at
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Deal
from infra.spine.scope import EVERYTHING, NOTHING, Scope
from sales.clock import FixedClock
from sales.likelihood import ages_of
from tests.agents.likelihood.filling import fill
from tests.agents.pipeline.public_crm import PublicPipeline, made
from tests.conftest import NOW

OCTOBER = datetime(2017, 10, 1, tzinfo=UTC)
YEAR_END = datetime(2017, 12, 31, 23, tzinfo=UTC)
Opened = Callable[[str], Database]


def _likelihoods(database: Database, home: Path) -> Likelihoods:
    return Likelihoods(database, Settings(home=home, database_url=database.url), FixedClock(NOW))


@pytest.fixture(scope="module")
def telling() -> PublicPipeline:
    """A pipeline whose past tells something of its future, though not by whose the deals are, which is not learned from."""
    return made(3, 4_000, signal=1.5)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Open an empty spine of its own."""
    kept: list[Database] = []

    def open_one(name: str) -> Database:
        database = Database(f"sqlite:///{tmp_path_factory.mktemp(name) / 'spine.db'}")
        database.migrate()
        kept.append(database)
        return database

    yield open_one
    for one in kept:
        one.close()


@pytest.fixture(scope="module")
def learned(opened: Opened, telling: PublicPipeline, tmp_path_factory: pytest.TempPathFactory) -> Likelihoods:
    """Likelihoods over the telling pipeline."""
    database = opened("telling")
    fill(database, telling)
    return _likelihoods(database, tmp_path_factory.mktemp("home"))


def test_a_model_beats_the_win_rate_on_the_next_quarter(learned: Likelihoods) -> None:
    with learned._database.session() as session:
        report = learned.report(session, YEAR_END, quarters=1)
    (trial,) = report.trials
    assert (trial.cutoff, trial.method) == (OCTOBER, "model")
    assert trial.deals > 300
    assert trial.brier is not None
    assert trial.base_brier is not None
    assert trial.brier < trial.base_brier
    assert trial.beats
    assert sum(one.deals for one in report.calibration) == trial.deals
    for one in report.calibration:
        assert one.low <= one.given <= one.high


def test_nobodys_record_can_be_read_back_from_the_likelihoods_that_others_see(
    learned: Likelihoods, telling: PublicPipeline
) -> None:
    with learned._database.transaction() as session:
        before = learned.of(session, EVERYTHING, OCTOBER)
        # Everybody's deals in the hands of one: nothing that is told of a deal depends on whose it is.
        session.execute(update(Deal).values(owner_id=telling.agents[1][0]))
        after = learned.of(session, EVERYTHING, OCTOBER)
        session.rollback()
    assert len(before) > 300
    assert after == before


def test_likelihoods_are_the_same_whatever_came_later(
    learned: Likelihoods, opened: Opened, telling: PublicPipeline, tmp_path: Path
) -> None:
    then = opened("then")
    fill(then, telling, OCTOBER.date())
    past = _likelihoods(then, tmp_path)
    with then.session() as session, learned._database.session() as later:
        a, b = past.fitted(session, OCTOBER), learned.fitted(later, OCTOBER)
        assert a == b
        # A moment before midnight: what is decided on the day itself is not known yet.
        eve = OCTOBER - timedelta(seconds=1)
        assert past.of(session, EVERYTHING, eve) == learned.of(later, EVERYTHING, eve)


def test_the_same_data_gives_the_same_figures_and_is_learned_once(learned: Likelihoods, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=learned._database.url)
    first, second = (Likelihoods(learned._database, settings, FixedClock(NOW)) for _ in range(2))
    with learned._database.session() as session:
        one = first.fitted(session, OCTOBER)
        kept = list((tmp_path / "likelihood").glob("*.json"))
        assert len(kept) == 1
        stamp = kept[0].stat().st_mtime_ns
        assert second.fitted(session, OCTOBER + timedelta(hours=9)) == one
        assert kept[0].stat().st_mtime_ns == stamp
        kept[0].write_text("{broken")
        assert Likelihoods(learned._database, settings, FixedClock(NOW)).fitted(session, OCTOBER) == one


def test_only_deals_inside_the_scope_are_told(learned: Likelihoods, telling: PublicPipeline) -> None:
    agent = telling.agents[0][0]
    with learned._database.session() as session:
        mine = learned.of(session, Scope(grants=(frozenset({agent}),)), OCTOBER)
        everything = learned.of(session, EVERYTHING, OCTOBER)
        assert learned.of(session, NOTHING, OCTOBER) == {}
        some = sorted(mine)[:3]
        assert learned.of(session, some, OCTOBER) == {one: everything[one] for one in some}
        owners = {row.id: row.owner_id for row in session.execute(select(Deal.id, Deal.owner_id))}
    assert mine
    assert {owners[one] for one in mine} == {agent}
    assert all(everything[one] == told for one, told in mine.items())


def test_a_deal_gets_a_share_its_bounds_a_sample_and_a_day(learned: Likelihoods) -> None:
    with learned._database.session() as session:
        found = learned.of(session, EVERYTHING, OCTOBER)
    dated = [one for one in found.values() if one.method == "model"]
    assert len(dated) > 300
    for one in dated:
        assert one.p is not None
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.p <= one.high <= 1
        assert one.expected_close is None or one.expected_close > OCTOBER.date()
    assert sum(one.expected_close is not None for one in dated) > 0.8 * len(dated)
    # Prospects have no engage date: what is told of them is the win rate, and it says why.
    plain = [one for one in found.values() if one.method == "base rate"]
    assert plain
    assert all("without a date of creation" in one.of for one in plain)


def test_where_outcomes_are_pure_chance_nothing_better_is_claimed(opened: Opened, tmp_path: Path) -> None:
    database = opened("chance")
    fill(database, made(5, 2_500, signal=0.0))
    with database.session() as session:
        report = _likelihoods(database, tmp_path).report(session, YEAR_END, quarters=1)
    (trial,) = report.trials
    assert trial.margin is not None
    assert not trial.beats
    assert trial.margin > Decimal("-0.004")


def test_too_short_a_past_gives_the_win_rate_and_none_gives_nothing(opened: Opened, tmp_path: Path) -> None:
    database = opened("short")
    likelihoods = _likelihoods(database, tmp_path)
    with database.session() as session:
        assert likelihoods.fitted(session, OCTOBER).how == "none"
        assert likelihoods.report(session, OCTOBER).trials == ()
    fill(database, made(8, 150), date(2017, 10, 1))
    with database.session() as session:
        found = likelihoods.of(session, EVERYTHING, OCTOBER)
        report = likelihoods.report(session, OCTOBER)
    won, lost = report.won, report.lost
    assert 0 < lost < 50
    assert (report.method, report.how) == ("base rate", "win rate")
    assert "a model needs 50 of each" in report.why
    assert found
    for one in found.values():
        assert one.p == (Decimal(won) / (won + lost)).quantize(Decimal("0.0001"))
        assert one.sample == won + lost


def test_before_anything_was_decided_no_share_is_told(opened: Opened, tmp_path: Path) -> None:
    database = opened("before")
    fill(database, made(8, 150))
    likelihoods = _likelihoods(database, tmp_path)
    with database.session() as session:
        found = likelihoods.of(session, EVERYTHING, datetime(2017, 1, 15, tzinfo=UTC))
    assert found
    assert {(one.p, one.method, one.expected_close) for one in found.values()} == {(None, "none", None)}


def test_deals_decided_before_they_were_created_are_left_out_and_said(opened: Opened, tmp_path: Path) -> None:
    database = opened("turned")
    fill(database, made(9, 400))
    with database.transaction() as session:
        decided = list(session.scalars(select(Deal.id).where(Deal.status != "open").order_by(Deal.id).limit(20)))
        session.execute(
            update(Deal).where(Deal.id.in_(decided[:10])).values(created_at=datetime(2018, 6, 1, tzinfo=UTC))
        )
        session.execute(update(Deal).where(Deal.id.in_(decided[10:])).values(created_at=None))
    likelihoods = _likelihoods(database, tmp_path)
    with database.session() as session:
        found = likelihoods.fitted(session, datetime(2019, 1, 1, tzinfo=UTC))
        assert likelihoods.of(session, EVERYTHING, datetime(2019, 1, 1, tzinfo=UTC))
    assert found.left_out == 20


def test_a_quarter_s_last_month_counts_by_when_deals_are_likely_to_be_decided(learned: Likelihoods) -> None:
    lives = Lives(
        tuple(
            (datetime(2017, 1, 2, tzinfo=UTC), datetime(2017, month, 15, tzinfo=UTC), ended)
            for month, ended in ((4, "lost"), (5, "lost"), (6, "won"), (6, "won"), (9, "won"))
        )
    )
    assert lives.months(datetime(2017, 7, 1, tzinfo=UTC), 1, UTC) == ((0, 1), (0, 1), (2, 2))
    # A fiscal year from February on: June is the second month of its quarter.
    assert lives.months(datetime(2017, 7, 1, tzinfo=UTC), 2, UTC) == ((0, 1), (2, 2), (0, 1))
    known = Known(ages_of([(40, "won"), (40, "lost")] * 30), 0.6, (0.5, 0.5, 0.8), 1)
    with learned._database.session() as session:
        rows = snapshots_at(session, EVERYTHING, datetime(2017, 8, 1, tzinfo=UTC), Accounts(session))
    young = rows.chosen(rows.ages < 8)
    # Decided at 40 days, a deal that is not yet 8 days old on 1 August is decided in September.
    assert len(young) > 5
    assert season(young, known).tolist() == pytest.approx([0.8] * len(young))
