"""`make bench`: builds a large company once, measures every speed bar, and prints each figure beside its baseline and its bar."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.settings import Settings
from infra.spine.database import Database, open_database
from retrieval.index import Index
from tests.benchmarks import (
    alerting,
    answering,
    briefing,
    clicking,
    company,
    noting,
    searching,
    signalling,
    syncing,
    syncing_salesforce,
    watching,
)
from tests.benchmarks.timing import Line, resident_mb

PASSAGES = 100_000
ASKER = "ines.calder@tallyport.example"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=Path(".dealwright/bench"), help="where the large company is kept between runs"
    )
    parser.add_argument("--passages", type=int, default=PASSAGES)
    parser.add_argument("--fresh", action="store_true", help="build the company anew")
    chosen = parser.parse_args()
    home: Path = chosen.home.absolute()
    if chosen.fresh:
        shutil.rmtree(home, ignore_errors=True)
    settings = Settings(home=home)
    database = open_database(settings)
    index = Index(database, settings)
    built = home / "built"
    if not built.exists():
        print(f"building a company with {chosen.passages:,} passages …", file=sys.stderr)
        company.build(database, index, settings, chosen.passages)
        built.touch()
    for line in _lines(database, index, settings, home):
        print(line.text(), flush=True)


def _lines(database: Database, index: Index, settings: Settings, home: Path) -> Iterator[Line]:
    pool = company.sentences(settings)
    yield from answering.measure(database, index, settings)
    resident = resident_mb()
    yield Line("resident memory after these questions", f"{resident:.0f} MB", "", "≤ 700 MB", resident <= 700)
    yield from searching.measure(database, index, pool, home)
    yield from answering.indexing(index, pool, home)
    yield from signalling.measure(home)
    yield from clicking.measure()
    yield from syncing.measure()
    yield from syncing_salesforce.measure()
    yield from noting.measure()
    yield from alerting.measure(home)
    yield from briefing.measure(home)
    yield from watching.measure(home)
    sample = home / "sample"
    sample.mkdir(exist_ok=True)
    if not (sample / "models").exists():
        (sample / "models").symlink_to(home / "models")
    load = [sys.executable, "-m", "bot.terminal.main", "sample", "load"]
    subprocess.run(
        load,
        env={"DEALWRIGHT_HOME": str(sample), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        timeout=600,
    )
    yield from answering.fresh_process(sample, ASKER)


if __name__ == "__main__":
    main()
