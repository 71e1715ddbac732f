"""Speed of health and of the review: 10,000 open deals with 1,000,000 activities, all at once and one by one, beside the plainest SQL over the same rows.

What was heard in the activities is made with them: it is read once when an activity comes in, at a speed that is told by itself.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agents.coaching.service import Coaching
from agents.digest.making import Sources
from agents.digest.service import Reviews, Wish
from agents.health.hearing import Hearing
from agents.health.service import HealthService
from agents.likelihood.service import Likelihoods
from agents.pipeline.service import Pipeline
from agents.workflow.service import Workflows
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.benchmarks.company import AS_OF
from tests.benchmarks.timing import Line, in_turn, resident_mb

OPEN, CLOSED, ACCOUNTS, REPS = 10_000, 4_000, 4_000, 100
ACTIVITIES = 1_000_000
ALL_BAR_S, ONE_BAR_MS, REVIEW_BAR_S, MEMORY_BAR_MB = 20.0, 50.0, 5.0, 1_024.0
_RUNS = 60
_DAYS = 300
_READ = 400
_STAGES = ("Identify", "Contact", "Understand", "Propose", "Resolve")
_WAYS = (("mail", "inbound"), ("mail", "outbound"), ("mail", "outbound"), ("mail", "inbound"), ("call", "mutual"), ("note", "internal"), ("meeting", "mutual"), ("mail", "outbound"))  # fmt: skip
_SAID = (
    ("competitor", "We also had Logiflow in last week.", "Logiflow", None),
    ("budget", "The budget is frozen until the board meets.", None, None),
    ("security", "I can't take this to security without the report.", None, None),
    ("security_done", "Security has signed off on it.", None, None),
    ("date", "Realistically that's the end of the quarter.", None, 60),
    ("promise_by_us", "I'll send the report.", "send the report", -5),
    ("stance", "I like what I saw.", "supporter", None),
    ("feeling", "", "0.500", None),
)
_MAIL = "Thanks for the call. Legal still has the redlines, and we can't sign before they are through. Realistically that's the end of next month. I'll send you the numbers by Friday.\n\nVera"


def measure(home: Path) -> list[Line]:
    """Return the lines of the report for health, measured in a process of its own. The company below `home` is kept between runs."""
    folder = home / "watching"
    if not (folder / "built").exists():
        build(folder)
    command = [sys.executable, "-m", "tests.benchmarks.watching", "--measure", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    return [Line(*one) for one in json.loads(done.stdout.splitlines()[-1])]


def build(folder: Path) -> None:
    """Fill an empty spine. Takes a minute or two."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings(home=folder)
    database = Database(settings.spine_url)
    database.migrate()
    database.close()
    with sqlite3.connect(folder / "spine.db", isolation_level=None) as db:
        for line in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -300000"):
            db.execute(f"PRAGMA {line}")
        # Rows go in many times faster where indexes are made and triggers set after them.
        later = db.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for kind, name, _ in later:
            db.execute(f"DROP {kind} {name}")
        chance = random.Random(11)
        db.execute("BEGIN")
        for table, rows in _tables(chance):
            _insert(db, table, rows)
        db.execute("COMMIT")
        for _, _, made_by in later:
            db.execute(made_by)
        db.execute("ANALYZE")
        db.execute("PRAGMA journal_mode = WAL")
    (folder / "built").touch()


