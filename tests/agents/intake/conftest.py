"""A way to bring files in, and to look at all that the spine then holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from agents.intake.report import ImportReport
from agents.intake.run import import_paths
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Base
from sales.clock import FixedClock

Bring = Callable[..., ImportReport]

_OWN_TIMES = {"source_at", "started_at", "ended_at", "offered_at", "indexed_as", "provenance"}
_RUNS = {"import_runs", "kept_aside", "facts", "stirred", "change_marks", "alembic_version"}


def snapshot(database: Database, *leave_out: str) -> dict[str, list[str]]:
    """All rows of all tables but those about imports and what is to be looked at after them, without the times of importing and without counted ids."""
    tables: dict[str, list[str]] = {}
    with database.session() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in _RUNS or table.name in leave_out:
                continue
            counted = {column.name for column in table.columns if column.autoincrement is True}
            columns = [column for column in table.columns if column.name not in _OWN_TIMES | counted]
            rows = [_shown(dict(row)) for row in session.execute(select(*columns)).mappings()]
            tables[table.name] = sorted(rows)
    return tables


def _shown(row: dict[str, Any]) -> str:
    return repr({key: dict(sorted(value.items())) if isinstance(value, dict) else value for key, value in row.items()})


@pytest.fixture
def bring(database: Database, settings: Settings, clock: FixedClock, tmp_path: Path) -> Bring:
    """Write files (name to text) into a fresh folder and import them together."""
    folders = iter(range(1_000))

    def run(files: dict[str, str], **options: Any) -> ImportReport:
        folder = tmp_path / f"files{next(folders)}"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return import_paths(
            options.pop("database", database),
            options.pop("settings", settings),
            options.pop("clock", clock),
            [folder],
            **options,
        )

    return run
