"""The hybrid search: scope first, then dense and lexical candidates inside it, then the one ranking."""

from __future__ import annotations

import json
import re
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from infra.spine.database import Database
from infra.spine.models import Passage, Turn
from infra.spine.scope import Scope
from retrieval.found import Found
from retrieval.index import Index, IndexState, index_state
from retrieval.lexical import frequencies, postings, rows_with
from retrieval.ranking import (
    K1,
    B,
    Background,
    Candidates,
    Hit,
    Options,
    Statistics,
    query_vector,
    rank,
    rarity,
    strength,
)
from retrieval.views import View, Views
from retrieval.words import Query, count, prepare
from sales.clock import Clock

WHOLE_VIEW = 1_500
"""Up to so many passages in a view, every one of them is a candidate; above, the strongest by cosine and words, and what stands around them."""

CANDIDATES = 150
NEIGHBOURS = 4
HALF_LIFE_DAYS = 120.0
"""Old words count less where newer ones say as much; four months is about one deal's life. Within one call it plays no part."""

_LARGE_VIEW = 40_000
_SAMPLED = 2_000
_POOLED = 400
_POSTINGS_BYTES = 32 * 2**20
_OPTIONS = Options(half_life_days=HALF_LIFE_DAYS)


class Search:
    """Finds passages. Thread-safe; holds only caches, each valid for one generation of the index."""

    def __init__(self, database: Database, index: Index, clock: Clock, *, whole_view: int = WHOLE_VIEW) -> None:
        self._database = database
        self._index = index
        self._clock = clock
        self._whole_view = whole_view
        self._views = Views()
        self._postings: OrderedDict[tuple[int, str], NDArray[np.int32]] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    def search(
        self,
        query: str,
        scope: Scope,
        *,
        k: int = 10,
        as_of: datetime | None = None,
        accounts: Sequence[str] = (),
        deals: Sequence[str] = (),
        activity: str | None = None,
        since: datetime | None = None,
    ) -> list[Found]:
        """Return at most `k` passages, best first: inside `scope`, of the given accounts, deals or one call, nothing from after `as_of`."""
        prepared = prepare(query)
        if not prepared.text or k <= 0:
            return []
        encoder = self._index.encoder
        vector = query_vector(encoder, prepared)
        now = as_of or self._clock.now()
        fingerprint = encoder.fingerprint[:64]
        with self._database.session() as session:
            state = index_state(session)
            if accounts or deals or activity is not None:
                view = self._views.of_records(
                    session, scope, fingerprint, accounts=accounts, deals=deals, activity=activity
                )
            else:
                view = self._views.of_scope(session, scope, state.generation, fingerprint)
            view = view.within(since, now)
            if len(view) == 0:
                return []
            statistics = self._statistics(session, prepared, state)
            chosen = self._choose(session, view, prepared, vector, statistics, state)
            candidates, ids = _candidates(session, view.take(chosen.rows), prepared, chosen.similarity)
            whole_call = activity is not None and len(chosen.rows) == len(view)
            hits = rank(
                prepared,
                candidates,
                k=k,
                statistics=None if whole_call else statistics,
                background=chosen.background,
                options=replace(_OPTIONS, now=now.timestamp()),
            )
            return _found(session, hits, ids)

    def _statistics(self, session: Session, query: Query, state: IndexState) -> Statistics:
        return Statistics(state.passages, state.average_length, frequencies(session, query.terms))

    def _choose(
        self,
        session: Session,
        view: View,
        query: Query,
        vector: NDArray[np.float32],
        statistics: Statistics,
        state: IndexState,
    ) -> _Chosen:
        """Return the rows of the view that are candidates, and what they were chosen from."""
        vectors = self._index.vectors
        if len(view) <= self._whole_view:
            return _Chosen(np.arange(len(view)), vectors.similarities(vector, view.ids).astype(np.float64), None)
        lexical = self._lexical(session, view, query, statistics, state.generation)
        if len(view) > _LARGE_VIEW and len(view) == state.passages:
            sample = np.arange(0, len(view), max(1, len(view) // _SAMPLED))
            usual = vectors.similarities(vector, view.ids[sample])
            nearest = view.rows_of(vectors.nearest(vector, _POOLED)[0])
            pool = np.union1d(nearest, _highest(lexical, _POOLED))
            similarity = vectors.similarities(vector, view.ids[pool])
        else:
            sample = pool = np.arange(len(view))
            usual = similarity = vectors.similarities(vector, view.ids)
        background = Background(usual.astype(np.float64), lexical[sample].astype(np.float64))
        weighed = strength(similarity.astype(np.float64), lexical[pool].astype(np.float64), background, _OPTIONS)
        rows = _with_neighbours(view, pool[np.argsort(-weighed)[:CANDIDATES]])
        return _Chosen(rows, vectors.similarities(vector, view.ids[rows]).astype(np.float64), background)

    def _lexical(
        self, session: Session, view: View, query: Query, statistics: Statistics, generation: int
    ) -> NDArray[np.float32]:
        """Return about what BM25 gives each row of the view, as if each word that it holds stood in it once."""
        scores = np.zeros(len(view), dtype=np.float32)
        weights = rarity(query, statistics) * np.asarray(list(query.terms.values()))
        lengths = view.terms / max(1.0, statistics.average_length)
        saturation = ((K1 + 1) / (1 + K1 * (1 - B + B * lengths))).astype(np.float32)
        for stem, weight in zip(query.terms, weights, strict=True):
            if statistics.frequencies.get(stem, 0) > 0:
                rows = view.rows_of(self._posting(session, stem, generation))
                scores[rows] += np.float32(weight) * saturation[rows]
        return scores

    def _posting(self, session: Session, stem: str, generation: int) -> NDArray[np.int32]:
        key = (generation, stem)
        with self._lock:
            kept = self._postings.get(key)
            if kept is not None:
                self._postings.move_to_end(key)
                return kept
        found = postings(session, stem)
        with self._lock:
            if key not in self._postings:
                self._held += found.nbytes
            self._postings[key] = found
            while self._held > _POSTINGS_BYTES:
                self._held -= self._postings.popitem(last=False)[1].nbytes
        return found


@dataclass(frozen=True)
class _Chosen:
    """Rows of a view that are candidates, the cosine of each, and what they were chosen from (None: they are all of it)."""

    rows: NDArray[np.int64]
    similarity: NDArray[np.float64]
    background: Background | None


def _highest(scores: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """Return the rows with the highest scores above 0, at most `most`, in no order."""
    holding = np.flatnonzero(scores)
    if len(holding) > most:
        holding = holding[np.argpartition(-scores[holding], most)[:most]]
    return holding


def _with_neighbours(view: View, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `rows` with the rows that stand up to `NEIGHBOURS` places before or after them in their source."""
    # Passages of one source are stored together, so neighbours in a source are neighbours in a view sorted by id.
    every = {int(row) for row in rows}
    last = len(view) - 1
    for step in range(-NEIGHBOURS, NEIGHBOURS + 1):
        near = np.clip(rows + step, 0, last)
        same = (view.source[near] == view.source[rows]) & (view.ordinal[near] == view.ordinal[rows] + step)
        every.update(int(row) for row in near[same])
    return np.asarray(sorted(every), dtype=np.int64)


def _candidates(
    session: Session, view: View, query: Query, similarity: NDArray[np.float64]
) -> tuple[Candidates, list[int]]:
    """Return what is ranked, and the passage ids in the same order."""
    rows_of = {row[0]: row for row in rows_with(session, "id, stems, terms, first, last, speakers", view.ids.tolist())}
    ids = view.ids.tolist()
    kept = [row for row, id_ in enumerate(ids) if id_ in rows_of]
    view, similarity = view.take(np.asarray(kept, dtype=np.int64)), similarity[kept]
    rows = [rows_of[id_] for id_ in view.ids.tolist()]
    named = re.compile("|".join(re.escape(name) for name in sorted(query.names)) or r"(?!)", re.IGNORECASE)
    return (
        Candidates(
            similarity=similarity,
            counts=count(query, [row[1] for row in rows]),
            lengths=np.fromiter((row[2] for row in rows), dtype=np.int64, count=len(rows)),
            words=view.words,
            source=view.source,
            ordinal=view.ordinal,
            first=np.fromiter((row[3] for row in rows), dtype=np.int64, count=len(rows)),
            last=np.fromiter((row[4] for row in rows), dtype=np.int64, count=len(rows)),
            at=view.at,
            speakers=[_speakers(row[5], named) for row in rows],
        ),
        view.ids.tolist(),
    )


def _speakers(raw: str | dict[str, int], named: re.Pattern[str]) -> dict[str, int]:
    # Most questions name nobody who speaks: reading the JSON of each candidate would cost more than ranking it.
    if isinstance(raw, str):
        return json.loads(raw) if named.search(raw) else {}
    return raw


def _found(session: Session, hits: Sequence[Hit], ids: Sequence[int]) -> list[Found]:
    wanted = [ids[index] for hit in hits for index in hit.passages]
    passages = {passage.id: passage for passage in session.scalars(select(Passage).where(Passage.id.in_(wanted)))}
    hits = [hit for hit in hits if all(ids[index] in passages for index in hit.passages)]
    turn_ids = _turn_ids(session, [(passages[ids[hit.passages[0]]], hit) for hit in hits])
    results = []
    for hit in hits:
        members = [passages[ids[index]] for index in hit.passages]
        first = members[0]
        call = first.activity_id or ""
        speakers = dict.fromkeys(speaker for member in members for speaker in member.speakers)
        said = [turn_ids[call, turn] for turn in hit.turns if (call, turn) in turn_ids]
        found = Found(
            passage_id=first.id,
            source_id=first.activity_id or first.change_id or "",
            kind=first.kind,
            account_id=first.account_id,
            deal_id=first.deal_id,
            turns=tuple(turn for turn, _ in said),
            quoted=frozenset(turn for turn, is_text in said if is_text),
            first=min(hit.turns),
            last=max(hit.turns),
            speaker=", ".join(speakers) or None,
            at=first.at,
            text="\n".join(member.text for member in members),
            score=round(hit.score, 6),
            similarity=hit.similarity,
            coverage=hit.coverage,
        )
        results.append(found if found.at is None else replace(found, at=found.at.astimezone(UTC)))
    return results


def _turn_ids(session: Session, hits: Iterable[tuple[Passage, Hit]]) -> dict[tuple[str, int], tuple[str, bool]]:
    ranges: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for passage, hit in hits:
        if passage.kind == "call" and passage.activity_id is not None and hit.turns:
            ranges[passage.activity_id].append((min(hit.turns), max(hit.turns)))
    if not ranges:
        return {}
    conditions = [
        and_(Turn.activity_id == call, or_(*(Turn.position.between(low, high) for low, high in spans)))
        for call, spans in ranges.items()
    ]
    known = select(Turn.activity_id, Turn.position, Turn.turn_id, Turn.id_is_text).where(or_(*conditions))
    return {(call, position): (turn, is_text) for call, position, turn, is_text in session.execute(known)}
