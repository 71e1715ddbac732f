"""What an import tells the person who started it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Counts:
    """What became of the records of one kind."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept_aside: int = 0

    def add(self, other: Counts) -> None:
        """Add another's numbers."""
        self.added += other.added
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.kept_aside += other.kept_aside


@dataclass(frozen=True)
class Kept:
    """A row or a file that was kept aside: where it stands (line 0: the whole file) and why, in a sentence to act on."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Offer:
    """Two records that may be one. Where `right_id` begins with `text:`, the second is a name that a file used."""

    kind: str
    left_id: str
    left: str
    right_id: str
    right: str
    reason: str


@dataclass(frozen=True)
class Joined:
    """A spelling that was taken as a record that is known: `GTXPro` as the product `GTX Pro`."""

    kind: str
    written: str
    taken_as: str


@dataclass(frozen=True)
class Column:
    """A column as it was understood: the field it fills, or None where it is kept as a named field."""

    header: str
    field: str | None
    label: str
    note: str | None = None


@dataclass(frozen=True)
class FileSeen:
    """One file of an import: what it was read as, its columns, and whether its content was already in."""

    file: str
    label: str
    kind: str | None
    columns: tuple[Column, ...] = ()
    already_in: bool = False


@dataclass
class ImportReport:
    """What an import did. `counts` is by kind (account, contact, user, lead, deal, product, target, activity, call, mail, change, file)."""

    counts: dict[str, Counts] = field(default_factory=dict)
    kept_aside: list[Kept] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    files: list[FileSeen] = field(default_factory=list)
    waiting: int = 0
    stopped: bool = False

    def of(self, kind: str) -> Counts:
        """Return the counts of a kind, to be counted on."""
        return self.counts.setdefault(kind, Counts())

    @property
    def total(self) -> Counts:
        """All kinds together."""
        total = Counts()
        for counts in self.counts.values():
            total.add(counts)
        return total

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return asdict(self) | {"total": asdict(self.total)}


@dataclass(frozen=True)
class Progress:
    """How far an import is: the file at work, how many files are done of how many, and how many records of this file are in."""

    file: str
    files_done: int
    files: int
    records: int


ShowProgress = Callable[[Progress], None]
"""Called after each batch, and with an empty `file` while links are settled at the end."""
