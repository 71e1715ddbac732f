"""The first reading of an organization of Salesforce: 20,000 records against a fake, with the network in a process of its own."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from agents.crm.sync import Sync, SyncReport
from infra.settings import Settings
from infra.spine.database import open_database
from integrations.connectors.tokens import FixedToken
from integrations.salesforce.connector import Salesforce
from sales.clock import SystemClock
from sales.ownership import usual
from tests.benchmarks.timing import Line
from tests.fakes.salesforce import FakeSalesforce

RECORDS = 20_000
_STAGES = ("Qualification", "Proposal/Price Quote", "Closed Won", "Closed Lost")


def fill(org: FakeSalesforce, records: int) -> int:
    """Fill an organization: accounts, people, deals and tasks in shares of 2, 4, 2 and 2 tenths; return how many there are."""
    store = org.store
    accounts = [store.put("Account", Name=f"Company {n}", Website=f"c{n}.example") for n in range(records // 5)]
    for n in range(records * 2 // 5):
        account = accounts[n % len(accounts)]
        email = f"p{n}@c{n % len(accounts)}.example"
        store.put("Contact", FirstName=f"First{n % 211}", LastName=f"Last{n}", Email=email, AccountId=account)
    for n in range(records // 5):
        deal = store.put(
            "Opportunity",
            Name=f"Deal {n}",
            AccountId=accounts[n],
            Amount=1_000 + n,
            StageName=_STAGES[n % 4],
            CloseDate=f"2026-{n % 12 + 1:02}-15",
        )
        store.put("Task", Subject=f"Call number {n}", TaskSubtype="Call", Status="Completed", WhatId=deal)
    return len(accounts) + records * 2 // 5 + 2 * (records // 5)


def _serve(pipe: Connection, records: int) -> None:
    with FakeSalesforce() as org:
        total = fill(org, records)
        pipe.send((org.url, total))
        pipe.recv()
        pipe.send((len(org.calls), org.breaches))


def first_reading(records: int = RECORDS, *, bulk_from: int) -> dict[str, float]:
    """Read an organization for the first time; return records, seconds, requests, and the share applied."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, records))
    process.start()
    url, total = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            report, seconds = _read(Path(folder), url, bulk_from)
        here.send(None)
        calls, breaches = here.recv()
    finally:
        process.join(10)
        process.terminate()
    if breaches or report.failed:
        raise RuntimeError(f"the reading failed: {breaches[:3]} {[one.trouble for one in report.failed]}")
    applied = sum(one.applied for one in report.streams if one.name != "users")
    return {"records": total, "seconds": seconds, "requests": calls, "applied": applied / total}


def _read(home: Path, url: str, bulk_from: int) -> tuple[SyncReport, float]:
    settings = Settings(home=home)
    database = open_database(settings)
    connector = Salesforce(FixedToken("good"), usual().names("salesforce"), base_url=url, bulk_from=bulk_from)
    begun = time.monotonic()
    report = Sync(database, settings, SystemClock()).run(connector)
    seconds = time.monotonic() - begun
    connector.close()
    database.close()
    return report, seconds


def measure() -> Iterator[Line]:
    """Give the lines of the first reading by queries and by jobs."""
    for way, bulk_from in (("by queries", 10**9), ("by jobs", 1_000)):
        told = first_reading(bulk_from=bulk_from)
        size = f"{told['records']:,.0f} records in {told['requests']:,.0f} requests"
        yield Line(
            f"first reading of Salesforce {way}",
            f"{told['seconds']:.0f} s",
            size,
            "≥ 99.5 % applied",
            told["applied"] >= 0.995,
        )


if __name__ == "__main__":
    for line in measure():
        print(line)
