"""Stopping, taking up again, and dying in the middle: the end is the same as of one run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import func, select

from agents.intake import run as running
from agents.intake.alone import alone
from agents.intake.batch import PENDING
from agents.intake.report import Progress
from agents.intake.run import import_paths
from infra.errors import Retriable
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Deal, Fact, ImportRun, KeptAside
from sales.clock import FixedClock
from tests.agents.intake.conftest import Bring, snapshot
from tests.conftest import NOW

ACCOUNTS = "name,industry\n" + "".join(f"Company {number:03d},Retail\n" for number in range(90))
DEALS = "id,name,account,owner,amount,stage,created\n" + "".join(
    f"D{number:04d},Deal {number},Company {number % 100:03d},Rep {number % 7},{number if number % 300 else 'nothing'},Proposal,2026-01-01\n"
    for number in range(1, 700)
)
NOTES = "type,account,subject,body,at\n" + "".join(
    f"note,Company {number % 100:03d},Note,Text {number},2026-02-01\n" for number in range(400)
)
Held = tuple[dict[str, list[str]], list[tuple[str, int]]]
FILES = {"accounts.csv": ACCOUNTS, "deals.csv": DEALS, "activities.csv": NOTES}


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 100)


def _aside(database: Database) -> list[tuple[str, int]]:
    with database.session() as session:
        return sorted((file, line) for file, line in session.execute(select(KeptAside.file, KeptAside.line)))


@pytest.fixture(scope="module")
def whole(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What the spine holds, and what was kept aside, after one import of the files that nothing stopped."""
    home = tmp_path_factory.mktemp("whole")
    (home / "spine.db").write_bytes(_migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{home / 'spine.db'}")
    import_paths(database, Settings(home=home), FixedClock(NOW), [_written(home / "files")])
    held = snapshot(database), _aside(database)
    database.close()
    return held


def _written(folder: Path) -> Path:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.usefixtures("small_batches")
def test_an_import_that_is_stopped_goes_on_from_there(bring: Bring, database: Database, whole: Held) -> None:
    steps: list[Progress] = []
    first = bring(FILES, progress=steps.append, stop=lambda: len(steps) >= 6)
    assert first.stopped
    with database.session() as session:
        states = {run.file: run.state for run in session.scalars(select(ImportRun))}
        assert states["deals.csv"] == "stopped"
        assert 0 < (session.scalar(select(func.count()).select_from(Deal)) or 0) < 699
    again: list[Progress] = []
    second = bring(FILES, progress=again.append)
    assert not second.stopped
    assert min(step.records for step in again if step.file == "deals.csv") > 300
    assert second.of("deal").added + second.of("deal").kept_aside == 699
    assert (snapshot(database), _aside(database)) == whole


_CHILD = """
import sys
from datetime import datetime
from pathlib import Path
from agents.intake import run as running
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
running.BATCH = 50
def show(progress):
    print(progress.file, progress.records, flush=True)
running.import_paths(Database(sys.argv[1]), Settings(home=Path(sys.argv[2])), FixedClock(datetime.fromisoformat(sys.argv[3])), [sys.argv[4]], progress=show)
"""


@pytest.mark.parametrize(
    ("database_url", "kills"),
    # Within the deals, within the activities, and while links are settled at the end: each once, in `make soak` on both databases.
    [
        ("sqlite", (6, 13)),
        ("postgres", (40,)),
        *(pytest.param(kind, (6, 13, 40), marks=pytest.mark.soak) for kind in ("sqlite", "postgres")),
    ],
    indirect=["database_url"],
)
def test_an_import_that_is_killed_ends_like_one_that_was_not(
    database: Database,
    database_url: str,
    settings: Settings,
    clock: FixedClock,
    tmp_path: Path,
    kills: tuple[int, ...],
    whole: Held,
) -> None:
    folder = _written(tmp_path / "files")
    if database.is_sqlite:
        database.close()
    for kill_after in kills:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, database_url, str(settings.home), NOW.isoformat(), str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert child.stdout is not None
        for _ in range(kill_after):
            if child.stdout.readline().startswith(" "):
                break
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    with database.session() as session:
        assert session.get(Fact, PENDING) is not None, "something was left to be done"
    report = import_paths(database, settings, clock, [folder])
    assert not report.stopped
    assert (snapshot(database), _aside(database)) == whole


def test_a_second_import_at_the_same_time_has_to_wait(database: Database) -> None:
    with alone(database), pytest.raises(Retriable, match="running"), alone(database, wait_s=0.2):
        pass
    with alone(database, wait_s=0.2):
        pass


def test_progress_names_the_file_and_grows(bring: Bring) -> None:
    steps: list[Progress] = []
    bring(FILES, progress=steps.append)
    assert [step.file for step in steps if step.file] == ["accounts.csv", "deals.csv", "activities.csv"]
    assert [step.files_done for step in steps if step.file] == [0, 1, 2]
    assert steps[-1] == Progress("", 3, 3, 0)


_CELL = st.text(st.characters(codec="utf-8", exclude_characters='\r\n"'), max_size=12) | st.sampled_from(
    [
        "",
        "Acme",
        "ACME Inc",
        "0012",
        "2026-13-45",
        "1e400",
        "-1",
        "99999999999999999999",
        "a@b.example",
        "Won",
        "\x00",
        "Infinity",
        "NaN",
    ]
)


@effort(
    max_examples=250 if os.environ.get("DEALWRIGHT_SOAK") else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.lists(_CELL, min_size=8, max_size=8), max_size=8))
def test_whatever_stands_in_cells_no_good_row_is_lost(
    sqlite_database: Database, settings: Settings, clock: FixedClock, tmp_path: Path, rows: list[list[str]]
) -> None:
    head = ["Deal ID", "Deal Name", "Account Name", "Deal Owner", "Amount", "Stage", "Close Date", "Probability"]
    good = ["GOOD-1", "Rollout", "Good Company", "Ada Quill", "12.50", "Proposal", "2026-12-01", "50"]
    lines = [head, *rows[: len(rows) // 2], good, *rows[len(rows) // 2 :]]
    path = tmp_path / "deals.csv"
    path.write_text("\n".join(",".join('"' + cell + '"' for cell in line) for line in lines), encoding="utf-8")
    report = import_paths(sqlite_database, settings, clock, [path])
    with sqlite_database.session() as session:
        deal = session.get(Deal, "GOOD-1")
        assert deal is not None
        assert str(deal.amount) == "12.5"
        assert session.scalar(select(func.count()).where(Account.name == "Good Company")) == 1
    assert all(kept.reason for kept in report.kept_aside)
