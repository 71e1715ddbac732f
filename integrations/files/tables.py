"""Delimited tables: where the header stands, what the columns mean, and the rows, read twice in bounded memory.

The first pass finds the header below any title lines and lets every value vote on its column's rule; the second hands out
the rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from integrations.files.decoding import Source, clean, head_lines, lines
from integrations.files.delimited import Cells, delimiter_of, rows
from integrations.files.options import LEFT_OUT, NAMED, ColumnMap, Hints
from integrations.files.rows import RowMaker
from integrations.files.typed import Column, columns_for, settle
from sales.amounts import is_empty, parse_amount
from sales.columns import ColumnGuess, TableGuess, complete, normal, recognise
from sales.dates import parse_date, quarter_label
from sales.records import Origin, Record, RecordKind, Reject

_SAMPLE = 60
NOT_KNOWN = (
    "The columns of this table are of no known kind (accounts, contacts, users, leads, deals, products, targets, activities, changes). "
    "If it is one of them, say which with a column map."
)


@dataclass(frozen=True)
class Table:
    """A table as recognised: its delimiter, the header's line, the labels under which columns are kept, and the guess."""

    delimiter: str
    header_line: int
    labels: tuple[str, ...]
    guess: TableGuess

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.labels)


def labels_of(headers: Sequence[str]) -> tuple[str, ...]:
    """A distinct label for each header: repeated ones are numbered, blank ones called by their place."""
    seen: Counter[str] = Counter()
    labels = []
    for place, header in enumerate(headers, start=1):
        label = clean(" ".join(header.split()))[:120] or f"column {place}"
        seen[label.casefold()] += 1
        labels.append(label if seen[label.casefold()] == 1 else f"{label} ({seen[label.casefold()]})")
    return tuple(labels)


