"""Likelihood to close, tried on quarters that it has not seen: Brier score against the plain win rate, on a generated pipeline of public shape and on the sample company."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents.intake.run import import_paths
from agents.intake.sample import load_sample
from agents.likelihood.record import LikelihoodReport
from agents.likelihood.service import Likelihoods
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock, SystemClock
from tests.agents.pipeline.public_crm import made

SEED, SIZE = 7, 8_800
YEAR_END = datetime(2017, 12, 31, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Tried:
    """One data set and what came of it."""

    name: str
    report: LikelihoodReport


def run() -> list[Tried]:
    """Measure on pipelines that tell something of their outcomes, on one that is pure chance, and on the sample company."""
    return [
        Tried(f"generated, {SIZE:,} opportunities", _generated(1.0)),
        Tried("generated, outcomes by pure chance", _generated(0.0)),
        Tried("sample company", _sample()),
    ]


def _generated(signal: float) -> LikelihoodReport:
    with tempfile.TemporaryDirectory() as folder:
        database, settings = _opened(Path(folder))
        clock = FixedClock(YEAR_END)
        import_paths(database, settings, clock, made(SEED, SIZE, signal=signal).write(Path(folder) / "files"))
        return _report(database, settings, clock)


def _sample() -> LikelihoodReport:
    with tempfile.TemporaryDirectory() as folder:
        database, settings = _opened(Path(folder))
        clock = FixedClock(SystemClock().now())
        load_sample(database, settings, clock, clock.now().date())
        return _report(database, settings, clock)


def _opened(home: Path) -> tuple[Database, Settings]:
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'spine.db'}")
    database = Database(settings.spine_url)
    database.migrate()
    return database, settings


def _report(database: Database, settings: Settings, clock: FixedClock) -> LikelihoodReport:
    try:
        with database.session() as session:
            return Likelihoods(database, settings, clock).report(session, clock.now())
    finally:
        database.close()


def table(tried: list[Tried]) -> str:
    """Return the figures as text."""
    lines = ["likelihood to close, learned before a quarter and tried on it (Brier score, lower is better)"]
    for one in tried:
        report = one.report
        lines.append(f"  {one.name}: {report.how}, {report.won} won and {report.lost} lost. {report.why}")
        for trial in report.trials:
            verdict = "is the win rate" if trial.how == "win rate" else "beats it" if trial.beats else "does not beat it for certain"  # fmt: skip
            lines.append(
                f"    from {trial.cutoff:%Y-%m-%d}: {trial.deals} deals, {trial.how} {trial.brier} against win rate {trial.base_brier}: {verdict}"
                f" (margin {trial.margin}, 95 % {trial.margin_low} to {trial.margin_high})"
            )
        for tenth in report.calibration:
            lines.append(
                f"    given {tenth.low}–{tenth.high}: {tenth.deals} deals, {tenth.given} on average, {tenth.won} won"
            )
    return "\n".join(lines)
