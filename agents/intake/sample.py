"""The sample company, as it stands on a day: rendered from `examples/company` and imported like anybody's files."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agents.intake.forget import forget_passages
from agents.intake.report import ImportReport, ShowProgress
from agents.intake.run import import_paths
from agents.intake.writing import chunks
from examples.render import FOLDER, company_files, render, rule_files, signal_files
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import (
    Account,
    Activity,
    Contact,
    Deal,
    DealChange,
    Fact,
    ImportRun,
    KeptAside,
    Lead,
    Product,
    RuleFile,
    Sighting,
    Signal,
    Target,
    User,
    WaitingLink,
)
from sales.clock import Clock

SOURCE = "sample"
ZONE = ZoneInfo("America/New_York")
"""Where the sample company is at home: its wall-clock times are there."""
FACT = "sample"

_PREFIX = "sample"
_IN_ORDER: tuple[Any, ...] = (DealChange, Activity, Deal, Contact, Lead, Target, Product, Account, User)
_UNSYNCED = {"synchronize_session": False}


@dataclass
class SampleLoaded:
    """What loading did. `passages` are ids of passages that went with an earlier sample: the index has to forget them."""

    as_of: date
    report: ImportReport
    passages: list[int] = field(default_factory=list)
    replaced: bool = False


def load_sample(
    database: Database,
    settings: Settings,
    clock: Clock,
    as_of: date,
    *,
    progress: ShowProgress | None = None,
    stop: Callable[[], bool] | None = None,
) -> SampleLoaded:
    """Load the sample company as it stands on `as_of`. A sample of another day is taken out first; the same day again changes nothing."""
    with tempfile.TemporaryDirectory(prefix="dealwright-sample-") as folder:
        digest = _render(Path(folder) / _PREFIX, as_of)
        told = {"as_of": as_of.isoformat(), "content": digest}
        passages: list[int] = []
        with database.transaction() as session:
            fact = session.get(Fact, FACT)
            replaced = fact is not None and fact.value != told
            if replaced:
                passages = _take_out(session)
            session.merge(Fact(key=FACT, value=told))
        report = import_paths(database, settings, clock, [folder], progress=progress, stop=stop, source=SOURCE)
        if not report.stopped:
            _put_rules(database, settings, clock.now())
            _take_signals(database, settings, clock, as_of)
    return SampleLoaded(as_of, report, passages, replaced)


def remove_sample(database: Database, home: Path | None = None) -> list[int]:
    """Take the sample company out. Returns the ids of passages that the index has to forget.

    Its rule files go too where the team has not written over them: out of the spine, and out of the folder `home`, from where they would be read again.
    """
    with database.transaction() as session:
        passages = _take_out(session)
        for path in rule_files():
            newest = session.scalars(
                select(RuleFile).where(RuleFile.name == path.name).order_by(RuleFile.version.desc()).limit(1)
            ).one_or_none()
            if newest is None or newest.by != SOURCE:
                continue
            if home is not None and (home / path.name).exists():
                (home / path.name).unlink()
            session.execute(
                delete(RuleFile).where(RuleFile.name == path.name, RuleFile.by == SOURCE), execution_options=_UNSYNCED
            )
        session.execute(delete(Fact).where(Fact.key == FACT))
    return passages


def sample_day(session: Session) -> date | None:
    """Return the day that the loaded sample stands on, or None where none is loaded."""
    fact = session.get(Fact, FACT)
    return date.fromisoformat(fact.value["as_of"]) if fact is not None else None


def _render(folder: Path, as_of: date) -> str:
    digest = hashlib.sha256()
    for path in company_files():
        text = render(path.read_text(encoding="utf-8"), as_of, ZONE)
        target = folder / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        digest.update(text.encode())
    return digest.hexdigest()


def _put_rules(database: Database, settings: Settings, now: datetime) -> None:
    """Put the sample's rule files in force where the team has written none of that name."""
    from agents.outreach.rules import faults_of_rules
    from agents.signals.rulebook import RuleBook

    for path in rule_files():
        book = RuleBook(database, settings.home, path.name)
        if path.name == "outreach.toml":
            book = RuleBook(database, settings.home, path.name, faults_of_rules)
        if book.current(now) is None and not book.path.exists():
            book.save(path.read_text(encoding="utf-8"), SOURCE, "the sample company's", now)


def _take_signals(database: Database, settings: Settings, clock: Clock, as_of: date) -> None:
    """Take in the sample's signals, of a source for each file. A sample of another day than today is told of at its afternoon."""
    from agents.signals.service import Signals
    from sales.clock import FixedClock

    now = clock.now()
    if now.astimezone(ZONE).date() != as_of:
        now = datetime.combine(as_of, time(15), ZONE)
    signals = Signals(database, settings, FixedClock(now))
    # What is taken now is judged by the rules and with the accounts of now: nothing has to be looked at again.
    signals.look_again()
    with tempfile.TemporaryDirectory(prefix="dealwright-sample-") as folder:
        for path in signal_files():
            target = Path(folder) / path.name
            target.write_text(render(path.read_text(encoding="utf-8"), as_of, ZONE), encoding="utf-8")
            signals.import_files([target], source=f"{SOURCE}-{path.stem}")


def _take_out(session: Session) -> list[int]:
    """Delete every record whose source is the sample, with its passages and the runs that brought it."""
    activities = list(session.scalars(select(Activity.id).where(Activity.source == SOURCE)))
    deals = list(session.scalars(select(Deal.id).where(Deal.source == SOURCE)))
    passages = forget_passages(session, activities, deals)
    told = select(Sighting.signal_id).where(Sighting.source.startswith(f"{SOURCE}-"))
    session.execute(delete(Signal).where(Signal.id.in_(told)), execution_options=_UNSYNCED)
    for model in _IN_ORDER:
        ids = list(session.scalars(select(model.id).where(model.source == SOURCE)))
        for some in chunks(ids):
            session.execute(delete(WaitingLink).where(WaitingLink.record_id.in_(some)), execution_options=_UNSYNCED)
        session.execute(delete(model).where(model.source == SOURCE), execution_options=_UNSYNCED)
    files = f"{_PREFIX}/"
    session.execute(
        delete(KeptAside).where(KeptAside.file.startswith(files, autoescape=True)), execution_options=_UNSYNCED
    )
    session.execute(
        delete(ImportRun).where(ImportRun.file.startswith(files, autoescape=True)), execution_options=_UNSYNCED
    )
    session.execute(
        update(ImportRun).where(ImportRun.state == "done").values(state="stale"), execution_options=_UNSYNCED
    )
    return passages