def _header_like(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    if not filled or any(len(cell) > 120 for cell in filled):
        return False
    values = sum(1 for cell in filled if parse_amount(cell) or parse_date(cell) or "@" in cell)
    quarters = sum(1 for cell in filled if quarter_label(cell) != " ".join(cell.split()))
    return values - quarters <= 0.2 * len(filled) and len(filled) >= 0.6 * len(cells)


def apply_map(guess: TableGuess, column_map: ColumnMap) -> TableGuess:
    """The guess with the columns that a person has named."""
    if not column_map.columns:
        return guess
    chosen = {
        place: column_map.columns[normal(c.header)]
        for place, c in enumerate(guess.columns)
        if normal(c.header) in column_map.columns
    }
    taken = {key for key in chosen.values() if key not in (LEFT_OUT, NAMED)}
    columns = []
    for place, column in enumerate(guess.columns):
        if place in chosen:
            key = None if chosen[place] in (LEFT_OUT, NAMED) else chosen[place]
            columns.append(replace(column, field=key, quality=1.0 if key else 0.0, spare=False))
        else:
            columns.append(replace(column, field=None) if column.field in taken else column)
    return replace(guess, columns=tuple(columns))


def _guess(headers: Sequence[str], below: Sequence[Sequence[str]], name: str, column_map: ColumnMap) -> TableGuess:
    guess = recognise(headers, below, name, column_map.kind)
    if guess.kind is None and column_map.columns:
        fields = set(column_map.columns.values())
        kinds = {kind: recognise(headers, below, name, kind) for kind in RecordKind}
        mapped = {kind: apply_map(each, column_map) for kind, each in kinds.items()}
        fitting = [
            kind
            for kind, each in mapped.items()
            if complete(kind, each.columns) and fields & {c.field for c in each.columns}
        ]
        if len(fitting) == 1:
            return mapped[fitting[0]]
    return apply_map(guess, column_map)


def find_table(source: Source, column_map: ColumnMap) -> Table | None:
    """Find the delimiter and the header of a delimited text; None where nothing in it looks like a table."""
    head = head_lines(source, _SAMPLE * 4, column_map.encoding)
    skip = 0
    if head and (told := re.fullmatch(r'"?sep=(.)"?', head[0].strip())):  # Excel's own first line
        delimiter, skip = told[1], 1
    elif column_map.delimiter:
        delimiter = column_map.delimiter
    else:
        delimiter, _ = delimiter_of(head)
    sample = [row for row in islice(rows(head, delimiter), _SAMPLE) if row.line > skip and row.fault is None]
    if not sample:
        return None
    widths = Counter(len(row.cells) for row in sample)
    width = max(widths, key=lambda w: (widths[w] if w > 1 else 0.5, w))
    best: tuple[float, int, Table] | None = None
    for place, row in enumerate(sample[:30]):
        headers = _trimmed(row.cells, [r.cells for r in sample[place + 1 :] if len(r.cells) == len(row.cells)])
        if len(headers) < min(2, width) or not _header_like(headers):
            continue
        below = [r.cells for r in sample[place + 1 :] if len(r.cells) in (len(row.cells), len(headers))]
        guess = _guess(headers, below[:40], source.name, column_map)
        fit = (len(row.cells) == width) + bool(below) + len(set(headers)) / len(headers)
        rank = fit + min(guess.score, 20) / 4 - place * 0.01
        table = Table(delimiter, row.line, labels_of(headers), guess)
        if best is None or rank > best[0]:
            best = rank, place, table
    return best[2] if best else None


def _trimmed(cells: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The header without the empty cells that a spreadsheet leaves at its end; a column that most lines fill stays, nameless as it is."""
    end = len(cells)
    while end > 1 and not cells[end - 1] and sum(1 for row in below if row[end - 1]) <= 0.5 * len(below):
        end -= 1
    return tuple(cells[:end])


def _body(source: Source, table: Table, column_map: ColumnMap) -> Iterator[Cells]:
    for row in rows(lines(source, column_map.encoding), table.delimiter, table.width):
        if row.line > table.header_line:
            yield row


def _fault(row: Cells, table: Table) -> str | None:
    """What is wrong with a row's shape, in a sentence."""
    if row.fault:
        return f"This line can't be read: {row.fault}."
    extra = [cell for cell in row.cells[table.width :] if cell]
    if extra:
        return f"This line has {len(row.cells)} cells where the header has {table.width}: a delimiter inside a text needs quotation marks."
    if len(row.cells) < table.width:
        filled = [cell for cell in row.cells if cell]
        if len(filled) <= 1:
            return "This line is no record of the table (a title, a note or a total)."
        return f"This line has {len(row.cells)} cells where the header has {table.width}: it is not certain which are missing."
    return None


def _short_on_purpose(source: Source, table: Table, column_map: ColumnMap) -> bool:
    """Whether the file leaves out empty cells at the ends of its lines: then short lines are whole."""
    short = full = 0
    for row in islice(_body(source, table, column_map), 2000):
        if row.fault is None and len(row.cells) < table.width and len(row.cells) > 1:
            short += 1
        elif len(row.cells) >= table.width:
            full += not row.cells[table.width - 1]
    return short >= 3 and full == 0 and table.width > 2


def plan(source: Source, table: Table, column_map: ColumnMap, hints: Hints) -> list[Column]:
    """First pass: every value has its say in its column's rule."""
    columns = columns_for(table.guess, table.labels, column_map)
    for row in _body(source, table, column_map):
        if _fault(row, table) is None:
            for column, cell in zip(columns, row.cells, strict=False):
                column.observe(cell)
    settle(columns, hints, column_map, "," if table.delimiter == ";" else None)
    return columns


def read_table(source: Source, table: Table, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
    """All rows of a recognised table, and what was kept aside."""
    kind = table.guess.kind
    if kind is None:
        wide = as_targets(table)
        if wide is None:
            yield Reject(Origin(source.name, 0), NOT_KNOWN)
            return
        yield from _read_wide_targets(source, wide, column_map, hints)
        return
    columns = plan(source, table, column_map, hints)
    if not complete(kind, [ColumnGuess(c.guess.header, c.key) for c in columns]):
        yield Reject(
            Origin(source.name, table.header_line),
            f"This looks like a table of {kind}s, but the values of a column it needs can't be read. Name the columns with a column map.",
        )
        return
    maker = RowMaker(kind, columns, hints, column_map.currency)
    short = _short_on_purpose(source, table, column_map)
    for row in _body(source, table, column_map):
        origin = Origin(source.name, row.line)
        fault = _fault(row, table)
        if fault is not None and not (short and row.fault is None and 1 < len(row.cells) < table.width):
            yield Reject(origin, fault, clean(row.raw[:2000]))
            continue
        if tuple(row.cells[: table.width]) == table.labels:
            continue  # a header repeated on each page of a report
        made = maker.make(row.cells, origin, clean(row.raw[:2000]))
        if made is not None:
            yield made
    yield from maker.rest()


@dataclass(frozen=True)
class WideTargets:
    """A table of targets with a column a quarter."""

    table: Table
    owner: int
    quarters: dict[int, str]


def as_targets(table: Table) -> WideTargets | None:
    """See a table as targets with one column a quarter (`Rep, Q1 2025, Q2 2025`); None if it is not one."""
    quarters = {
        place: quarter_label(label)
        for place, label in enumerate(table.labels)
        if quarter_label(label) != label or re.fullmatch(r"\d{4}-Q[1-4]", label)
    }
    owners = recognise(table.labels, (), "", RecordKind.TARGET)
    owner = next((place for place, column in enumerate(owners.columns) if column.field == "owner"), None)
    return WideTargets(table, owner, quarters) if len(quarters) >= 2 and owner is not None else None


def _read_wide_targets(
    source: Source, wide: WideTargets, column_map: ColumnMap, hints: Hints
) -> Iterator[Record | Reject]:
    long = Table(
        ",",
        wide.table.header_line,
        ("owner", "quarter", "amount"),
        recognise(("owner", "quarter", "amount"), (), "", RecordKind.TARGET),
    )
    columns = columns_for(long.guess, long.labels, column_map)
    for row in _body(source, wide.table, column_map):
        for place in wide.quarters:
            if place < len(row.cells):
                columns[2].observe(row.cells[place])
    settle(columns, hints, column_map, "," if wide.table.delimiter == ";" else None)
    maker = RowMaker(RecordKind.TARGET, columns, hints, column_map.currency)
    for row in _body(source, wide.table, column_map):
        origin, raw = Origin(source.name, row.line), clean(row.raw[:2000])
        if (fault := _fault(row, wide.table)) is not None:
            yield Reject(origin, fault, raw)
            continue
        for place, quarter in wide.quarters.items():
            if not is_empty(row.cells[place]):
                made = maker.make((row.cells[wide.owner], quarter, row.cells[place]), origin, raw)
                if made is not None:
                    yield made
