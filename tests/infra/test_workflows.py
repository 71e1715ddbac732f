"""Durable work: done once through restarts, in order by lane, and taken over from the dead."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.earlier_work import take_up
from infra.errors import Fatal, Retriable
from infra.lease import Leases
from infra.settings import Settings
from infra.spine.database import Database
from infra.workflows import Workflows
from tests.in_turn import in_turn

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launch(
    database: Database, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[Workflows, str], None]], Workflows]]:
    """Launch durable work, on SQLite and on PostgreSQL."""
    monkeypatch.setattr("infra.workflows._POLL_S", 0.03)
    monkeypatch.setattr("infra.workflows._LISTEN_S", 0.03)
    running: list[Workflows] = []

    def start(run: Callable[[Workflows, str], None]) -> Workflows:
        workflows = Workflows(Settings(home=home), database, lambda key: run(workflows, key))
        workflows.launch()
        running.append(workflows)
        return workflows

    yield start
    for workflows in running:
        workflows.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        pause.wait(0.02)


def test_work_is_done_once_and_in_order_within_its_lane(launch: Callable[..., Workflows]) -> None:
    done: list[str] = []
    workflows = launch(lambda _workflows, key: done.append(key))
    for number in range(4):
        for lane in ("a", "b"):
            for _repeated in range(2):
                workflows.hand_over(f"{lane}{number}", lane)
    _until(lambda: len(done) >= 8)
    assert [key for key in done if key.startswith("a")] == ["a0", "a1", "a2", "a3"]
    assert sorted(done) == sorted(f"{lane}{number}" for lane in "ab" for number in range(4))


def test_a_passing_failure_is_tried_again_and_others_are_not(launch: Callable[..., Workflows]) -> None:
    tries: list[str] = []
    told: list[str] = []

    def attempt(kind: str) -> str:
        tries.append(kind)
        if kind == "passing" and tries.count(kind) < 2:
            raise Retriable("Busy.")
        if kind == "lasting":
            raise Fatal("Broken.")
        if kind == "ours":
            raise ValueError("customers' words")
        return kind

    def run(workflows: Workflows, key: str) -> None:
        try:
            told.append(workflows.step("try", lambda: attempt(key), attempts=3))
        except Fatal as error:
            told.append(error.sentence)

    workflows = launch(run)
    for key in ("passing", "lasting", "ours"):
        workflows.hand_over(key, "lane")
    _until(lambda: len(told) == 3)
    assert told == ["passing", "Broken.", "Something went wrong on our side."]
    assert [tries.count(kind) for kind in ("passing", "lasting", "ours")] == [2, 1, 1]


def test_a_failure_that_lasts_leaves_as_what_it_was(launch: Callable[..., Workflows]) -> None:
    told: list[str] = []

    def busy() -> str:
        raise Retriable("Slack is busy.", "Try again in a minute.")

    def run(workflows: Workflows, key: str) -> None:
        try:
            workflows.step("try", busy, attempts=2)
        except Retriable as error:
            told.append(f"{error.sentence} {error.next_step}")

    workflows = launch(run)
    workflows.hand_over("k", "lane")
    _until(lambda: bool(told))
    assert told == ["Slack is busy. Try again in a minute."]


def test_work_that_failed_is_known_as_given_up(launch: Callable[..., Workflows]) -> None:
    began = threading.Event()

    def run(_workflows: Workflows, key: str) -> None:
        began.set()
        if key == "bad":
            raise Fatal("Broken.")

    workflows = launch(run)
    workflows.hand_over("good", "a")
    workflows.hand_over("bad", "b")
    _until(lambda: workflows.given_up(["good", "bad", "new"]) == ["bad"])


_WORKER = """
    import sys, time
    from pathlib import Path
    import infra.lease, infra.workflows
    from infra.settings import Settings
    from infra.spine.database import Database
    from infra.workflows import Workflows

    url, home, name, hang, infra.workflows.APPLICATION_VERSION = sys.argv[1:6]
    infra.lease.LEASE_S = 2
    infra.workflows._WATCH_S = 0.3
    infra.workflows._POLL_S = 0.05
    log = Path(home) / "log.txt"

    def note(line):
        with log.open("a") as file:
            file.write(line + "\\n")
        return line

    def run(key):
        workflows.step("first", lambda: note(f"first {key}"))
        if hang == "hang":
            note(f"hanging {name}")
            time.sleep(60)
        workflows.step("second", lambda: note(f"second {key} by {name}"))

    workflows = Workflows(Settings(home=Path(home)), Database(url), run)
    workflows.launch()
    if hang == "hang":
        workflows.hand_over("k1", "lane")
        workflows.hand_over("k2", "lane")
    print("launched", flush=True)
    time.sleep(60)
"""


def _worker(url: str, home: Path, name: str, hang: str, version: str = "1") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(_WORKER), url, str(home), name, hang, version]
    worker = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    # It may log before.
    assert "launched\n" in iter(worker.stdout.readline, "")
    return worker


def _log(home: Path) -> list[str]:
    path = home / "log.txt"
    return path.read_text().splitlines() if path.exists() else []


def _end(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.wait(10)
    assert worker.stdout is not None
    worker.stdout.close()


@pytest.mark.parametrize(("database_url", "version"), in_turn("1", "2", "0"), indirect=["database_url"])
def test_what_a_killed_worker_had_begun_is_finished_without_repeating_what_was_done(
    database_url: str, tmp_path: Path, version: str
) -> None:
    """By the same version, by a later one, and by an earlier one that somebody went back to."""

    first = _worker(database_url, tmp_path, "first", "hang")
    try:
        _until(lambda: "hanging first" in _log(tmp_path))
    finally:
        _end(first)
    # On SQLite the next process has the same executor id; on PostgreSQL it is another worker, which takes over once the lease has run out.
    second = _worker(database_url, tmp_path, "second", "go", version)
    try:
        _until(lambda: {"second k1 by second", "second k2 by second"} <= set(_log(tmp_path)))
    finally:
        _end(second)
    # Which of the two the second worker takes first is its own affair.
    told = _log(tmp_path)
    assert [line for line in told if "k1" in line or "hanging" in line] == [
        "first k1",
        "hanging first",
        "second k1 by second",
    ]
    assert [line for line in told if "k2" in line] == ["first k2", "second k2 by second"]


def test_what_a_living_worker_of_another_version_has_stays_with_it(postgres_url: str, tmp_path: Path) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    database.migrate()
    first = _worker(url, tmp_path, "first", "hang", "2")
    try:
        _until(lambda: "hanging first" in _log(tmp_path))
        assert take_up(database.engine, "dbos", "1", {"somebody"}) == 0
        (one,) = Leases(database, "nobody").living()
        assert take_up(database.engine, "dbos", "3", {one}) == 1
    finally:
        _end(first)
        database.close()


def test_the_living_are_those_whose_lease_holds(postgres_url: str) -> None:
    database = Database(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    database.migrate()
    one, other = Leases(database, "one"), Leases(database, "other")
    one.renew()
    other.renew()
    assert one.living() == {"one", "other"}
    with one.sole() as mine, other.sole() as theirs:
        assert (mine, theirs) == (True, False)
    other.give_back()
    assert one.living() == {"one"}
    database.close()
