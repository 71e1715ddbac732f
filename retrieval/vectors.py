"""Chroma: where the passages' vectors are kept, embedded in the home folder or on a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from infra.errors import Fatal, Retriable
from infra.settings import Settings
from retrieval.mirror import Mirror

_CHROMA_BATCH = 5_000
"""Chroma refuses more than 5,461 records in one call."""


class Vectors:
    """The vectors of one encoder, by passage id: kept in Chroma, mirrored for exact search inside a scope.

    Embedded, only the holder of the home folder's lock may open it: two processes on one path lose rows without a word.
    """

    def __init__(self, settings: Settings, fingerprint: str, dim: int) -> None:
        self._settings = settings
        self._name = f"passages-{fingerprint[:16]}"
        self._mirror = Mirror(settings.home / "vectors" / fingerprint[:16], dim, self._fetch)
        self._opened: tuple[Any, Any] | None = None
        self._opening = Lock()

    def open(self) -> None:
        """Open Chroma now rather than at its first use: that takes a second, which a search answered by the mirror need not wait for."""
        self._open()

    def _open(self) -> tuple[Any, Any]:
        """Return the client and the collection."""
        with self._opening:
            if self._opened is None:
                client = _client(self._settings)
                collection = client.get_or_create_collection(
                    self._name,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "ef_search": 200, "max_neighbors": 24}},
                )
                self._opened = client, collection
            return self._opened

    @property
    def _collection(self) -> Any:
        return self._open()[1]

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Keep vectors of shape (n, dim); an id that is kept already is overwritten, so a repeated call does no harm."""
        for start in range(0, len(ids), _CHROMA_BATCH):
            part = slice(start, start + _CHROMA_BATCH)
            self._collection.upsert(ids=[str(i) for i in ids[part]], embeddings=vectors[part])
        self._mirror.add(np.asarray(ids, dtype=np.int64), vectors)

    def forget(self, ids: Sequence[int]) -> None:
        """Remove the vectors of `ids`, here and in the mirror."""
        for start in range(0, len(ids), _CHROMA_BATCH):
            self._collection.delete(ids=[str(i) for i in ids[start : start + _CHROMA_BATCH]])
        self._mirror.forget(ids)

    def nearest(self, query: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return up to `n` passage ids of the whole index with their cosines, nearest first."""
        count = min(n, self._collection.count())
        if count == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        found = self._collection.query(query_embeddings=[query], n_results=count, include=["distances"])
        ids = np.asarray([int(i) for i in found["ids"][0]], dtype=np.int64)
        return ids, (1.0 - np.asarray(found["distances"][0], dtype=np.float32))

    def similarities(self, query: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the exact cosine of `query` with each of `ids`; 0 where there is no vector."""
        return self._mirror.similarities(query, ids)

    def vectors_of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of those `ids` that Chroma holds, shape (n, dim), in the order of `ids`."""
        found, vectors = self._fetch(ids)
        place = {int(id_): row for row, id_ in enumerate(found)}
        return vectors[[place[id_] for id_ in ids if id_ in place]]

    def count(self) -> int:
        """Return how many vectors Chroma holds."""
        return int(self._collection.count())

    def kept(self, ids: Sequence[int]) -> set[int]:
        """Return those of `ids` that Chroma holds."""
        held: set[int] = set()
        for start in range(0, len(ids), _CHROMA_BATCH):
            part = self._collection.get(ids=[str(i) for i in ids[start : start + _CHROMA_BATCH]], include=[])
            held.update(int(i) for i in part["ids"])
        return held

    def strays(self, known: set[int]) -> list[int]:
        """Return ids that Chroma holds and `known` does not."""
        return sorted({int(i) for i in self._collection.get(include=[])["ids"]} - known)

    def drop_others(self) -> None:
        """Delete the vectors of encoders that are no longer in use."""
        client, _ = self._open()
        for collection in client.list_collections():
            if collection.name.startswith("passages-") and collection.name != self._name:
                client.delete_collection(collection.name)

    def _fetch(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        found_ids: list[int] = []
        rows: list[Any] = []
        for start in range(0, len(ids), _CHROMA_BATCH):
            part = self._collection.get(
                ids=[str(i) for i in ids[start : start + _CHROMA_BATCH]], include=["embeddings"]
            )
            found_ids.extend(int(i) for i in part["ids"])
            rows.extend(part["embeddings"])
        vectors = np.asarray(rows, dtype=np.float32).reshape(len(found_ids), -1)
        return np.asarray(found_ids, dtype=np.int64), vectors


def _client(settings: Settings) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if settings.chroma_url is None:
        path: Path = settings.home / "chroma"
        path.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(path=str(path), settings=quiet)
    parts = urlsplit(settings.chroma_url)
    if not parts.hostname:
        raise Fatal("DEALWRIGHT_CHROMA_URL is not a URL.", "Write it like http://localhost:8000.")
    secure = parts.scheme == "https"
    try:
        return chromadb.HttpClient(
            host=parts.hostname, port=parts.port or (443 if secure else 8000), ssl=secure, settings=quiet
        )
    except ValueError as error:
        # The client raises a bare ValueError when the server does not answer.
        raise Retriable(
            "The Chroma server does not answer.", "Check DEALWRIGHT_CHROMA_URL and that the server runs."
        ) from error
