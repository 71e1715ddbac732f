"""The first reading of a large portal: 100,000 records against a fake with HubSpot's own limits, with the network in a process of its own."""

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
from integrations.hubspot.connector import HubSpot
from sales.clock import SystemClock
from sales.ownership import usual
from tests.benchmarks.timing import Line
from tests.fakes.hubspot import PRIVATE_APP, FakeHubSpot

RECORDS = 100_000
SHARES = {"companies": 0.15, "contacts": 0.45, "deals": 0.15, "calls": 0.05, "notes": 0.15, "tasks": 0.05}
"""What a portal of this size holds, by object type."""


def fill(portal: FakeHubSpot, records: int) -> dict[str, int]:
    """Fill a portal; return how many records of each type it holds."""
    count = {kind: int(records * share) for kind, share in SHARES.items()}
    companies = [
        portal.put("companies", name=f"{_WORDS[n % 97]} {_WORDS[n // 97 % 97]} {n}", domain=f"c{n}.example")
        for n in range(count["companies"])
    ]
    for n in range(count["contacts"]):
        bound = {"companies": [companies[n % len(companies)]]}
        portal.put(
            "contacts",
            None,
            bound,
            firstname=f"First{n % 211}",
            lastname=f"Last{n}",
            email=f"p{n}@c{n % len(companies)}.example",
        )
    deals = [
        portal.put(
            "deals",
            None,
            {"companies": [companies[n % len(companies)]]},
            dealname=f"Deal {n}",
            amount=str(1_000 + n),
            dealstage=("appointmentscheduled", "qualifiedtobuy", "closedwon", "closedlost")[n % 4],
            pipeline="default",
            closedate=f"2026-{n % 12 + 1:02}-15T00:00:00Z",
            hubspot_owner_id=("71001", "71002")[n % 2],
        )
        for n in range(count["deals"])
    ]
    words = {"calls": "hs_call_title", "notes": "hs_note_body", "tasks": "hs_task_subject"}
    for kind, name in words.items():
        for n in range(count[kind]):
            bound = {"deals": [deals[n % len(deals)]], "companies": [companies[n % len(companies)]]}
            at = f"2026-{n % 10 + 1:02}-{n % 28 + 1:02}T10:00:00Z"
            portal.put(
                kind,
                None,
                bound,
                **{"hs_timestamp": at, name: f"We spoke about the {_WORDS[n % 97]} plan, number {n}."},
            )
    return count


_WORDS = tuple(f"{first}{last}" for first in ("Nor", "Sal", "Ber", "Tam", "Vel", "Kor", "Lun", "Pra", "Zen", "Mar") for last in ("tec", "via", "lon", "dex", "ora", "mix", "gen", "sol", "pax", "rin"))  # fmt: skip


def _serve(pipe: Connection, records: int) -> None:
    with FakeHubSpot(limits=PRIVATE_APP) as portal:
        count = fill(portal, records)
        pipe.send((portal.url, sum(count.values())))
        pipe.recv()
        pipe.send((len(portal.calls), portal.limited, portal.breaches))


def first_reading(records: int = RECORDS) -> dict[str, float]:
    """Read a portal for the first time; return seconds, requests, requests a second while reading, the share applied, and how often the portal refused for its limit."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, records))
    process.start()
    url, total = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            report, reading_s, whole_s = _read(Path(folder), url)
        here.send(None)
        calls, limited, breaches = here.recv()
    finally:
        process.join(10)
        process.terminate()
    if breaches or report.failed:
        raise RuntimeError(f"the reading failed: {breaches[:3]} {[one.trouble for one in report.failed]}")
    applied = sum(one.applied for one in report.streams if one.name != "owners")
    return {
        "records": total,
        "seconds": whole_s,
        "reading_s": reading_s,
        "requests": calls,
        "per_second": calls / reading_s,
        "per_second_in_all": calls / whole_s,
        "applied": applied / total,
        "limited": limited,
    }


def _read(home: Path, url: str) -> tuple[SyncReport, float, float]:
    settings = Settings(home=home)
    database = open_database(settings)
    connector = HubSpot(FixedToken("good"), usual().names("hubspot"), base_url=url)
    begun = time.monotonic()
    ends: list[float] = []
    report = Sync(database, settings, SystemClock()).run(connector, say=lambda _line: ends.append(time.monotonic()))
    whole = time.monotonic() - begun
    connector.close()
    database.close()
    return report, ends[-1] - begun, whole


def measure() -> Iterator[Line]:
    """Give the lines of the first reading of a large portal."""
    told = first_reading()
    rate, requests = told["per_second"], told["requests"]
    size = f"{told['records']:,.0f} records, {told['limited']:,.0f} refused for the limit"
    yield Line("first reading of HubSpot: requests a second", f"{rate:.1f}", size, "≥ 9", rate >= 9)
    yield Line("… requests", f"{requests:,.0f}", f"{told['seconds']:.0f} s with linking", "≤ 1,200", requests <= 1_200)
    yield Line(
        "… records applied", f"{told['applied']:.2%}", "of what was readable", "≥ 99.5 %", told["applied"] >= 0.995
    )


def run(records: int = RECORDS) -> str:
    """Return the figures as a line."""
    told = first_reading(records)
    return (
        f"first reading of {told['records']:,.0f} records: {told['requests']:,.0f} requests, {told['per_second']:.1f} a second while reading, "
        f"{told['per_second_in_all']:.1f} to the end of linking ({told['seconds']:.0f} s), {told['applied']:.2%} applied, refused for the limit {told['limited']:,.0f} times"
    )


if __name__ == "__main__":
    import sys

    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS))
