"""The import: files in, records in the spine, a report of what became of each; it can be stopped, killed and taken up again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from agents.intake import companies, deals, people, settle, territories, touches
from agents.intake.alone import alone
from agents.intake.batch import Batch, Work, load_work
from agents.intake.files import ORDER, IntakeFile, hints_of, listed
from agents.intake.report import Counts, ImportReport, Kept, Progress, ShowProgress
from agents.intake.rows import Line
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import ImportRun, KeptAside
from integrations.files import ColumnMap, read
from sales.clock import Clock
from sales.records import MailMessage, Record, RecordKind, Reject, Row, Transcript

BATCH = 1_000
_MANY = 5_000
"""From so many new records on the database counts anew how its rows are spread: ours, the number from which a wrong plan is felt."""
_FILLED = ("accounts", "contacts", "deals", "deal_changes", "activities", "participants", "turns")
_TURNS_A_RECORD = 10
"""So many turns weigh as much as a line: a batch of long calls must not hold the database for long."""

Item = tuple[Record | Reject, int | None]
"""A record with how many others of the same natural key stood before it in its file; None for an exact repeat."""


def import_paths(
    database: Database,
    settings: Settings,
    clock: Clock,
    paths: Iterable[Path | str],
    *,
    column_map: ColumnMap | None = None,
    progress: ShowProgress | None = None,
    stop: Callable[[], bool] | None = None,
    source: str | None = None,
) -> ImportReport:
    """Bring files, or all files below folders, into the spine. What could not be read is in the report and kept aside.

    `stop` is asked between batches; what was done by then stays, and the same call goes on from there, as it does after a crash.
    `source` is written as the source of every record in place of the system that the file is of. Raises Retriable while
    another import runs.
    """
    report = ImportReport()
    show = progress or (lambda _: None)
    stopped = stop or (lambda: False)
    with alone(database):
        files, missing = listed(paths, settings, column_map, source)
        for name in missing:
            report.of("file").kept_aside += 1
            report.kept_aside.append(
                Kept(name, 0, "This file can't be opened. See whether it is there and may be read.")
            )
        with database.session() as session:
            work = load_work(session, settings, clock.now(), report, source)
        work.files = frozenset(file.name for file in files)
        for place, file in enumerate(files):
            tell = _Teller(show, file.name, place, len(files))
            work.report = ImportReport()
            finished = _import_file(database, work, file, column_map, tell, stopped)
            _gather(report, work.report)
            if not finished:
                report.stopped = True
                break
        work.report = report
        if not report.stopped:
            show(Progress("", len(files), len(files), 0))
            settle.settle(database, work)
    if sum(counts.added for counts in report.counts.values()) >= _MANY:
        database.count_anew(_FILLED)
    return report


class _Teller:
    """Tells how far one file is."""

    def __init__(self, show: ShowProgress, file: str, place: int, files: int) -> None:
        self._show = show
        self._file = file
        self._place = place
        self._files = files

    def __call__(self, records: int) -> None:
        self._show(Progress(self._file, self._place, self._files, records))


def _gather(report: ImportReport, part: ImportReport) -> None:
    for kind, counts in part.counts.items():
        report.of(kind).add(counts)
    report.kept_aside += part.kept_aside
    report.joined += [joined for joined in part.joined if joined not in report.joined]
    report.files += part.files


def _import_file(
    database: Database,
    work: Work,
    file: IntakeFile,
    column_map: ColumnMap | None,
    tell: _Teller,
    stop: Callable[[], bool],
) -> bool:
    """Import one file from where an earlier run of it ended. Returns whether it came to its end."""
    with database.transaction() as session:
        run, done = _open_run(session, work, file)
        if run is None:
            return True
    work.report.files.append(file.seen)
    items = _placed(read(file.path, column_map=column_map, hints=hints_of(work.settings), name=file.name))
    for _ in islice(items, done):
        pass
    for batch in _batches(items):
        if stop():
            _mark(database, run, "stopped")
            return False
        with database.transaction() as session:
            _write(Batch(work, session, run), batch, file)
            done += len(batch)
            session.execute(
                update(ImportRun).where(ImportRun.id == run).values(done_items=done, counts=_as_json(work.report))
            )
            settle.note_pending(session, work)
        tell(done)
    with database.transaction() as session:
        _close_run(session, work, file)
    return True


def _open_run(session: Session, work: Work, file: IntakeFile) -> tuple[str | None, int]:
    """Return the run of a file and how many of its items are in; no run where its content is all in already."""
    run = session.get(ImportRun, file.run_id)
    aside = list(session.scalars(select(KeptAside).where(KeptAside.run_id == file.run_id).order_by(KeptAside.line)))
    if run is not None and run.state == "done" and file.read_once and not aside:
        for kind, counts in run.counts.items():
            known = Counts(**counts)
            work.report.of(kind).unchanged += known.added + known.changed + known.unchanged
        work.report.files.append(replace(file.seen, already_in=True))
        return None, 0
    if run is not None and run.state in ("running", "stopped"):
        work.report.counts = {kind: Counts(**counts) for kind, counts in run.counts.items()}
        work.report.kept_aside = [Kept(row.file, row.line, row.reason) for row in aside]
        run.state = "running"
        return run.id, run.done_items
    session.execute(delete(KeptAside).where(KeptAside.run_id == file.run_id))
    if run is None:
        run = ImportRun(id=file.run_id, file=file.name, content_hash=file.content_hash)
    run.state, run.done_items, run.counts = "running", 0, {}
    run.started_at, run.ended_at = work.now, None
    session.add(run)
    # From here on the spine no longer holds what another content of this file said.
    session.execute(
        update(ImportRun)
        .where(ImportRun.file == file.name, ImportRun.id != file.run_id, ImportRun.state == "done")
        .values(state="replaced")
    )
    return run.id, 0


def _mark(database: Database, run: str, state: str) -> None:
    with database.transaction() as session:
        session.execute(update(ImportRun).where(ImportRun.id == run).values(state=state))


def _close_run(session: Session, work: Work, file: IntakeFile) -> None:
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == file.run_id)
        .values(state="done", ended_at=work.now, counts=_as_json(work.report))
    )
    # What an earlier content of this file left aside has been read again, and put aside again where it had to be.
    session.execute(delete(KeptAside).where(KeptAside.file == file.name, KeptAside.run_id != file.run_id))


def _as_json(report: ImportReport) -> dict[str, dict[str, int]]:
    return {kind: asdict(counts) for kind, counts in report.counts.items()}


def _placed(records: Iterable[Record | Reject]) -> Iterator[Item]:
    """Tell repeats of a line from other records that merely look alike, among those without an id of their own."""
    seen: dict[bytes, list[bytes]] = defaultdict(list)
    for record in records:
        if not isinstance(record, Row) or record.kind not in (RecordKind.DEAL, RecordKind.ACTIVITY):
            yield record, 0
            continue
        if record.values.get("external_id"):
            yield record, 0
            continue
        parts = deals.natural_parts if record.kind is RecordKind.DEAL else touches.natural_parts
        alike = seen[_digest(record.kind, parts(record.values))]
        content = _digest(sorted(record.values.items(), key=lambda item: item[0]), sorted(record.custom.items()))
        if content in alike:
            yield record, None
            continue
        alike.append(content)
        yield record, len(alike) - 1


def _digest(*parts: object) -> bytes:
    return hashlib.blake2b(repr(parts).encode("utf-8", "replace"), digest_size=8).digest()


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    weight = 0
    for item in items:
        batch.append(item)
        weight += 1 + (len(item[0].turns) // _TURNS_A_RECORD if isinstance(item[0], Transcript) else 0)
        if weight >= BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _write(batch: Batch, items: Sequence[Item], file: IntakeFile) -> None:
    lines: dict[RecordKind, list[tuple[Line, int]]] = defaultdict(list)
    calls: list[Transcript] = []
    mails: list[MailMessage] = []
    for record, repeat in items:
        if isinstance(record, Reject):
            batch.keep_aside(file.seen.kind or "file", record.origin, record.reason, record.raw)
        elif isinstance(record, Row):
            if repeat is None:
                batch.work.report.of(record.kind.value).unchanged += 1
            else:
                told = file.columns if file.seen.kind == record.kind.value else frozenset()
                lines[record.kind].append((Line(batch, record, told), repeat))
        elif isinstance(record, Transcript):
            calls.append(record)
        else:
            mails.append(record)
    for kind in ORDER:
        if lines[kind]:
            write_lines(batch, kind, [line for line, _ in lines[kind]], [repeat for _, repeat in lines[kind]])
    if calls:
        touches.write_touches(batch, [touches.touch_of_transcript(batch, call) for call in calls])
    if mails:
        touches.write_touches(batch, [touches.touch_of_mail(batch, mail) for mail in mails])
    batch.finish()


def write_lines(batch: Batch, kind: RecordKind, lines: list[Line], repeats: list[int]) -> None:
    """Bring lines of one kind in. `repeats` tells of each how many others of its natural key came before it in its file; 0 for one with an id of its own."""
    match kind:
        case RecordKind.ACCOUNT:
            companies.write_accounts(batch, lines)
        case RecordKind.PRODUCT:
            companies.write_products(batch, lines)
        case RecordKind.USER:
            people.write_users(batch, lines)
        case RecordKind.CONTACT:
            people.write_contacts(batch, lines)
        case RecordKind.LEAD:
            people.write_leads(batch, lines)
        case RecordKind.TARGET:
            people.write_targets(batch, lines)
        case RecordKind.TERRITORY:
            territories.write_territories(batch, lines)
        case RecordKind.DEAL:
            deals.write_deals(batch, lines, repeats)
        case RecordKind.CHANGE:
            deals.write_changes(batch, lines)
        case RecordKind.ACTIVITY:
            told = [touches.touch_of_line(batch, line, repeat) for line, repeat in zip(lines, repeats, strict=True)]
            touches.write_touches(batch, told)
