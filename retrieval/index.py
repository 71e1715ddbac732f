"""Keeping the index in step with the spine: passages are cut, counted and embedded whenever something new was stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Fact, Passage
from retrieval.cutting import count_stems, cut_activities, cut_changes, relink, upsert, waiting

if TYPE_CHECKING:
    from retrieval.encoder import Encoder
    from retrieval.vectors import Vectors

IndexProgress = Callable[[str, int, int], None]
"""Called with (what is done: "cutting" or "embedding", how many are done, how many there are)."""

_ACTIVITIES = 200
_CHANGES = 2_000
_EMBEDDED_TOGETHER = 1_024
_FACT = "index"


@dataclass
class IndexReport:
    """What a refresh did, in passages; `finished` is False where it was stopped before the end."""

    cut: int = 0
    embedded: int = 0
    removed: int = 0
    finished: bool = True


@dataclass(frozen=True)
class IndexState:
    """The index as it stands: `generation` goes up with every change; how many passages and terms there are is what BM25 needs."""

    generation: int
    passages: int
    terms: int

    @property
    def average_length(self) -> float:
        """Mean length of a passage in terms, at least 1."""
        return max(1.0, self.terms / self.passages) if self.passages else 1.0


def index_state(session: Session) -> IndexState:
    """Return the state that the last refresh wrote."""
    fact = session.get(Fact, _FACT)
    value = fact.value if fact is not None else {}
    return IndexState(value.get("generation", 0), value.get("passages", 0), value.get("terms", 0))


class Index:
    """The one writer of passages and vectors. The encoder and Chroma are opened when they are first needed."""

    def __init__(
        self, database: Database, settings: Settings, *, open_encoder: Callable[[], Encoder] | None = None
    ) -> None:
        self._database = database
        self._settings = settings
        self._open_encoder = open_encoder
        self._encoder: Encoder | None = None
        self._vectors: Vectors | None = None
        self._opening = Lock()
        self._refreshing = Lock()

    @property
    def encoder(self) -> Encoder:
        """The encoder of the settings; the first use may export the model, which takes about 15 seconds once."""
        with self._opening:
            if self._encoder is None:
                self._encoder = self._open_encoder() if self._open_encoder else _encoder_of(self._settings)
            return self._encoder

    @property
    def vectors(self) -> Vectors:
        """The vectors of this encoder."""
        encoder = self.encoder
        with self._opening:
            if self._vectors is None:
                from retrieval.vectors import Vectors

                self._vectors = Vectors(self._settings, encoder.fingerprint, encoder.dim)
            return self._vectors

    def refresh(self, progress: IndexProgress | None = None, stop: Callable[[], bool] = lambda: False) -> IndexReport:
        """Cut and embed what is new or changed, in batches that survive a kill; what was done is not done again."""
        report = IndexReport()
        with self._refreshing:
            removed = self._cut(report, progress, stop)
            if removed:
                self.vectors.forget(removed)
                report.removed = len(removed)
            self._embed(report, progress, stop)
        return report

    def forget(self, passages: Sequence[tuple[int, str]]) -> None:
        """Remove the vectors and counts of passages that are gone from the spine, given as (id, stems)."""
        if not passages:
            return
        self.vectors.forget([id_ for id_, _ in passages])
        with self._database.transaction() as session:
            count_stems(session, [], [stems for _, stems in passages])
            write_state(session)

    def sweep(self) -> int:
        """Remove vectors whose passage is gone, such as after a kill between the two stores; return how many."""
        with self._database.session() as session:
            known = set(session.scalars(select(Passage.id)))
        strays = self.vectors.strays(known)
        self.vectors.forget(strays)
        return len(strays)

    def _cut(self, report: IndexReport, progress: IndexProgress | None, stop: Callable[[], bool]) -> list[int]:
        removed: list[int] = []
        with self._database.transaction() as session:
            total = waiting(session)
            if relink(session):
                write_state(session)
        done = 0
        for cutter, batch in ((cut_activities, _ACTIVITIES), (cut_changes, _CHANGES)):
            while not stop():
                with self._database.transaction() as session:
                    result = cutter(session, batch)
                    if result.added or result.removed:
                        write_state(session)
                removed.extend(result.removed)
                report.cut += result.added
                done += result.sources
                if progress is not None and total:
                    progress("cutting", done, max(total, done))
                if result.sources < batch:
                    break
        return removed

    def _embed(self, report: IndexReport, progress: IndexProgress | None, stop: Callable[[], bool]) -> None:
        with self._database.session() as session:
            # An empty index must not pay for loading the encoder.
            if session.scalar(select(Passage.id).limit(1)) is None:
                return
        fingerprint = self.encoder.fingerprint[:64]
        pending = or_(Passage.embedded_as.is_(None), Passage.embedded_as != fingerprint)
        with self._database.session() as session:
            total = session.scalar(select(func.count()).select_from(Passage).where(pending)) or 0
        while not stop():
            with self._database.session() as session:
                rows = session.execute(
                    select(Passage.id, Passage.text).where(pending).order_by(Passage.id).limit(_EMBEDDED_TOGETHER)
                ).all()
            if not rows:
                break
            ids = [row.id for row in rows]
            self.vectors.add(ids, self.encoder.encode([row.text for row in rows]))
            with self._database.transaction() as session:
                session.execute(update(Passage).where(Passage.id.in_(ids)).values(embedded_as=fingerprint))
                write_state(session)
            report.embedded += len(ids)
            if progress is not None:
                progress("embedding", report.embedded, max(total, report.embedded))
        report.finished = not stop()


def write_state(session: Session) -> None:
    """Count what the index holds and raise its generation. To be committed by the caller."""
    before = index_state(session)
    passages, terms = session.execute(
        select(func.count(), func.coalesce(func.sum(Passage.terms), 0)).select_from(Passage)
    ).one()
    value = {"generation": before.generation + 1, "passages": int(passages), "terms": int(terms)}
    statement = upsert(session, Fact.__table__).values(key=_FACT, value=value)  # type: ignore[arg-type]
    session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})  # type: ignore[attr-defined]
    )


def _encoder_of(settings: Settings) -> Encoder:
    from retrieval.encoder import load_encoder

    return load_encoder(
        settings.home,
        model=settings.embedding_model,
        precision=settings.embedding_precision,
        threads=settings.embedding_threads,
    )
