"""Filling and tending the spine: import, sample, index, joins, people. For programs, the console and the command line; all of it blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from bot.api.shapes import ImportResult
from bot.app import App
from bot.jobs import Job
from infra.errors import Fatal
from infra.spine.models import Account, Activity, Deal, User

if TYPE_CHECKING:
    from datetime import date

    from agents.intake.report import ImportReport, Offer, Progress
    from integrations.files import ColumnMap


def preview_files(app: App, paths: Sequence[Path], column_map: str | None) -> list[dict[str, Any]]:
    """Return for each file what would be understood: `{file, label, kind, columns: [{header, field, label, type, samples, note}], notes}`."""
    from dataclasses import asdict

    from integrations.files import preview, walk

    map_ = parse_map(column_map)
    return [asdict(preview(path, column_map=map_, name=name)) for one in paths for path, name in walk(one)]


def parse_map(text: str | None) -> ColumnMap | None:
    """Return the column map that a TOML text holds. Raises Fatal, with what to change."""
    import tomllib

    from integrations.files import ColumnMap, ColumnMapError

    if not text:
        return None
    try:
        return ColumnMap.parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Fatal("The column map is not valid TOML.", "Mend it and try again.", status=422) from error
    except ColumnMapError as error:
        raise Fatal(str(error), "Mend the column map and try again.", status=422) from error


def refresh_index(app: App, job: Job) -> dict[str, Any]:
    """Cut and embed what is new; return `{cut, embedded, removed, finished}`."""
    with app.writing():
        return _refreshed(app, job)


def _refreshed(app: App, job: Job) -> dict[str, Any]:
    from dataclasses import asdict

    words = {"cutting": "Reading what is new", "embedding": "Learning what is where"}

    def tell(what: str, done: int, total: int) -> None:
        job.say(f"{words.get(what, what)}: {done:,} of {total:,}")

    return asdict(app.index.refresh(tell, job.stop.is_set))


def users(app: App) -> list[dict[str, Any]]:
    """Return the active people of our side, by team and name."""
    with app.database.session() as session:
        rows = session.scalars(select(User).where(User.active).order_by(User.team, User.name))
        return [{"id": u.id, "email": u.email, "name": u.name, "role": u.role, "team": u.team} for u in rows]


def is_empty(app: App) -> bool:
    """Return whether nothing was imported yet."""
    with app.database.session() as session:
        return not any(
            session.scalar(select(func.count()).select_from(table)) for table in (Account, Deal, Activity, User)
        )


def import_files(app: App, paths: Sequence[Path], column_map: str | None, job: Job) -> ImportResult:
    """Import files or folders, then bring the index up to date. What can't be read is kept aside; the rest goes in."""
    from agents.intake.run import import_paths

    map_ = parse_map(column_map)
    with app.writing():
        report = import_paths(
            app.database,
            app.settings,
            app.clock,
            paths,
            column_map=map_,
            progress=lambda step: job.say(_told(step)),
            stop=job.stop.is_set,
        )
        return _finished(app, report, job)


def _told(step: Progress) -> str:
    if not step.file:
        return "Linking what belongs together"
    return f"{step.file}: {step.records:,} records ({step.files_done + 1:,} of {step.files:,} files)"


def _finished(app: App, report: ImportReport, job: Job) -> ImportResult:
    total = report.total
    for outcome, count in (
        ("added", total.added),
        ("changed", total.changed),
        ("unchanged", total.unchanged),
        ("kept aside", total.kept_aside),
    ):
        app.telemetry.imported.labels(outcome).inc(count)
    stopped = report.stopped or not _refreshed(app, job)["finished"]
    return ImportResult.model_validate({**report.as_json(), "stopped": stopped})


def load_sample(app: App, day: date, job: Job) -> ImportResult:
    """Load the sample company as it stands on `day`; a sample of another day goes out first."""
    from agents.intake.sample import load_sample as load

    with app.writing():
        loaded = load(
            app.database,
            app.settings,
            app.clock,
            day,
            progress=lambda step: job.say(_told(step)),
            stop=job.stop.is_set,
        )
        drop_passages(app, loaded.passages)
        return _finished(app, loaded.report, job)


def drop_passages(app: App, passages: Sequence[int]) -> None:
    """Let the index forget passages that left the spine; their words were counted out with them."""
    app.index.forget([(passage, "") for passage in passages])


def join_offers(app: App) -> list[Offer]:
    """Return the pairs that may be one and wait for a person's decision."""
    from agents.intake.joins import list_offers

    return list_offers(app.database)


def decide_join(app: App, kind: str, left: str, right: str, *, join: bool, by: str | None) -> dict[str, Any]:
    """Join the two of an offer or keep them apart; return `{kind, id, joined}`. Raises Fatal for an offer that is not open."""
    from dataclasses import asdict

    from agents.intake.joins import decide

    with app.writing():
        decided = decide(app.database, app.settings, app.clock, kind, left, right, join=join, by=by or "terminal")
        app.index.refresh()
        return asdict(decided)
