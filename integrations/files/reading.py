"""Saying what a file is and reading it: by content first, by name second."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from integrations.files import documents, mail, tables, transcripts, zoom
from integrations.files.decoding import Source, clean, head_lines
from integrations.files.options import ColumnMap, Hints
from sales.fields import FIELDS
from sales.records import Origin, Record, RecordKind, Reject, Row

_MAGIC = (
    (
        b"PK\x03\x04",
        "a zip archive or an Office file",
        "Export the table as CSV, or unpack the archive, and import that.",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "Save it as CSV and import that."),
    (b"%PDF", "a PDF", "Export the table or the transcript as text and import that."),
    (b"\x1f\x8b", "a compressed file", "Unpack it and import what is in it."),
    (b"\x89PNG", "a picture", "Only tables, calls, transcripts and mail can be imported."),
    (b"\xff\xd8\xff", "a picture", "Only tables, calls, transcripts and mail can be imported."),
    (b"GIF8", "a picture", "Only tables, calls, transcripts and mail can be imported."),
    (b"SQLite format 3", "a database", "Export its tables as CSV and import those."),
    (b"{\\rtf", "a rich text file", "Save it as plain text and import that."),
    (b"OggS", "a recording", "Import its transcript instead."),
    (b"ID3", "a recording", "Import its transcript instead."),
    (b"RIFF", "a recording", "Import its transcript instead."),
)
_MAIL_HEADERS = frozenset(
    b"from to subject date message-id received return-path mime-version delivered-to reply-to cc sender content-type x-mailer envelope-to "
    b"x-original-to dkim-signature authentication-results arc-seal list-id in-reply-to references".split()
)
_ReadFunction = Callable[[Source, ColumnMap, Hints], Iterator[Record | Reject]]


@dataclass(frozen=True)
class Reader:
    """How a file is read. `kind` is one of table, json, captions, transcript, mail, mbox, zoom participants, zoom chat, unknown."""

    kind: str
    label: str
    read: _ReadFunction


@dataclass(frozen=True)
class ColumnPreview:
    """One column as it would be understood: the field it fills (None: kept as a named field), its type, samples, a remark."""

    header: str
    field: str | None
    label: str
    type: str
    samples: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Preview:
    """What a file would be understood as, before it is used."""

    file: str
    reader: str
    label: str
    kind: RecordKind | None = None
    columns: tuple[ColumnPreview, ...] = ()
    notes: tuple[str, ...] = ()


def _source(path_or_bytes: Path | str | bytes, name: str | None) -> Source:
    if isinstance(path_or_bytes, bytes):
        return Source(name or "upload", data=path_or_bytes)
    path = Path(path_or_bytes)
    return Source(name or path.name, path)


def _refuse(reason: str) -> _ReadFunction:
    def refuse(source: Source, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
        yield Reject(Origin(source.name, 0), reason)

    return refuse


def sniff(path_or_bytes: Path | str | bytes, name: str | None = None) -> Reader:
    """Say how a file is read. Raises OSError where it can't be opened."""
    return _sniff(_source(path_or_bytes, name), ColumnMap())


def _sniff(source: Source, column_map: ColumnMap) -> Reader:
    head = source.head()
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return Reader("unknown", "an empty file", _refuse("This file is empty."))
    for magic, what, advice in _MAGIC:
        if head.startswith(magic) or (what == "a recording" and head[4:8] == b"ftyp"):
            return Reader("unknown", what, _refuse(f"This is {what}. {advice}"))
    if (post := _mail(source, head)) is not None:
        return post
    first = [clean(line) for line in head_lines(source, 400, column_map.encoding)]
    text = "\n".join(first).lstrip("\ufeff \n\t")
    if re.match(r"\{\s*[\"}]|\[\s*[\[{\]\"]|\[\s*(?:-?\d+(?:\.\d+)?|true|false|null)\s*[,\]]", text) or (
        source.suffix in ("json", "jsonl", "ndjson") and any(line.lstrip()[:1] in ("{", "[") for line in first)
    ):
        return Reader("json", "JSON", documents.read_document)
    if text.startswith("WEBVTT") or any(transcripts.TIMING.match(line) for line in first[:60]):
        return Reader("captions", "a caption transcript", lambda s, _, h: transcripts.read_captions(s, h))
    if zoom.is_participants(first):
        return Reader("zoom participants", "Zoom's list of participants", lambda s, _, h: zoom.read_participants(s, h))
    if zoom.is_chat(first):
        return Reader("zoom chat", "Zoom's chat", lambda s, _, h: zoom.read_chat(s, h))
    return _table_or_transcript(source, text, column_map)


def _table_or_transcript(source: Source, text: str, column_map: ColumnMap) -> Reader:
    spoken = transcripts.is_plain_transcript(text)
    table = tables.find_table(source, column_map)
    if table is not None and table.width < 2 and not (source.suffix in ("csv", "tsv") or table.guess.kind):
        table = None
    known = table is not None and (table.guess.kind is not None or tables.as_targets(table) is not None)
    if spoken and not known and not (table is not None and source.suffix in ("csv", "tsv")):
        return Reader("transcript", "a plain transcript", lambda s, _, h: transcripts.read_plain(s, h))
    if table is not None and (
        known or source.suffix in ("csv", "tsv", "tab", "psv") or (table.width >= 2 and not _prose(text))
    ):
        return Reader("table", "a table", lambda s, m, h: tables.read_table(s, table, m, h))
    return Reader(
        "unknown",
        "text of no known shape",
        _refuse("This text is neither a table, nor a transcript with names before what was said, nor a mail."),
    )


