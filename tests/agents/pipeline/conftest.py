"""A pipeline of the public shape, imported from its files on each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.intake.run import import_paths
from agents.likelihood.service import Likelihoods
from agents.pipeline.service import Pipeline
from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.agents.pipeline.public_crm import PublicPipeline, made
from tests.conftest import NOW

SIZE = 1_500


@pytest.fixture(scope="session")
def public() -> PublicPipeline:
    """The rows of the files, as an independent computation reads them."""
    return made(11, SIZE)


def service(database: Database, settings: Settings) -> Pipeline:
    """Return the service as the application builds it."""
    clock = FixedClock(NOW)
    likelihoods = Likelihoods(database, settings, clock)
    return Pipeline(database, settings, clock, lambda: likelihoods)


def bring_in(database: Database, settings: Settings, pipeline: PublicPipeline, folder: Path) -> None:
    """Import the files as `dealwright import` does."""
    report = import_paths(database, settings, FixedClock(NOW), pipeline.write(folder))
    assert not report.kept_aside
