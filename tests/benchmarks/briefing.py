"""How long a brief takes without a model: an account with 200 activities, in a running process and in a fresh one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from agents.brief.service import Briefs
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Participant, Turn
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.northern import activity, fill, settle
from tests.benchmarks.company import AS_OF
from tests.benchmarks.timing import Line, in_turn

ACTIVITIES = 200
TURNS = 80
BAR_S = 2.0
_RUNS = 7
_SAID = (
    "We lose {n} hours a week at gate {n} because the list is kept by hand.",
    "I'll send you the numbers for gate {n} by Friday.",
    "It is too expensive for us as long as the audit of site {n} is open.",
    "Then let us take {n} doors first and look at the rest in January.",
    "Who signs it when the order is above {n} thousand?",
)


def measure(home: Path) -> list[Line]:
    """Return the lines of the report for briefs. A company of its own is made below `home`."""
    folder = home / "briefing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    settings = Settings(home=folder)
    database = Database(settings.spine_url)
    database.migrate()
    _full(database)
    briefs = Briefs(database, settings, FixedClock(AS_OF))
    (running,) = in_turn([lambda _: briefs.of("acc-norrland", scope=EVERYTHING)], _RUNS, warm_up=1)
    database.close()
    command = [sys.executable, "-m", "bot.terminal.main", "brief", "acc-norrland", "--as", "ida@ours.example", "--json"]
    command += ["--as-of", AS_OF.isoformat()]

    def fresh(_: int) -> object:
        environment = {"DEALWRIGHT_HOME": str(folder), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)["headline"]

    (alone,) = in_turn([fresh], _RUNS, warm_up=1)
    return [
        _line(f"brief on an account with {ACTIVITIES} activities, p95", running.p95, f"p50 {running.p50:.0f} ms"),
        _line("the same in a fresh process, p95", alone.p95, f"p50 {alone.p50:.0f} ms"),
    ]


def _line(what: str, took_ms: float, beside: str) -> Line:
    return Line(what, f"{took_ms / 1_000:.2f} s", beside, f"≤ {BAR_S:.0f} s", took_ms <= BAR_S * 1_000)


def _full(database: Database) -> None:
    """Bring in the small company of the tests, one of its accounts with 200 calls and mails of half a year."""
    fill(database, AS_OF)
    speakers = (("Mats Lund", "buyer", "con-mats"), ("Ida Berg", "seller", None))
    with database.transaction() as session:
        for number in range(ACTIVITIES):
            at, kind = (
                AS_OF - timedelta(days=number * 180 // ACTIVITIES, hours=2),
                "call" if number % 4 == 0 else "mail",
            )
            lines = [text.format(n=number + place) for place, text in enumerate(_SAID)]
            body = "\n\n".join(lines) if kind == "mail" else None
            way = "mutual" if kind == "call" else ("inbound", "outbound")[number % 2]
            id_ = f"bench-{number}"
            made = activity(id_, kind, "acc-norrland", "deal-norrland", "ida", at, direction=way, subject=f"Gate {number}", body=body)  # fmt: skip
            role = "attendee" if kind == "call" else ("from", "to")[number % 2]
            guest = Participant(activity_id=id_, name="Mats Lund", role=role, side="buyer", contact_id="con-mats")
            settle(session, AS_OF, made, guest)
            for place in range(TURNS if kind == "call" else 0):
                name, side, contact = speakers[place % 2]
                words = _SAID[place % len(_SAID)].format(n=number + place)
                session.add(Turn(activity_id=id_, position=place, turn_id=str(place), speaker=name, side=side, contact_id=contact, text=words))  # fmt: skip


if __name__ == "__main__":
    import tempfile

    for told in measure(Path(tempfile.mkdtemp())):
        print(told.text())
