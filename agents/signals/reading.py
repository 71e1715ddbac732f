"""Files with signals: what each is told by its content, and read by its reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from infra.errors import Fatal
from integrations.signals.feeds import read_feed
from integrations.signals.formd import is_form_d, read_form_d
from integrations.signals.tables import LARGEST, read_lines, read_table
from sales.signals import Telling, Unread

_SUFFIXES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".xml", ".rss", ".atom"})


def files_below(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those below named folders that may hold signals. Raises Fatal where nothing is there."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in _SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise Fatal(f"There is no file or folder {path.name}.", "Check the path.", status=404)
    return found


def read_file(path: Path, now: datetime, source: str | None = None) -> Iterator[Telling | Unread]:
    """Yield the signals of one file. Without `source`, a table's signals are of the source `file`: their ids must be told apart by it.

    What can't be opened, or is larger than 200 MB, is one Unread.
    """
    try:
        if path.stat().st_size > LARGEST:
            yield Unread(path.name, "The file is larger than 200 MB.")
            return
        head = path.read_bytes()[:4_000].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    except OSError:
        yield Unread(path.name, "The file can't be opened.")
        return
    if head.startswith("<"):
        yield from _markup(path, head, now, source)
    elif head.startswith(("{", "[")):
        yield from read_lines(path, source or "file", now)
    else:
        yield from read_table(path, source or "file", now)


def _markup(path: Path, head: str, now: datetime, source: str | None) -> Iterator[Telling | Unread]:
    if is_form_d(head):
        yield from read_form_d(path.read_text(encoding="utf-8", errors="replace"), path.name, now)
    else:
        yield from read_feed(path.read_bytes(), source or "feed", now)
