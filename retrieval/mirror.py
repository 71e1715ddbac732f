"""A read-through copy of the index's vectors beside the process, for exact search inside a scope.

Chroma answers "nearest in everything" from its graph, but a filter on ids costs it hundreds of milliseconds at 100,000 passages. A scope's own ids
are known from SQL, so their rows are taken from this file and multiplied exactly. It can be deleted at any time: it is made anew from Chroma.
Rows are bfloat16, the upper half of a float32: 77 MB for 100,000 passages, paged in as needed, and widened four times as fast as IEEE halves. Cosines
differ by less than 0.001.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Fetch = Callable[[Sequence[int]], tuple[NDArray[np.int64], NDArray[np.float32]]]
"""Gives (ids found, their vectors) for ids; ids without a vector are left out."""

_BLOCK = 8_192


class Mirror:
    """Vectors by passage id, in `folder`. Thread-safe; one process per folder."""

    def __init__(self, folder: Path, dim: int, fetch: Fetch) -> None:
        self._folder = folder
        self._dim = dim
        self._fetch = fetch
        self._lock = Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._ids_file = folder / "ids.i64"
        self._rows_file = folder / "rows.bf16"
        self._rows: NDArray[np.uint16] = np.zeros((0, dim), dtype=np.uint16)
        self._row_of: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._count = 0
        self._open()

    def __len__(self) -> int:
        return self._count

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Append vectors, shape (n, dim). An id that is here already gets the new vector."""
        if len(ids) == 0:
            return
        with self._lock:
            self._append(ids, vectors)

    def forget(self, ids: Sequence[int]) -> None:
        """Overwrite the vectors of `ids` with zeros, on disk too."""
        with self._lock:
            known = np.asarray([i for i in ids if i < len(self._row_of)], dtype=np.int64)
            rows = self._row_of[known] if len(known) else known
            rows = rows[rows >= 0]
            if len(rows) == 0:
                return
            writable = np.memmap(self._rows_file, dtype=np.uint16, mode="r+", shape=(self._count, self._dim))
            writable[rows] = 0
            writable.flush()

    def similarities(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosine of `query` (dim,) with each of `ids`, shape (n,); 0 for an id without a vector."""
        rows = self._rows_for(ids)
        scores = np.zeros(len(ids), dtype=np.float32)
        present = np.flatnonzero(rows >= 0)
        for start in range(0, len(present), _BLOCK):
            part = present[start : start + _BLOCK]
            scores[part] = _widened(self._rows[rows[part]]) @ query
        return scores

    def _rows_for(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        rows = self._look_up(ids)
        missing = ids[rows < 0]
        if len(missing) == 0:
            return rows
        with self._lock:
            missing = missing[self._look_up(missing) < 0]
            for start in range(0, len(missing), _BLOCK):
                found, vectors = self._fetch(missing[start : start + _BLOCK].tolist())
                if len(found):
                    self._append(found, vectors)
        return self._look_up(ids)

    def _look_up(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        rows = np.full(len(ids), -1, dtype=np.int64)
        known = ids < len(self._row_of)
        rows[known] = self._row_of[ids[known]]
        return rows

    def _append(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        # Rows first: after a kill between the two writes the surplus rows have no id and are cut off at the next start.
        with self._rows_file.open("ab") as rows:
            rows.write(_narrowed(vectors).tobytes())
        with self._ids_file.open("ab") as names:
            names.write(ids.astype(np.int64).tobytes())
        self._register(ids, self._count)
        self._count += len(ids)
        self._map()

    def _register(self, ids: NDArray[np.int64], first_row: int) -> None:
        top = int(ids.max()) + 1
        if top > len(self._row_of):
            grown = np.full(max(top, int(len(self._row_of) * 1.5)), -1, dtype=np.int64)
            grown[: len(self._row_of)] = self._row_of
            self._row_of = grown
        self._row_of[ids] = np.arange(first_row, first_row + len(ids))

    def _map(self) -> None:
        if self._count:
            self._rows = np.memmap(self._rows_file, dtype=np.uint16, mode="r", shape=(self._count, self._dim))

    def _open(self) -> None:
        if not self._ids_file.exists() or not self._rows_file.exists():
            return
        row_bytes = self._dim * 2
        count = min(self._ids_file.stat().st_size // 8, self._rows_file.stat().st_size // row_bytes)
        for path, size in ((self._ids_file, count * 8), (self._rows_file, count * row_bytes)):
            with path.open("r+b") as file:
                file.truncate(size)
        if count == 0:
            return
        self._register(np.fromfile(self._ids_file, dtype=np.int64, count=count), 0)
        self._count = count
        self._map()


def _narrowed(vectors: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return the upper halves of float32 values, rounded to the nearest."""
    bits = np.ascontiguousarray(vectors, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _widened(rows: NDArray[np.uint16]) -> NDArray[np.float32]:
    wide = rows.astype(np.uint32)
    wide <<= 16
    return wide.view(np.float32)
