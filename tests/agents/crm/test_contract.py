"""What every connector does, against a stateful fake of its service over HTTP: paging, limits, faults, tokens, deletions, clocks that differ, doubled records."""

from __future__ import annotations

from itertools import cycle

import pytest
from sqlalchemy import func, select

from agents.crm import letters
from agents.crm.replaying import replay
from agents.crm.sync import Sync, SyncReport
from infra.spine.database import Database
from infra.spine.models import Contact, CrmLink, DeadLetter, SyncState
from integrations.connectors.errors import SignedOut
from sales.clock import FixedClock
from tests.agents.crm.worlds import World, names
from tests.fakes.service import Fault, Limit, Request


def _people(database: Database) -> list[str]:
    with database.session() as session:
        return names(session)


def _stream(report: SyncReport, world: World) -> tuple[str, int, int, int]:
    found = next(one for one in report.streams if one.name == world.stream)
    return found.state, found.read, found.applied, found.set_aside


def test_all_pages_are_read_and_each_record_is_there_once(world: World, sync: Sync, sqlite_database: Database) -> None:
    world.add(250)
    report = sync.run(world.connector())
    assert report.failed == []
    assert _stream(report, world) == ("done", 250, 250, 0)
    assert len(_people(sqlite_database)) == len(set(_people(sqlite_database))) == 250


def test_a_second_run_reads_only_what_changed(world: World, sync: Sync, sqlite_database: Database) -> None:
    ids = world.add(30)
    sync.run(world.connector())
    world.time.passed += 3_600
    sync.run(world.connector())
    world.time.passed += 3_600
    world.rename(ids[3], "Renamed Person")
    report = sync.run(world.connector())
    assert _stream(report, world) == ("done", 1, 1, 0)
    assert _people(sqlite_database).count("Renamed Person") == 1
    assert len(_people(sqlite_database)) == 30


def test_a_limit_is_kept_to_by_the_service_own_word(world: World, sync: Sync, sqlite_database: Database) -> None:
    world.add(250)
    world.fake.limits.append(Limit(4, 10.0))
    report = sync.run(world.connector())
    assert report.failed == []
    assert len(_people(sqlite_database)) == 250
    assert world.fake.limited > 0
    # It was waited for as long as `Retry-After` asked, in whole seconds, and not knocked on meanwhile.
    assert max(world.time.waits) >= 1
    assert world.fake.limited <= len(world.fake.calls) / 2


def test_faults_that_pass_are_waited_out(world: World, sync: Sync, sqlite_database: Database) -> None:
    world.add(250)
    faults: cycle[Fault] = cycle(("500", "503", "reset", "429", "hang", "500 after", "reset after"))
    failed: set[str] = set()

    def fault(request: Request) -> Fault | None:
        """Let each request go wrong once, one way after the other."""
        told = repr((request.method, request.path, request.query, request.body))
        if told in failed:
            return None
        failed.add(told)
        return next(faults)

    world.fake.fault_for = fault
    world.fake.hang_s = 0.6
    report = sync.run(world.connector(timeout_s=0.3))
    assert report.failed == []
    assert len(_people(sqlite_database)) == 250


def test_faults_that_stay_are_told_and_the_next_run_goes_on(
    world: World, sync: Sync, sqlite_database: Database
) -> None:
    world.add(120)
    pages = iter(range(1_000))
    broken = True

    def fault(request: Request) -> Fault | None:
        return "500" if broken and world.is_page(request) and next(pages) > 0 else None

    world.fake.fault_for = fault
    if (report := sync.run(world.connector())).failed:
        failed = next(one for one in report.failed if one.name == world.stream)
        assert "does not answer" in (failed.trouble or "")
    with sqlite_database.session() as session:
        state = session.get_one(SyncState, (world.name, world.stream))
        assert state.state == ("failed" if report.failed else "done")
    broken = False
    assert sync.run(world.connector()).failed == []
    assert len(_people(sqlite_database)) == 120


def test_an_answer_that_is_no_answer_fails_the_stream_and_not_the_process(world: World, sync: Sync) -> None:
    world.add(5)
    world.fake.fault_for = lambda request: "garbage" if world.is_page(request) else None
    report = sync.run(world.connector())
    assert [one.name for one in report.failed] == [world.stream]
    assert "can't be understood" in (report.failed[0].trouble or "")


