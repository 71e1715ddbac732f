"""Files that an admin dropped on the import page, kept until they are imported or a day has passed."""

from __future__ import annotations

import fnmatch
import json
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from starlette.datastructures import UploadFile

from infra.errors import Fatal

_CHUNK = 1_048_576
_KEPT_S = 24 * 3600
_BATCH = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}")


class Uploads:
    """The folder of what was dropped. A batch is named after whoever dropped it, and is nobody else's."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    def keep(self, mark: str, files: Iterable[UploadFile]) -> str:
        """Store the files and return the batch's name. Raises Fatal where there is none."""
        self._forget_old()
        batch = f"{mark}-{secrets.token_hex(8)}"
        count = 0
        for count, upload in enumerate(files, 1):
            # A folder for each file: two may have the same name, and a report calls a file by its own name.
            path = self._folder / batch / f"{count:04d}" / _safe_name(upload.filename)
            path.parent.mkdir(parents=True, mode=0o700)
            with path.open("wb") as target:
                while chunk := upload.file.read(_CHUNK):
                    target.write(chunk)
        if not count:
            raise Fatal("No file was chosen.", "Drop files on the page, or choose them.", status=422)
        return batch

    def files(self, mark: str, batch: str) -> list[Path]:
        """Return a batch's files; none where it is not this person's or is gone."""
        if not _BATCH.fullmatch(batch) or not batch.startswith(f"{mark}-"):
            return []
        return sorted(path for path in (self._folder / batch).glob("*/*") if path.is_file())

    def forget(self, mark: str, batch: str) -> None:
        """Remove a batch."""
        if self.files(mark, batch):
            shutil.rmtree(self._folder / batch, ignore_errors=True)

    def _forget_old(self) -> None:
        if not self._folder.is_dir():
            return
        for folder in self._folder.iterdir():
            if _BATCH.fullmatch(folder.name) and time.time() - folder.stat().st_mtime > _KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)


def _safe_name(given: str | None) -> str:
    name = (given or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if c.isprintable()).strip().lstrip(".")
    while len(name.encode("utf-8", "ignore")) > 200:
        name = name[1:]
    return name.encode("utf-8", "ignore").decode() or "upload"


def column_map(chosen: Mapping[str, tuple[str, Mapping[str, str]]]) -> str | None:
    """Return a column map in TOML from what was chosen: for each file's name its kind ("" as recognised) and the field of each header that was changed."""
    parts: list[str] = []
    for name, (kind, columns) in chosen.items():
        pattern = re.sub(r"([*?\[])", r"[\1]", name)
        assert fnmatch.fnmatchcase(name, pattern)
        if kind:
            parts.append(f"[files.{_text(pattern)}]\nkind = {_text(kind)}\n")
        if columns:
            lines = "\n".join(f"{_text(header)} = {_text(field)}" for header, field in columns.items())
            parts.append(f"[files.{_text(pattern)}.columns]\n{lines}\n")
    return "\n".join(parts) or None


def _text(text: str) -> str:
    # A JSON string is a basic string of TOML, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
