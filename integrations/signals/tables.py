"""Signals in files: CSV with any header that names the fields, and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from integrations.signals.body import field_name, read_object
from sales.signals import Telling, Unread

LARGEST = 200_000_000
_SNIFFED = 8_192


def read_table(path: Path, source: str, now: datetime) -> Iterator[Telling | Unread]:
    """Yield the signals of a CSV file (comma, semicolon, tab or bar; UTF-8 or Windows-1252), in its order."""
    text = _decoded(path.read_bytes())
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=False)
    try:
        header = next(reader, [])
        for row in reader:
            if any(cell.strip() for cell in row):
                yield read_object(dict(zip(header, row, strict=False)), source, now, f"line {reader.line_num}")
    except csv.Error:
        yield Unread(
            f"line {reader.line_num}",
            "The table can't be read from this line on: a quote is not closed, or a cell is too long.",
        )


def read_lines(path: Path, source: str, now: datetime) -> Iterator[Telling | Unread]:
    """Yield the signals of JSON lines: one object a line; blank lines are passed over. A file that is one JSON list or object is read too."""
    text = _decoded(path.read_bytes())
    if text.lstrip().startswith("["):
        yield from _whole(text, source, now)
        return
    lines = text.splitlines()
    if len(lines) > 1 and text.lstrip().startswith("{") and not _is_json(next(line for line in lines if line.strip())):
        yield from _whole(text, source, now)
        return
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                yield Unread(f"line {number}", "It is not JSON.")
                continue
            yield read_object(value, source, now, f"line {number}")


def looks_like_signals(header: list[str]) -> bool:
    """Return whether a table's header names a kind, a company and a moment."""
    fields = {field_name(label) for label in header}
    return (
        "kind" in fields
        and bool(fields & {"account", "domain", "person_email"})
        and bool(fields & {"occurred_at", "ends_at"})
    )


def _whole(text: str, source: str, now: datetime) -> Iterator[Telling | Unread]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield Unread("file", "It is not JSON.")
        return
    for place, one in enumerate(value if isinstance(value, list) else [value], 1):
        yield read_object(one, source, now, f"entry {place}")


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    first = text[:_SNIFFED].partition("\n")[0]
    return max(",;\t|", key=first.count)
