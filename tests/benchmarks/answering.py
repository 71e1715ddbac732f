"""Speed of whole answers over 10,000 deals and 100,000 passages, and of a fresh command."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from agents.ask import Ask
from agents.question import Question
from agents.structured import Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Passage
from infra.spine.scope import EVERYTHING, Scope
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock
from tests.benchmarks.company import ACCOUNTS, AS_OF, account_name
from tests.benchmarks.timing import Line, in_turn

RUNS = 40
NARRATIVE = (
    "what's the latest on {account}?",
    "what did {account} say about security?",
    "what was promised to {account}?",
    "who is involved at {account}?",
)
SILENCE = "which deals are silent for 5+ days?"
STRUCTURED = (
    "pipeline by owner",
    "win rate by team this year",
    "open deals over 50k closing this quarter without a next step",
    "top 10 deals by amount",
    "how many deals did we win last quarter?",
    "average deal size by product",
    "monthly won revenue in 2026",
)


def measure(database: Database, index: Index, settings: Settings) -> list[Line]:
    """Return the lines of the report for answers."""
    structured = Structured(database, settings)
    clock = FixedClock(AS_OF)
    asker = Ask(database, settings, clock, Search(database, index, clock), structured)
    team = Scope((frozenset(f"rep-{number}" for number in range(10)),), user_id="rep-1")

    def narrative(number: int) -> object:
        text = NARRATIVE[number % len(NARRATIVE)].format(account=account_name((number * 17) % ACCOUNTS))
        return asker.ask(Question(text, EVERYTHING, AS_OF))

    def counted(scope: Scope) -> Callable[[int], object]:
        return lambda number: asker.ask(
            Question(STRUCTURED[number % len(STRUCTURED)], scope, AS_OF, user_id=scope.user_id)
        )

    path = settings.home / "spine.db"

    def scan(_: int) -> object:
        with sqlite3.connect(path) as plain:
            return plain.execute("SELECT owner_id, sum(amount), count(*) FROM deals GROUP BY owner_id").fetchall()

    def silent(_: int) -> object:
        return asker.ask(Question(SILENCE, EVERYTHING, AS_OF))

    told, all_figures, team_figures, silence, bare = in_turn(
        [narrative, counted(EVERYTHING), counted(team), silent, scan], RUNS, warm_up=len(STRUCTURED)
    )
    table = asker.ask(Question(SILENCE, EVERYTHING, AS_OF)).table
    listed = len(table.rows) if table is not None else 0
    return [
        Line(
            "ask, narrative, p95",
            f"{told.p95:.0f} ms",
            f"{told.p95 / bare.p95:.1f} × one plain GROUP BY",
            "≤ 150 ms",
            told.p95 <= 150,
        ),
        Line(
            "ask, structured over 10,000 deals, p95",
            f"{all_figures.p95:.0f} ms",
            f"{all_figures.p95 / bare.p95:.1f} × one plain GROUP BY",
            "≤ 60 ms",
            all_figures.p95 <= 60,
        ),
        Line(
            f"ask, silence over 10,000 deals, {listed:,} of them listed, p95",
            f"{silence.p95:.0f} ms",
            f"{silence.p95 / bare.p95:.1f} × one plain GROUP BY",
            "≤ 60 ms",
            silence.p95 <= 60,
        ),
        Line(
            "ask, structured in a team's scope, p95",
            f"{team_figures.p95:.0f} ms",
            f"{team_figures.p95 / bare.p95:.1f} × one plain GROUP BY",
            "≤ 60 ms",
            team_figures.p95 <= 60,
        ),
    ]


def indexing(index: Index, pool: list[str], home: Path, count: int = 10_000) -> list[Line]:
    """Return how much of the bare encoder's speed indexing keeps, over about 5,000 passages of the sample's words: two of its `count` texts make one."""
    from infra.spine.database import Database as Spine
    from tests.benchmarks.company import spoken

    texts = [
        f"{pool[i % len(pool)]} {pool[(i * 7 + 3) % len(pool)]} {pool[(i * 13 + 5) % len(pool)]}" for i in range(count)
    ]
    folder = home / "indexing"
    settings = Settings(home=folder)
    folder.mkdir(exist_ok=True)
    (folder / "spine.db").unlink(missing_ok=True)
    spine = Spine(settings.spine_url)
    spine.migrate()
    spoken(spine, texts)
    fresh = Index(spine, settings, open_encoder=lambda: index.encoder)
    start = time.perf_counter()
    report = fresh.refresh()
    took = time.perf_counter() - start
    with spine.session() as session:
        cut = list(session.scalars(select(Passage.text).order_by(Passage.id)))
    start = time.perf_counter()
    index.encoder.encode(cut)
    bare = time.perf_counter() - start
    share = bare / took
    spine.close()
    return [
        Line(
            f"indexing {report.embedded:,} passages of real words",
            f"{report.embedded / took:.0f} passages/s",
            f"{share:.2f} × the bare encoder",
            "≥ 0.80 ×",
            share >= 0.8,
        )
    ]


def fresh_process(home: Path, asker: str) -> list[Line]:
    """Return how long `dealwright ask` takes by itself, and beside a server, over the sample company in `home`."""
    command = [
        sys.executable,
        "-m",
        "bot.terminal.main",
        "ask",
        "which deals are silent for 5+ days?",
        "--as",
        asker,
        "--json",
    ]
    environment = {"DEALWRIGHT_HOME": str(home), "PATH": "/usr/bin:/bin"}
    python = [sys.executable, "-c", "import sqlite3, json, urllib.request"]

    def ask(_: int) -> object:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)["kind"]

    def bare(_: int) -> object:
        return subprocess.run(python, capture_output=True, timeout=60, check=True)

    alone, empty = in_turn([ask, bare], 7, warm_up=1)
    server = subprocess.Popen(
        [sys.executable, "-m", "bot.terminal.main", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_owned(home, server)
        beside, again = in_turn([ask, bare], 7, warm_up=1)
    finally:
        server.terminate()
        server.wait(timeout=30)
    return [
        Line(
            "dealwright ask in a fresh process, p50",
            f"{alone.p50 / 1000:.2f} s",
            f"{alone.p50 / empty.p50:.1f} × a bare Python",
            "≤ 2.5 s",
            alone.p50 <= 2_500,
        ),
        Line(
            "dealwright ask beside a server, p50",
            f"{beside.p50 / 1000:.2f} s",
            f"{beside.p50 / again.p50:.1f} × a bare Python",
            "≤ 1.5 s",
            beside.p50 <= 1_500,
        ),
    ]


def _wait_until_owned(home: Path, server: subprocess.Popen[bytes]) -> None:
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            url = json.loads((home / "owner.lock").read_text(encoding="utf-8"))["url"]
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            time.sleep(0.2)
    raise TimeoutError("the server did not become ready")