def test_a_token_that_ran_out_is_renewed(world: World, sync: Sync, sqlite_database: Database) -> None:
    if not world.renews:
        pytest.skip("this service's keys don't run out")
    world.add(20)
    world.fake.tokens = set()
    assert sync.run(world.connector()).failed == []
    assert len(_people(sqlite_database)) == 20


def test_a_token_that_is_refused_is_told_with_what_to_do(world: World, sync: Sync) -> None:
    world.add(1)
    world.fake.tokens = set()
    try:
        errors = list(sync.run(world.connector(renewing=False)).errors)
    except SignedOut as error:
        errors = [error]
    assert {type(one) for one in errors} == {SignedOut}
    assert "Connect" in errors[0].next_step


def test_a_field_that_we_have_no_name_for_is_kept_under_its_own(
    world: World, sync: Sync, sqlite_database: Database
) -> None:
    ids = world.add(2)
    world.give_unknown_field(ids[0], "Shoe size", "44")
    sync.run(world.connector())
    with sqlite_database.session() as session:
        assert "44" in [str(one.get("shoe_size")) for one in session.scalars(select(Contact.custom))]


def test_a_record_that_cannot_be_read_does_not_stop_the_rest_and_is_read_once_it_is_mended(
    world: World, sync: Sync, sqlite_database: Database, clock: FixedClock
) -> None:
    ids = world.add(5)
    world.spoil(ids[2])
    report = sync.run(world.connector())
    assert _stream(report, world) == ("done", 5, 4, 1)
    with sqlite_database.session() as session:
        (letter,) = letters.listed(session)
        assert (letter.direction, letter.kind, letter.key) == ("read", world.stream, ids[2])
        assert letter.reason.endswith(".")
    told = replay(sqlite_database, clock, sync, world.connector(), [letter])
    assert (told.read, told.still_dead) == (0, 1)
    world.mend(ids[2])
    told = replay(sqlite_database, clock, sync, world.connector(), [letter])
    assert (told.read, told.still_dead) == (1, 0)
    assert "Mended Now" in _people(sqlite_database)
    with sqlite_database.session() as session:
        assert session.scalar(select(DeadLetter.state)) == "replayed"


def test_what_was_deleted_there_leaves_the_spine(world: World, sync: Sync, sqlite_database: Database) -> None:
    ids = world.add(5)
    sync.run(world.connector())
    world.time.passed += 60
    world.remove(ids[1])
    assert sync.run(world.connector()).failed == []
    assert len(_people(sqlite_database)) == 4
    world.time.passed += 60
    assert sync.run(world.connector()).failed == []
    assert len(_people(sqlite_database)) == 4


@pytest.mark.parametrize("skew_s", [-7_200, 7_200])
def test_a_clock_that_is_off_loses_no_change(
    world: World, sync: Sync, sqlite_database: Database, skew_s: float
) -> None:
    world.fake.skew_s = skew_s
    ids = world.add(3)
    sync.run(world.connector())
    world.time.passed += 30
    world.rename(ids[0], "Changed Once")
    sync.run(world.connector())
    world.time.passed += 30
    world.rename(ids[0], "Changed Twice")
    sync.run(world.connector())
    assert "Changed Twice" in _people(sqlite_database)


def test_a_run_that_was_stopped_goes_on_where_it_was(
    world: World, sync: Sync, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.crm.sync.RECORDS_AT_ONCE", 100)
    world.add(350)
    told: list[str] = []
    report = sync.run(world.connector(), say=told.append, stop=lambda: any("100 read" in line for line in told))
    assert report.stopped
    assert 0 < len(_people(sqlite_database)) < 350
    assert not sync.run(world.connector()).stopped
    assert len(_people(sqlite_database)) == 350
    with sqlite_database.session() as session:
        state = session.get_one(SyncState, (world.name, world.stream))
        assert (state.state, state.read, state.applied) == ("done", 350, 350)


def test_a_record_that_comes_twice_is_there_once(world: World, sync: Sync, sqlite_database: Database) -> None:
    ids = world.add(150)
    sync.run(world.connector())
    for name in ("One", "Two"):
        for identity in ids[:3]:
            world.rename(identity, f"Twice {name}{identity}")
        sync.run(world.connector())
    assert len(_people(sqlite_database)) == 150
    with sqlite_database.session() as session:
        links = select(func.count()).select_from(CrmLink).where(CrmLink.kind == "contact")
        assert session.scalar(links) == 150
