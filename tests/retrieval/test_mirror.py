"""The mirror gives the cosines that Chroma's vectors give, and survives what happens to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from retrieval.mirror import Mirror

DIM = 16


class Store:
    """Stands where Chroma stands: vectors by id, and how often it was asked."""

    def __init__(self, count: int) -> None:
        chance = np.random.default_rng(1)
        rows = chance.normal(size=(count, DIM)).astype(np.float32)
        self.rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self.asked = 0

    def fetch(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        self.asked += 1
        known = [i for i in ids if i < len(self.rows)]
        return np.asarray(known, dtype=np.int64), self.rows[known].reshape(len(known), DIM)


@pytest.fixture
def store() -> Store:
    return Store(50)


def test_similarities_are_those_of_the_full_vectors(store: Store, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, DIM, store.fetch)
    ids = np.asarray([3, 40, 7], dtype=np.int64)
    assert np.abs(mirror.similarities(store.rows[0], ids) - store.rows[ids] @ store.rows[0]).max() < 0.005


def test_what_was_fetched_once_is_kept_also_after_a_restart(store: Store, tmp_path: Path) -> None:
    ids = np.arange(50, dtype=np.int64)
    first = Mirror(tmp_path, DIM, store.fetch).similarities(store.rows[1], ids)
    again = Mirror(tmp_path, DIM, store.fetch).similarities(store.rows[1], ids)
    assert store.asked == 1
    assert np.array_equal(first, again)


def test_a_passage_without_a_vector_counts_as_unlike(store: Store, tmp_path: Path) -> None:
    scores = Mirror(tmp_path, DIM, store.fetch).similarities(store.rows[1], np.asarray([1, 999], dtype=np.int64))
    assert scores[0] > 0.99
    assert scores[1] == 0


def test_a_kill_between_the_two_files_loses_only_the_cut_off_rows(store: Store, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, DIM, store.fetch)
    mirror.similarities(store.rows[0], np.arange(10, dtype=np.int64))
    with (tmp_path / "rows.bf16").open("ab") as rows:
        rows.write(b"\x01" * 37)
    reopened = Mirror(tmp_path, DIM, store.fetch)
    assert len(reopened) == 10
    ids = np.arange(20, dtype=np.int64)
    assert np.abs(reopened.similarities(store.rows[5], ids) - store.rows[:20] @ store.rows[5]).max() < 0.005


def test_a_forgotten_vector_is_gone_from_the_file(store: Store, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, DIM, store.fetch)
    mirror.add(np.asarray([1, 2], dtype=np.int64), store.rows[[1, 2]])
    mirror.forget([1])
    raw = np.fromfile(tmp_path / "rows.bf16", dtype=np.uint16).reshape(-1, DIM)
    assert not raw[0].any()
    assert raw[1].any()


def test_a_vector_that_is_added_again_replaces_the_old_one(store: Store, tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, DIM, store.fetch)
    mirror.add(np.asarray([4], dtype=np.int64), store.rows[[4]])
    mirror.add(np.asarray([4], dtype=np.int64), store.rows[[9]])
    assert mirror.similarities(store.rows[9], np.asarray([4], dtype=np.int64))[0] > 0.99
