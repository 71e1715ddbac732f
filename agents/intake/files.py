"""The files of an import in the order in which they can be brought in: what is referred to before what refers to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agents.intake.identity import stable_id
from agents.intake.report import Column, FileSeen
from infra.settings import Settings
from integrations.files import ColumnMap, Hints, Preview, preview, sniff, walk
from sales.records import RecordKind

ORDER = (
    RecordKind.USER,
    RecordKind.PRODUCT,
    RecordKind.ACCOUNT,
    RecordKind.CONTACT,
    RecordKind.LEAD,
    RecordKind.DEAL,
    RecordKind.CHANGE,
    RecordKind.TARGET,
    RecordKind.TERRITORY,
    RecordKind.ACTIVITY,
)
"""Kinds of lines in the order in which they are written."""

_READERS = {
    "json": 10,
    "captions": 10,
    "transcript": 10,
    "zoom chat": 9,
    "zoom participants": 11,
    "mail": 12,
    "mbox": 12,
}
_LAST = 13
_SKIPPED_WHEN_DONE = ("table", "mbox")


@dataclass(frozen=True)
class IntakeFile:
    """One file that is to be read. `run_id` is the same for the same content, read in the same way."""

    path: Path
    name: str
    seen: FileSeen
    reader: str
    run_id: str
    content_hash: str
    columns: frozenset[str]

    @property
    def read_once(self) -> bool:
        """Whether a finished run of the same content need not be repeated: nothing beside the file bears on what it says."""
        return self.reader in _SKIPPED_WHEN_DONE


def hints_of(settings: Settings) -> Hints:
    """Return what files that leave it open are read by."""
    return Hints(date_order="DMY" if settings.day_first else "MDY", zone=settings.zone)


def listed(
    paths: Iterable[Path | str], settings: Settings, column_map: ColumnMap | None, source: str | None
) -> tuple[list[IntakeFile], list[str]]:
    """Return the files at and below `paths`, looked into and sorted, and the names of those that can't be opened."""
    found: list[tuple[int, int, IntakeFile]] = []
    missing: list[str] = []
    for path in map(Path, paths):
        for each, name in walk(path):
            try:
                file = _look_into(each, name, settings, column_map, source)
            except OSError:
                missing.append(name)
                continue
            kind = RecordKind(file.seen.kind) if file.seen.kind else None
            place = ORDER.index(kind) if kind else _READERS.get(file.reader, _LAST)
            found.append((place, len(found), file))
    return [file for _, _, file in sorted(found, key=lambda item: item[:2])], missing


def _look_into(
    path: Path, name: str, settings: Settings, column_map: ColumnMap | None, source: str | None
) -> IntakeFile:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    content = digest.hexdigest()
    hints = hints_of(settings)
    reader = sniff(path, name)
    # Only of tables there is more to show than what they are; looking into every mail would read all of them twice.
    shown = Preview(name, reader.kind, reader.label)
    if reader.kind in ("table", "json", "unknown"):
        shown = preview(path, column_map=column_map, hints=hints, name=name)
    columns = tuple(Column(c.header, c.field, c.label, c.note) for c in shown.columns)
    seen = FileSeen(name, shown.label, shown.kind.value if shown.kind else None, columns)
    way = (column_map, hints, source, settings.currency, settings.company_domain)
    return IntakeFile(
        path=path,
        name=name,
        seen=seen,
        reader=shown.reader,
        run_id=stable_id("run", name, content, *way),
        content_hash=content,
        columns=frozenset(column.field for column in columns if column.field),
    )
