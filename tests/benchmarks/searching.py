"""Speed of the hybrid search at 100,000 passages, beside numpy brute force over the same vectors and a filtered query of Chroma."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from infra.spine.database import Database
from infra.spine.models import Passage
from infra.spine.scope import EVERYTHING, Scope
from retrieval.found import Found
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock
from tests.benchmarks.company import ACCOUNTS, AS_OF, REPS
from tests.benchmarks.timing import Line, in_turn

RUNS = 60
REP_SCOPE_OWNERS = 10
"""Ten reps own a hundred accounts between them: a rep who sees the team's."""


def questions(pool: list[str]) -> list[str]:
    """Return one question a run, made of words that were really said; none is asked twice, so no vector is cached."""
    asked = []
    for number in range(RUNS + 10):
        words = pool[(number * 37) % len(pool)].split()
        asked.append(f"what did they say about {' '.join(words[2:8])} {number}")
    return asked


def measure(database: Database, index: Index, pool: list[str], home: Path) -> list[Line]:
    """Return the lines of the report for search. `home` is where the baseline's own collection is kept."""
    search = Search(database, index, FixedClock(AS_OF))
    asked = questions(pool)
    with database.session() as session:
        rows = [
            (id_, account or "")
            for id_, account in session.execute(select(Passage.id, Passage.account_id).order_by(Passage.id))
        ]
    ids = np.asarray([row[0] for row in rows], dtype=np.int64)
    matrix = index.vectors.vectors_of(ids.tolist())
    team = Scope((frozenset(f"rep-{number}" for number in range(REP_SCOPE_OWNERS)),))

    def brute(number: int) -> object:
        vector = index.encoder.encode_query(f"{asked[number]} brute")
        return np.argpartition(-(matrix @ vector), 10)[:10]

    plain = _plain_collection(home, rows, matrix)

    def filtered(where: Callable[[int], dict[str, object]]) -> Callable[[int], object]:
        def run(number: int) -> object:
            vector = index.encoder.encode_query(f"{asked[number]} filtered")
            return plain.query(query_embeddings=[vector], n_results=10, where=where(number), include=["distances"])

        return run

    one = lambda number: search.search(asked[number], EVERYTHING, accounts=[f"acc-{(number * 13) % ACCOUNTS}"])  # noqa: E731
    some = lambda number: search.search(asked[number] + " team", team)  # noqa: E731
    every = lambda number: search.search(asked[number] + " all", EVERYTHING)  # noqa: E731
    in_account, plain_one, brute_one = in_turn(
        [one, filtered(lambda number: {"account_id": f"acc-{(number * 13) % ACCOUNTS}"}), brute], RUNS
    )
    in_team, plain_team, brute_team = in_turn(
        [
            some,
            filtered(
                lambda _: {"account_id": {"$in": [f"acc-{i}" for i in range(ACCOUNTS) if i % REPS < REP_SCOPE_OWNERS]}}
            ),
            brute,
        ],
        RUNS,
    )
    in_all, brute_all = in_turn([every, brute], RUNS)
    recall = _recall(database, index, asked[:30], team)
    return [
        Line(
            "search in one account, p95",
            f"{in_account.p95:.0f} ms",
            f"{in_account.p95 / brute_one.p95:.2f} × numpy, {in_account.p95 / plain_one.p95:.2f} × query(where=)",
            "≤ 40 ms",
            in_account.p95 <= 40,
        ),
        Line(
            "search in a scope of 100 accounts, p95",
            f"{in_team.p95:.0f} ms",
            f"{in_team.p95 / brute_team.p95:.2f} × numpy, {in_team.p95 / plain_team.p95:.2f} × query(where=)",
            "≤ 80 ms",
            in_team.p95 <= 80,
        ),
        Line(
            "  recall@10 of the exact ranking",
            f"{recall:.3f}",
            "every passage of the scope ranked",
            "≥ 0.95",
            recall >= 0.95,
        ),
        Line(
            "search in the whole index, p95",
            f"{in_all.p95:.0f} ms",
            f"{in_all.p95 / brute_all.p95:.2f} × numpy",
            "≤ 60 ms",
            in_all.p95 <= 60,
        ),
    ]


def _plain_collection(home: Path, rows: Sequence[tuple[int, str]], matrix: NDArray[np.float32]) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    client = chromadb.PersistentClient(str(home / "plain"), settings=ChromaSettings(anonymized_telemetry=False))
    collection = client.get_or_create_collection(
        "plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    for start in range(collection.count(), len(rows), 5_000):
        part = rows[start : start + 5_000]
        collection.add(
            ids=[str(id_) for id_, _ in part],
            embeddings=matrix[start : start + 5_000],
            metadatas=[{"account_id": account} for _, account in part],
        )
    return collection


def _recall(database: Database, index: Index, asked: list[str], scope: Scope) -> float:
    quick = Search(database, index, FixedClock(AS_OF))
    exact = Search(database, index, FixedClock(AS_OF), whole_view=10**9)
    shares = []
    for question in asked:
        right = _ids(exact.search(question, scope, k=10))
        shares.append(len(right & _ids(quick.search(question, scope, k=10))) / max(1, len(right)))
    return float(np.mean(shares))


def _ids(found: list[Found]) -> set[int]:
    return {hit.passage_id for hit in found}
