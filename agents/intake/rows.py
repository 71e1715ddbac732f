"""From a recognised line of a table to the columns of a record: what the line says, what it leaves open, what it clears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from agents.intake.batch import Batch
from agents.intake.writing import Written, write
from sales.amounts import currency_code
from sales.records import Row

Columns = dict[str, Any]
Stored = tuple[Row, Columns]


class Line:
    """One line with the columns that its file has. A column of the file that is empty in this line is None; one that the file lacks is absent."""

    def __init__(self, batch: Batch, row: Row, columns: frozenset[str]) -> None:
        self.row = row
        self.values = row.values
        self._columns = columns
        self._work = batch.work

    def has(self, name: str) -> bool:
        """Whether the line, or its file, speaks of a field at all."""
        return name in self.values or name in self._columns

    def text(self, name: str) -> str | None:
        """Return a field as text, or None."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, list):
            return "; ".join(str(part) for part in value) or None
        return str(value).strip() or None

    def texts(self, *names: str) -> Columns:
        """Return text columns that are called as their fields."""
        return {name: self.text(name) for name in names if self.has(name)}

    def moments(self, *names: str) -> Columns:
        """Return columns that hold an instant."""
        return {name: self._work.moment(self.values.get(name)) for name in names if self.has(name)}

    def days(self, *names: str) -> Columns:
        """Return columns that hold a day."""
        return {name: self._work.day(self.values.get(name)) for name in names if self.has(name)}

    def numbers(self, *names: str) -> Columns:
        """Return columns that hold an exact number."""
        return {name: as_decimal(self.values.get(name)) for name in names if self.has(name)}

    def integers(self, *names: str) -> Columns:
        """Return columns that hold a whole number."""
        found = {name: as_decimal(self.values.get(name)) for name in names if self.has(name)}
        return {name: None if value is None else int(value) for name, value in found.items()}

    def currency(self) -> str:
        """Return the ISO code of the line's amounts: its own, or the company's."""
        written = self.text("currency")
        if written is None:
            return self._work.settings.currency
        return currency_code(written) or written.upper()

    def bookkeeping(self) -> Columns:
        """Return where the record came from."""
        return {"source": self._work.source_of(self.row.origin), "source_at": self._work.now}

    def provenance(self) -> Columns:
        """Return the place that the record came from."""
        return {"provenance": {"file": self.row.origin.file, "line": self.row.origin.line}}

    def raw(self) -> str:
        """Return the line's content for whoever looks at it when it was kept aside."""
        parts = [f"{name}: {value}" for name, value in (*self.values.items(), *self.row.custom.items())]
        return "\n".join(parts)


def as_decimal(value: object) -> Decimal | None:
    """Return an exact number, or None for what is none."""
    if value is None or isinstance(value, bool | date | datetime):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def store(
    batch: Batch,
    model_table: Any,
    kind: str,
    lines: Sequence[tuple[Line, Columns]],
    complete: Callable[[Columns, Columns | None], None] | None = None,
) -> tuple[Written, set[str]]:
    """Write lines of one kind, count what became of them, and keep aside what was refused. Returns also the refused ids."""
    batch.flush_made()
    written = write(batch.session, model_table, [columns for _, columns in lines], complete)
    counts = batch.work.report.of(kind)
    refused: set[str] = set()
    for (line, columns), outcome in zip(lines, written.outcomes, strict=True):
        if outcome == "added":
            counts.added += 1
        elif outcome == "changed":
            counts.changed += 1
        elif outcome == "unchanged":
            counts.unchanged += 1
        else:
            batch.keep_aside(kind, line.row.origin, outcome, line.raw())
            refused.add(columns["id"])
    refused -= {columns["id"] for (_, columns), outcome in zip(lines, written.outcomes, strict=True) if outcome in _IN}
    batch.unlink(kind, refused)
    return written, refused


FILL = "_fill"
"""Key of a row that may only fill in what its record does not know: it was joined into another one by a person."""


def fill_only(merged: Columns, old: Columns | None) -> None:
    """Keep what the record has, where a row is marked with `FILL`."""
    if merged.pop(FILL, False) and old is not None:
        for name, value in old.items():
            if name != "custom" and value not in (None, "", []):
                merged[name] = value


_IN = ("added", "changed", "unchanged")
