"""Reading files: tables, calls, transcripts and mail in the shapes that tools export them, as records for the spine.

`read` takes a file or a folder and yields records and rejects, in the file's order, without a database. `sniff` says what a
file is, by its content first and its name second. `preview` shows what would be understood, before anything is used.
"""

from __future__ import annotations

from integrations.files.options import ColumnMap, ColumnMapError, Hints
from integrations.files.reading import ColumnPreview, Preview, Reader, preview, read, read_bytes, sniff, walk

__all__ = [
    "ColumnMap",
    "ColumnMapError",
    "ColumnPreview",
    "Hints",
    "Preview",
    "Reader",
    "preview",
    "read",
    "read_bytes",
    "sniff",
    "walk",
]
