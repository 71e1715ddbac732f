"""`make bench`: builds a large company once, measures every speed bar, and prints each figure beside its baseline and its bar."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from infra.settings import Settings
from infra.spine.database import open_database
from retrieval.index import Index
from tests.benchmarks import company, searching
from tests.benchmarks.timing import Line, resident_mb

PASSAGES = 100_000


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
    report(database, index, settings, home)


def report(database: object, index: Index, settings: Settings, home: Path) -> None:
    """Print every line as it is measured."""
    raise NotImplementedError


if __name__ == "__main__":
    main()