def _prose(text: str) -> bool:
    filled = [line for line in text.split("\n")[:80] if line.strip()]
    return sum(1 for line in filled if len(line.split()) > 12 or line.rstrip().endswith((".", "!", "?"))) > 0.3 * len(
        filled
    )


def _mail(source: Source, head: bytes) -> Reader | None:
    body = re.sub(rb"\A\s*", b"", head.removeprefix(b"\xef\xbb\xbf"))
    mbox = body.startswith(b"From ")
    block = re.split(rb"\r?\n\r?\n", body, maxsplit=1)[0]
    names = {found.lower() for found in re.findall(rb"(?m)^([A-Za-z][A-Za-z0-9-]*):", block)} & _MAIL_HEADERS
    telling = names - {b"from", b"to", b"date", b"subject", b"cc"}
    if mbox and names and source.suffix != "eml":
        return Reader("mbox", "a mailbox", lambda s, _, h: mail.read_mbox(s, h))
    first = re.match(rb"(?:>?From [^\n]*\n)?([A-Za-z][A-Za-z0-9-]*):", body)
    if source.suffix in ("eml", "msg", "mbox") and (names or first):
        return Reader("mail", "a mail", lambda s, _, h: mail.read_eml(s, h))
    if first and ((telling and len(names) >= 2) or (len(names) >= 4 and source.suffix != "txt")):
        return Reader("mail", "a mail", lambda s, _, h: mail.read_eml(s, h))
    return None


def walk(path: Path) -> Iterator[tuple[Path, str]]:
    """(path, name to show) of each file below a folder, or of the file itself, in a fixed order; hidden files are left out."""
    if not path.is_dir():
        yield path, path.name
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(files):
            if not name.startswith((".", "~$")) and name not in ("Thumbs.db", "desktop.ini"):
                full = Path(folder) / name
                yield full, full.relative_to(path).as_posix()


def read(
    path: Path | str, *, column_map: ColumnMap | None = None, hints: Hints | None = None, name: str | None = None
) -> Iterator[Record | Reject]:
    """Everything in a file, or in each file below a folder, in a fixed order: records as they are found, rejects where they stand.

    Streaming, so that memory does not grow with the file; the same call gives the same sequence, so a run that was stopped
    goes on by passing over as many as it has. A file that can't be opened is a reject. `name` is the name to show.
    """
    for each, shown in walk(Path(path)):
        yield from _read_one(
            Source(name if name and each == Path(path) else shown, each), column_map or ColumnMap(), hints or Hints()
        )


def read_bytes(
    data: bytes, name: str, *, column_map: ColumnMap | None = None, hints: Hints | None = None
) -> Iterator[Record | Reject]:
    """The same for a file that is held in memory."""
    yield from _read_one(Source(name, data=data), column_map or ColumnMap(), hints or Hints())


def _read_one(source: Source, column_map: ColumnMap, hints: Hints) -> Iterator[Record | Reject]:
    own = column_map.for_file(source.name)
    try:
        reader = _sniff(source, own)
        yield from reader.read(source, own, hints)
    except OSError:
        yield Reject(Origin(source.name, 0), "This file can't be opened. See whether it is there and may be read.")
    except LookupError:
        yield Reject(Origin(source.name, 0), "The encoding that the column map names is not known.")


def preview(
    path: Path | str | bytes,
    *,
    column_map: ColumnMap | None = None,
    hints: Hints | None = None,
    name: str | None = None,
) -> Preview:
    """What a file would be understood as. Raises OSError where it can't be opened."""
    source = _source(path, name)
    own = (column_map or ColumnMap()).for_file(source.name)
    reader = _sniff(source, own)
    if (
        reader.kind == "table"
        and (table := tables.find_table(source, own)) is not None
        and table.guess.kind is not None
    ):
        columns = tables.plan(source, table, own, hints or Hints())
        kind = table.guess.kind
        labels = {f.key: f.label for f in FIELDS[kind]}
        shown = tuple(
            ColumnPreview(
                c.label,
                c.key,
                labels.get(c.key or "", "kept as named field"),
                c.type.removeprefix("custom "),
                tuple(c.samples),
                c.note(),
            )
            for c in columns
            if c.type != "left out"
        )
        notes = tuple(f"“{column.header}”: {column.note}" for column in shown if column.note)
        return Preview(source.name, reader.kind, reader.label, kind, shown, notes)
    first = next(iter(reader.read(source, own, hints or Hints())), None)
    notes = (first.reason,) if isinstance(first, Reject) else ()
    return Preview(source.name, reader.kind, reader.label, first.kind if isinstance(first, Row) else None, (), notes)
