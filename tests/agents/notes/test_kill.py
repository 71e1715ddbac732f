"""A reader that is killed in between loses no call and doubles none: what it left waiting is read by the next one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agents.notes.service import Notes
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import CallNote, Element, Objection
from sales.clock import FixedClock
from tests.agents.notes.calls import SALE, add_call, company
from tests.conftest import NOW

CALLS = 1_000 if os.environ.get("DEALWRIGHT_SOAK") else 16
MOST_KILLS = 30 if CALLS > 100 else 2
READER = """
import sys
from pathlib import Path
from agents.notes.service import Notes
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import SystemClock
notes = Notes(Database(sys.argv[1]), Settings(home=Path(sys.argv[2])), SystemClock())
while notes.read_waiting(5):
    pass
"""


@pytest.mark.timeout(3_600 if CALLS > 100 else 240)
def test_a_killed_reader_loses_and_doubles_nothing(
    sqlite_database: Database, settings: Settings, clock: FixedClock
) -> None:
    company(sqlite_database)
    for number in range(CALLS):
        add_call(sqlite_database, f"call-{number:04}", SALE[: 6 + number % 4], at=NOW - timedelta(hours=number))
    chance = random.Random(7)
    kills = 0
    while kills < MOST_KILLS and _made(sqlite_database) < CALLS:
        reader = _reader(sqlite_database.url, settings.home)
        # Killed somewhere in the middle of a call, as long as something waits.
        before, deadline = _made(sqlite_database), time.monotonic() + 60
        wanted = before + chance.randint(1, max(2, CALLS // 12))
        while reader.poll() is None and _made(sqlite_database) < wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        reader.send_signal(signal.SIGKILL)
        reader.wait()
        kills += 1
    assert kills >= 2
    notes = Notes(sqlite_database, settings, clock)
    while notes.read_waiting(50):
        pass
    with sqlite_database.session() as session:
        assert session.scalar(select(func.count()).select_from(CallNote)) == CALLS
        for table in (Objection, Element):
            places = [table.activity_id, table.position, table.topic if table is Objection else Element.element]
            rows = session.execute(select(*places)).all()
            assert len(rows) == len(set(rows))
            assert {row[0] for row in rows} == {f"call-{number:04}" for number in range(CALLS)}


def _made(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(CallNote)) or 0


def _reader(url: str, home: Path) -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parents[3]
    return subprocess.Popen(
        [sys.executable, "-c", READER, url, str(home)],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_two_readers_at_once_make_each_call_once(database: Database, settings: Settings) -> None:
    company(database)
    for number in range(8):
        add_call(database, f"call-{number:02}", at=NOW - timedelta(hours=number))
    readers = [_reader(_shown(database), settings.home) for _ in range(2)]
    for reader in readers:
        assert reader.wait(timeout=120) == 0
    assert _made(database) == 8


def _shown(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
