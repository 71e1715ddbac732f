"""Speed of signals: ten thousand taken in, judged and ranked, and the feed of a rep, each beside plain SQL that does the least of it."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from agents.outreach.road import Outreach
from agents.signals.service import Signals
from infra.settings import Settings
from infra.spine.database import Database, open_database
from infra.spine.models import Account, Contact, Deal, User
from sales.clock import FixedClock
from sales.names import account_key, person_key
from sales.signals import Kind, Telling
from tests.benchmarks.timing import Line, in_turn

AS_OF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SIGNALS, ACCOUNTS, REPS = 10_000, 5_000, 10
_BATCH = 10
"""So many are drafted in a round of the desk (bot/drafting.py)."""
_KINDS = (Kind.FUNDING, Kind.HIRING, Kind.JOB_CHANGE, Kind.SITE_VISIT, Kind.TECHNOLOGY, Kind.DEMO_REQUEST, Kind.REVIEW)
_PROFILE = """
[company]
employees = { min = 100, max = 4000 }
industries = ["logistics", "retail"]
[people]
roles = ["VP Operations", "Head of Logistics"]
"""


def fill(database: Database) -> None:
    """Write accounts with owners, a contact each, and an open or a won deal for every seventh."""
    base = {"source": "bench", "source_at": AS_OF, "custom": {}}
    accounts = [
        {
            "id": f"acc-{n}",
            "name": name(n),
            "name_key": account_key(name(n)),
            "domain": f"company{n}.example",
            "owner_id": f"rep-{n % REPS}",
            "employees": 50 + n % 5_000,
            "industry": ("Logistics", "Retail", "Banking", None)[n % 4],
            "aliases": [],
            "provenance": {},
            **base,
        }
        for n in range(ACCOUNTS)
    ]
    people = [
        {
            "id": f"con-{n}",
            "name": person(n),
            "name_key": person_key(person(n)),
            "account_id": f"acc-{n}",
            "email": f"p{n}@company{n}.example",
            **base,
        }
        for n in range(ACCOUNTS)
    ]
    deals = [
        {"id": f"deal-{n}", "name": f"Deal {n}", "account_id": f"acc-{n}", "owner_id": f"rep-{n % REPS}", "currency": "USD", "status": ("open", "won", "lost")[n % 3], "provenance": {}, **base}
        for n in range(0, ACCOUNTS, 7)
    ]  # fmt: skip
    users = [
        {
            "id": f"rep-{n}",
            "name": f"Rep {n}",
            "name_key": f"rep {n}",
            "email": f"rep{n}@seller.example",
            "role": "rep",
            "active": True,
            **base,
        }
        for n in range(REPS)
    ]
    with database.transaction() as session:
        for model, rows in ((User, users), (Account, accounts), (Contact, people), (Deal, deals)):
            session.execute(insert(model), rows)


def name(number: int) -> str:
    """Return the name of a company."""
    return f"Company {number} Holding"


def person(number: int) -> str:
    """Return the name of a contact."""
    return f"Ada{number} Park{number}"


def tellings(count: int, source: str = "bench") -> list[Telling]:
    """Return signals of many kinds: by domain, by name, with and without a person, a tenth of unknown companies, a tenth told twice."""
    made = []
    for n in range(count):
        number = n if n % 10 else max(0, n - 1)
        company = number % (ACCOUNTS + ACCOUNTS // 10)
        made.append(
            Telling(
                source=source,
                external_id=f"{source}-{n}",
                kind=_KINDS[number % len(_KINDS)],
                occurred_at=AS_OF - timedelta(minutes=number % 4_000),
                company=name(company) if number % 2 else None,
                domain=f"company{company}.example",
                person=person(company) if number % 3 else f"New{number} Person{number}",
                title="VP Operations" if number % 3 else "Accountant",
                text="Told by the bench.",
            )
        )
    return made


def measure(home: Path) -> list[Line]:
    """Return the lines of the report."""
    folder = home / "signals"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    settings = Settings(home=folder)
    database = open_database(settings)
    try:
        fill(database)
        (folder / "icp.toml").write_text(_PROFILE, encoding="utf-8")
        told = tellings(SIGNALS)
        bare = _bare(folder, told)
        signals = Signals(database, settings, FixedClock(AS_OF))
        begun = time.perf_counter()
        taken = signals.take(told)
        spent = time.perf_counter() - begun
        begun = time.perf_counter()
        signals.take(told)
        again = time.perf_counter() - begun
        return [
            Line(
                f"{SIGNALS:,} signals taken in, judged, ranked",
                f"{spent:.1f} s ({len(taken.ingested.signals):,} events)",
                f"{spent / bare:.0f} × inserting them by plain SQL ({bare:.2f} s)",
                "≤ 60 s",
                spent <= 60,
            ),
            Line("the same signals again", f"{again:.1f} s", f"{again / spent:.2f} × the first time", "", None),
            _feed(signals, folder),
            _draft(database, settings, signals),
        ]
    finally:
        database.close()


def _feed(signals: Signals, folder: Path) -> Line:
    def plain(number: int) -> object:
        with sqlite3.connect(folder / "spine.db") as connection:
            query = "SELECT id, rank FROM signals WHERE owner_id = ? AND state IN ('judged', 'review') ORDER BY rank DESC LIMIT 20"
            return connection.execute(query, (f"rep-{number % REPS}",)).fetchall()

    ours, bare = in_turn([lambda number: signals.feed(f"rep-{number % REPS}"), plain], 60)
    return Line(
        "a rep's feed, p95",
        f"{ours.p95:.0f} ms (p50 {ours.p50:.0f})",
        f"{ours.p50 / bare.p50:.0f} × twenty ids by plain SQL ({bare.p50:.2f} ms)",
        "≤ 100 ms",
        ours.p95 <= 100,
    )


def _draft(database: Database, settings: Settings, signals: Signals) -> Line:
    """Measure from the telling to the drafts, with thousands of other signals waiting for the same desk; ten of the urgent kind, told together."""
    road = Outreach(database, settings, FixedClock(AS_OF))
    told = [
        Telling(
            source="form",
            external_id=f"form-{n}",
            kind=Kind.DEMO_REQUEST,
            occurred_at=AS_OF,
            domain=f"company{n}.example",
            person=person(n),
            person_email=f"p{n}@company{n}.example",
            text="Asked for a demo.",
        )
        for n in range(1, 400, 40)
    ]
    begun = time.perf_counter()
    wanted = set(signals.take(told).ids)
    settled: set[str] = set()
    drafted = 0
    # What is urgent goes first; those of an open deal, a customer or a full case are settled without a draft.
    while wanted & set(road.waiting(2 * len(told))):
        made = [one for one in road.draft_waiting(_BATCH) if one.signal_id in wanted]
        if not made:
            break
        settled |= {one.signal_id for one in made}
        drafted += sum(one.state == "drafted" for one in made)
    spent = time.perf_counter() - begun
    return Line(
        "from the telling of ten demo requests to the last draft",
        f"{spent:.1f} s ({drafted} drafted of {len(settled)} taken up)",
        f"{spent / max(len(settled), 1) * 1000:.0f} ms each",
        "≤ 90 s",
        spent <= 90 and drafted > 0,
    )


def _bare(folder: Path, told: list[Telling]) -> float:
    """Return the seconds that inserting the same texts takes with nothing decided."""
    begun = time.perf_counter()
    with sqlite3.connect(folder / "bare.db") as connection:
        connection.execute(
            "CREATE TABLE told (id TEXT PRIMARY KEY, kind TEXT, at TEXT, company TEXT, domain TEXT, person TEXT, title TEXT, text TEXT)"
        )
        rows = [
            (
                one.external_id,
                one.kind,
                one.occurred_at.isoformat(),
                one.company,
                one.domain,
                one.person,
                one.title,
                one.text,
            )
            for one in told
        ]
        connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return time.perf_counter() - begun


def main() -> None:
    """Measure signals alone, in a folder of their own."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as folder:
        for line in measure(Path(folder)):
            print(line.text())


if __name__ == "__main__":
    main()
