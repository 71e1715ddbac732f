"""`make eval`: answers on the labelled questions, and retrieval on real meetings, in one run."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.conftest import NOW
from tests.evals import answers, call_notes, deal_health, digest, likelihood, meetings, qualification


def main() -> None:
    """Measure and print. Meetings are left out where their data is absent, and the report says so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=Path(".dealwright/eval"), help="where the sample and vectors are kept between runs"
    )
    parser.add_argument(
        "--only", choices=("answers", "meetings", "qualification", "notes", "likelihood", "health", "digest")
    )
    chosen = parser.parse_args()
    home: Path = chosen.home.absolute()
    home.mkdir(parents=True, exist_ok=True)
    if chosen.only in (None, "answers"):
        print(answers.report(answers.run(home)), flush=True)
    if chosen.only in (None, "qualification"):
        print(qualification.table([qualification.run(name) for name in qualification.SETS]), flush=True)
    if chosen.only in (None, "notes"):
        print("\n".join(call_notes.report([call_notes.run(name) for name in call_notes.SETS])), flush=True)
    if chosen.only in (None, "health"):
        print(deal_health.table(deal_health.run()), flush=True)
    if chosen.only in (None, "likelihood"):
        print(likelihood.table(likelihood.run()), flush=True)
    if chosen.only in (None, "digest"):
        with tempfile.TemporaryDirectory(prefix="dealwright-digest-") as folder:
            print(digest.table(digest.read_aloud(Path(folder), NOW)[1]), flush=True)
    if chosen.only in (None, "meetings"):
        if meetings.MEETINGS.exists():
            print(meetings.table(meetings.run(home)), flush=True)
        else:
            print("meetings: not measured, the shared data is absent")


if __name__ == "__main__":
    main()