def _insert(db: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    names = list(first)
    line = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    db.execute(line, [first[name] for name in names])
    db.executemany(line, ([row[name] for name in names] for row in rows))


def _tables(chance: random.Random) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    told = {"source": "bench", "source_at": _at(AS_OF - timedelta(days=1)), "custom": "{}"}
    yield "users", ({"id": f"rep-{n}", "email": f"r{n}@bench.example", "name": f"Rep {n}", "name_key": f"rep {n}", "role": "rep", "team": f"T{n % 10}", "active": 1, **told} for n in range(REPS))  # fmt: skip
    yield "stages", ({"pipeline": "", "name": name, "position": place, "status": status} for place, (name, status) in enumerate([*((one, "open") for one in _STAGES), ("Closed Won", "won"), ("Closed Lost", "lost")]))  # fmt: skip
    yield "accounts", ({"id": f"acc-{n}", "name": f"Company {n}", "name_key": f"company{n}", "owner_id": f"rep-{n % REPS}", "aliases": "[]", "provenance": "{}", **told} for n in range(ACCOUNTS))  # fmt: skip
    yield "contacts", ({"id": f"con-{n}", "account_id": f"acc-{n // 3}", "name": f"Person {n}", "name_key": f"person {n}", "email": f"c{n}@a{n // 3}.example", "title": ("Planner", "Head of IT", "Counsel")[n % 3], "role": ("champion", None, "legal")[n % 3], **told} for n in range(ACCOUNTS * 3))  # fmt: skip
    yield "deals", _deals(chance, told)
    yield "deal_changes", _changes(chance)
    yield "activities", _activities(chance, told)
    yield "participants", _participants()
    yield "mentions", _mentions(chance)
    yield "heard_activities", ({"activity_id": f"x{n}", "made_from": f"{n}.{_version()}", "made_at": _at(AS_OF)} for n in range(ACTIVITIES))  # fmt: skip


def _version() -> str:
    from agents.health.hearing import VERSION

    return VERSION


def _deals(chance: random.Random, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for n in range(OPEN + CLOSED):
        created = AS_OF - timedelta(days=chance.randint(30, _DAYS))
        ended = n >= OPEN
        closed = created + timedelta(days=chance.randint(5, 29)) if ended else None
        close_day = (AS_OF + timedelta(days=chance.randint(-10, 90))).date() if closed is None else closed.date()
        yield {
            "id": f"deal-{n}", "name": f"Deal {n}", "account_id": f"acc-{n % ACCOUNTS}", "owner_id": f"rep-{n % REPS}", "amount": chance.randint(5, 300) * 10_000_000,
            "currency": "USD", "stage": _STAGES[n % 5] if not ended else ("Closed Won", "Closed Lost")[n % 2], "status": "open" if not ended else ("won", "lost")[n % 2],
            "created_at": _at(created), "close_date": close_day.isoformat(), "closed_at": _at(closed) if closed else None,
            "next_step": "Call them" if n % 2 else None, "next_step_date": (AS_OF + timedelta(days=n % 20 - 5)).date().isoformat() if n % 2 else None,
            "provenance": "{}", **told,
        }  # fmt: skip


def _changes(chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(OPEN + CLOSED):
        at = AS_OF - timedelta(days=chance.randint(100, _DAYS))
        for place in range(n % 5 + 1 if n < OPEN else 5):
            yield {"id": f"ch-{n}-{place}", "deal_id": f"deal-{n}", "field": "stage", "old": _STAGES[place - 1] if place else None, "new": _STAGES[place], "at": _at(at), "source": "bench"}  # fmt: skip
            at += timedelta(days=chance.randint(2, 20))
        if n % 3 == 0:
            yield {"id": f"ch-{n}-d", "deal_id": f"deal-{n}", "field": "close_date", "old": "2026-10-01", "new": "2026-12-01", "at": _at(AS_OF - timedelta(days=20)), "source": "bench"}  # fmt: skip


def _activities(chance: random.Random, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for n in range(ACTIVITIES):
        kind, way = _WAYS[n // OPEN % len(_WAYS)]
        deal = n % OPEN
        booked = n // OPEN == 50 and deal % 4 == 0
        at = AS_OF + timedelta(days=3) if booked else AS_OF - timedelta(minutes=chance.randint(0, _DAYS * 1440))
        yield {
            "id": f"x{n}", "kind": "meeting" if booked else kind, "direction": "mutual" if booked else way, "automatic": 0, "status": "booked" if booked else "done",
            "account_id": f"acc-{deal % ACCOUNTS}", "deal_id": f"deal-{deal}", "owner_id": f"rep-{deal % REPS}", "subject": "Dock", "body": None,
            "at": _at(at), "thread_key": f"t{deal}-{n // OPEN // 4}", "content_hash": str(n), **told,
        }  # fmt: skip


def _participants() -> Iterator[dict[str, Any]]:
    for n in range(ACTIVITIES):
        kind, way = _WAYS[n // OPEN % len(_WAYS)]
        if kind != "note":
            contact = n % OPEN % ACCOUNTS * 3 + n // OPEN % 3
            role = "attendee" if kind != "mail" else "from" if way == "inbound" else "to"
            yield {"activity_id": f"x{n}", "name": f"Person {contact}", "email": f"c{contact}@a.example", "role": role, "side": "buyer", "contact_id": f"con-{contact}", "user_id": None}  # fmt: skip


def _mentions(chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(0, ACTIVITIES, 12):
        kind, quote, name, days = _SAID[n // 12 % len(_SAID)]
        yield {
            "id": f"m{n}", "activity_id": f"x{n}", "kind": kind, "quote": quote, "position": None, "speaker": "Vera Holm", "contact_id": f"con-{n % OPEN % ACCOUNTS * 3}",
            "side": "buyer", "sure": 1, "day": (AS_OF + timedelta(days=days)).date().isoformat() if days is not None else None, "name": name,
            "at": _at(AS_OF - timedelta(minutes=chance.randint(0, _DAYS * 1440))), "done_at": None,
        }  # fmt: skip


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _measured(folder: Path) -> Iterator[Line]:
    settings = Settings(home=folder)
    database = Database(settings.spine_url)
    clock = FixedClock(AS_OF)
    likelihoods = Likelihoods(database, settings, clock)
    service = HealthService(database, settings, clock, likelihoods=lambda: likelihoods)
    with database.session() as session:
        begun = time.perf_counter()
        likelihoods.fitted(session, AS_OF)
        learned = time.perf_counter() - begun
    plain = _plain(folder)
    with database.session() as session:
        begun, used = time.perf_counter(), time.process_time()
        healths = service.of_all(session, EVERYTHING)
        took, used = time.perf_counter() - begun, time.process_time() - used
    assert len(healths) == OPEN
    known = sum(one.before is not None for one in healths)
    beside = f"{used:.1f} s of CPU; last word of each in plain SQL {plain:.1f} s"
    yield Line(f"health of {OPEN:,} deals, {ACTIVITIES:,} activities", f"{took:.1f} s", beside, f"≤ {ALL_BAR_S:.0f} s", took <= ALL_BAR_S)  # fmt: skip
    yield Line(
        "of them, with the trend told by a week ago",
        f"{known:,}",
        f"likelihoods learned before: {learned:.1f} s",
        "",
        None,
    )
    del healths

    def one(number: int) -> object:
        with database.session() as session:
            return service.of(session, f"deal-{number * 97 % OPEN}", EVERYTHING)

    (single,) = in_turn([one], _RUNS)
    yield Line("health of one of them, p95", f"{single.p95:.0f} ms", f"p50 {single.p50:.0f} ms", f"≤ {ONE_BAR_MS:.0f} ms", single.p95 <= ONE_BAR_MS)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    yield Line("memory of that process, at its highest", f"{peak:.0f} MB", f"{resident_mb():.0f} MB afterwards", f"≤ {MEMORY_BAR_MB:.0f} MB", peak <= MEMORY_BAR_MB)  # fmt: skip
    begun = time.perf_counter()
    service.refresh()
    yield Line("working all out anew and keeping it", f"{time.perf_counter() - begun:.1f} s", "", "", None)
    yield from _reviewed(settings, database, service, likelihoods, plain)
    database.close()
    yield _heard(folder)


def _reviewed(
    settings: Settings, database: Database, service: HealthService, likelihoods: Likelihoods, plain: float
) -> Iterator[Line]:
    """Return how long the company's review takes where health and workflow are kept, as a running server keeps them."""
    clock = FixedClock(AS_OF)
    workflows = Workflows(database, settings, clock)
    begun = time.perf_counter()
    workflows.refresh()
    looked = time.perf_counter() - begun
    sources = Sources(service, Pipeline(database, settings, clock, lambda: likelihoods), workflows)
    coaching = Coaching(database, settings, clock, lambda: ())
    reviews = Reviews(database, settings, clock, lambda: sources, lambda: coaching)
    begun, used = time.perf_counter(), time.process_time()
    digest = reviews.read(None, EVERYTHING, Wish(company=True))
    took, used = time.perf_counter() - begun, time.process_time() - used
    assert digest.open_deals == OPEN
    beside = f"{used:.1f} s of CPU; last word of each in plain SQL {plain:.1f} s"
    yield Line("the company's review", f"{took:.1f} s", beside, f"≤ {REVIEW_BAR_S:.0f} s", took <= REVIEW_BAR_S)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    yield Line("memory with the review, at its highest", f"{peak:.0f} MB", f"workflow looked at in {looked:.1f} s", f"≤ {MEMORY_BAR_MB:.0f} MB", peak <= MEMORY_BAR_MB)  # fmt: skip


def _plain(folder: Path) -> float:
    with sqlite3.connect(folder / "spine.db") as db:
        begun = time.perf_counter()
        db.execute("SELECT deal_id, max(at), count(*) FROM activities WHERE direction = 'inbound' GROUP BY deal_id").fetchall()  # fmt: skip
        return time.perf_counter() - begun


def _heard(folder: Path) -> Line:
    """Return how fast mails are heard: some of the company's own are given words, read, and put back."""
    settings = Settings(home=folder)
    ids = [f"x{n}" for n in range(_READ)]
    with sqlite3.connect(folder / "spine.db") as db:
        db.executemany("UPDATE activities SET body = ? WHERE id = ?", ((_MAIL, one) for one in ids))
        db.executemany("DELETE FROM heard_activities WHERE activity_id = ?", ((one,) for one in ids))
    database = Database(settings.spine_url)
    begun = time.perf_counter()
    read = Hearing(database, settings, FixedClock(AS_OF)).read_waiting(_READ)
    took = time.perf_counter() - begun
    database.close()
    return Line(
        "mails heard a second, their accounts' promises followed", f"{read / took:.0f} /s", f"{read} mails", "", None
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=Path, metavar="FOLDER")
    parser.add_argument("--home", type=Path, default=Path(".dealwright/bench"))
    chosen = parser.parse_args()
    if chosen.measure is not None:
        found = [[one.what, one.figure, one.baseline, one.bar, one.met] for one in _measured(chosen.measure)]
        print(json.dumps(found))
    else:
        chosen.home.mkdir(parents=True, exist_ok=True)
        for line in measure(chosen.home.absolute()):
            print(line.text())
