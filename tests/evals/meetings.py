"""How much of the right place of a long meeting is read first: retrieval within real meetings, beside plain ways.

The figure: of the words of the turns that answer a question (chosen by people), the share that is among the first 500 and
the first 1,500 words returned with k = 50, each turn counted once. Every way runs on the same encoder; only what stands
between the encoder and the order of turns differs.

    python -m tests.evals.meetings [HOME]
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Encoder, load_encoder
from retrieval.passages import Passage, Segment, count_words, cut
from retrieval.ranking import Candidates, Options, bm25, query_vector, rank, statistics_of
from retrieval.words import Query, count, index_text, prepare, terms

MEETINGS = Path(__file__).resolve().parents[3] / "shared" / "data" / "calls" / "qmsum-val" / "val.cases.jsonl"
BUDGETS = (500, 1500)
K = 50

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """One question: `plan` as prepared for ranking, `gold` the positions of the turns that answer it."""

    text: str
    plan: Query
    gold: frozenset[int]


@dataclass(frozen=True)
class Meeting:
    """One meeting: its turns by position, how many words each has, and what is asked of it."""

    name: str
    turns: list[Segment]
    words: list[int]
    questions: list[Question]


def load_meetings(path: Path = MEETINGS) -> list[Meeting]:
    """Read meetings in the shape of the shared data: one a line, turns and questions with gold turn ids."""
    meetings = []
    for line in path.read_text("utf-8").splitlines():
        case = json.loads(line)
        turns = [Segment(at, turn["speaker"], turn["text"]) for at, turn in enumerate(case["turns"])]
        place = {turn["id"]: at for at, turn in enumerate(case["turns"])}
        questions = [
            Question(ask["query"], prepare(ask["query"]), frozenset(place[id_] for id_ in ask["gold"]))
            for ask in case["queries"]
        ]
        meetings.append(Meeting(case["meeting"], turns, [count_words(turn.text) for turn in turns], questions))
    return meetings


class KeptEncoder:
    """An encoder that keeps vectors of documents on disk by their content, so that a second run takes seconds."""

    def __init__(self, inner: Encoder, folder: Path) -> None:
        self._inner = inner
        self._folder = folder / inner.fingerprint
        self._folder.mkdir(parents=True, exist_ok=True)
        self.dim = inner.dim
        self.fingerprint = inner.fingerprint
        self.encode_query = inner.encode_query
        self.encode_queries = inner.encode_queries

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `texts`, from the folder where all of them were encoded together before."""
        kept = self._folder / f"{hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()[:32]}.npy"
        if kept.is_file():
            return np.asarray(np.load(kept), np.float32)
        vectors = self._inner.encode(texts)
        np.save(kept, vectors)
        return vectors


def share_read(meeting: Meeting, gold: frozenset[int], order: Sequence[int]) -> list[float]:
    """Return for each budget which share of the words of `gold` is among the first words of the turns in `order`."""
    left, found, seen = list(BUDGETS), [0, 0], set[int]()
    for turn in order:
        if turn in seen:
            continue
        seen.add(turn)
        for at, budget in enumerate(left):
            taken = min(budget, meeting.words[turn])
            left[at] -= taken
            found[at] += taken if turn in gold else 0
    whole = sum(meeting.words[turn] for turn in gold)
    return [words / whole for words in found]


@dataclass(frozen=True)
class Windows:
    """A meeting cut into windows the plain way, with vectors and what BM25 counts."""

    ranges: list[range]
    vectors: NDArray[np.float32]
    stems: list[str]


def windows(meeting: Meeting, encoder: Encoder, size: int, step: int) -> Windows:
    """Return windows of at least `size` words, a new one starting every `step` words, at turns."""
    ranges: list[range] = []
    first = 0
    while first < len(meeting.turns):
        last, words = first, meeting.words[first]
        while last + 1 < len(meeting.turns) and words < size:
            last += 1
            words += meeting.words[last]
        ranges.append(range(first, last + 1))
        if last + 1 == len(meeting.turns):
            break
        passed, following = 0, first
        while passed < step and following <= last:
            passed += meeting.words[following]
            following += 1
        first = following
    texts = [" ".join(f"{meeting.turns[at].speaker}: {meeting.turns[at].text}" for at in span) for span in ranges]
    return Windows(ranges, encoder.encode(texts), [index_text(text) for text in texts])


def candidates_of(passages: Sequence[Passage], stems: Sequence[str], query: Query, similarity: Floats) -> Candidates:
    """Return all passages of one meeting as candidates."""
    counts, lengths = count(query, stems), lengths_of(stems)
    n = len(passages)
    return Candidates(
        similarity=similarity,
        counts=counts,
        lengths=lengths,
        words=np.array([passage.words for passage in passages], np.int64),
        source=np.zeros(n, np.int64),
        ordinal=np.arange(n, dtype=np.int64),
        first=np.array([passage.first for passage in passages], np.int64),
        last=np.array([passage.last for passage in passages], np.int64),
        at=np.full(n, np.nan),
        speakers=[passage.speakers for passage in passages],
    )


def lengths_of(stems: Sequence[str]) -> NDArray[np.int64]:
    """Return how many terms each of these texts has."""
    return np.fromiter((len(text.split()) for text in stems), np.int64, len(stems))


def standardised(values: Floats) -> Floats:
    """Return `values` with mean 0 and deviation 1."""
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), np.float64)


def lexical(query: Query, stems: Sequence[str]) -> Floats:
    """Return BM25 of each text, the texts being the whole collection."""
    counts, lengths = count(query, stems), lengths_of(stems)
    n = len(stems)
    zeros, nowhere = np.zeros(n, np.int64), np.zeros(n)
    candidates = Candidates(nowhere, counts, lengths, zeros, zeros, zeros, zeros, zeros, nowhere, [{}] * n)
    return bm25(query, candidates, statistics_of(query, candidates))


def smoothed(values: Floats) -> Floats:
    """Return the mean of each value with its neighbours, itself counting twice."""
    wide = np.pad(values, 1, mode="edge")
    return np.asarray((wide[:-2] + 2 * values + wide[2:]) / 4, np.float64)


def as_asked(question: Question) -> Query:
    """Return the question with every word counted alike, for the plain ways."""
    return Query(question.text, question.text, dict.fromkeys(terms(question.text), 1.0), frozenset())


def by_score(ranges: Sequence[range], scores: Floats) -> list[int]:
    """Return the turns of the best `K` windows."""
    return [turn for at in np.argsort(-scores, kind="stable")[:K] for turn in ranges[at]]


Way = Callable[[Meeting, Question], list[int]]


def _kept_windows(encoder: Encoder, size: int, step: int) -> Callable[[Meeting], Windows]:
    cuts: dict[str, Windows] = {}

    def kept(meeting: Meeting) -> Windows:
        if meeting.name not in cuts:
            cuts[meeting.name] = windows(meeting, encoder, size, step)
        return cuts[meeting.name]

    return kept


def plain_dense(encoder: Encoder) -> Way:
    """Return the plain way: cosine with windows of 200 words."""
    kept = _kept_windows(encoder, 200, 150)

    def order(meeting: Meeting, question: Question) -> list[int]:
        cut_ = kept(meeting)
        return by_score(cut_.ranges, (cut_.vectors @ encoder.encode_query(question.text)).astype(np.float64))

    return order


def with_bm25(encoder: Encoder) -> Way:
    """Return the plain way with half as much BM25, both standardised."""
    kept = _kept_windows(encoder, 200, 150)

    def order(meeting: Meeting, question: Question) -> list[int]:
        cut_ = kept(meeting)
        dense = (cut_.vectors @ encoder.encode_query(question.text)).astype(np.float64)
        return by_score(cut_.ranges, standardised(dense) + 0.5 * standardised(lexical(as_asked(question), cut_.stems)))

    return order


def simple_means(encoder: Encoder) -> Way:
    """Return that over windows of 300 words, words of request stripped and scores smoothed with the neighbours'."""
    kept = _kept_windows(encoder, 300, 150)

    def order(meeting: Meeting, question: Question) -> list[int]:
        cut_ = kept(meeting)
        dense = (cut_.vectors @ encoder.encode_query(question.plan.topic)).astype(np.float64)
        topic = as_asked(Question(question.plan.topic, question.plan, question.gold))
        scores = standardised(dense) + 0.5 * standardised(lexical(topic, cut_.stems))
        return by_score(cut_.ranges, smoothed(scores))

    return order


def ours(encoder: Encoder, options: Options | None = None) -> Way:
    """Return our ranking as a search within one call runs it."""
    cuts: dict[str, tuple[list[Passage], NDArray[np.float32], list[str]]] = {}

    def order(meeting: Meeting, question: Question) -> list[int]:
        if meeting.name not in cuts:
            passages = cut(meeting.turns)
            texts = [passage.text for passage in passages]
            cuts[meeting.name] = passages, encoder.encode(texts), [index_text(text) for text in texts]
        passages, vectors, stems = cuts[meeting.name]
        similarity = (vectors @ query_vector(encoder, question.plan)).astype(np.float64)
        candidates = candidates_of(passages, stems, question.plan, similarity)
        hits = rank(question.plan, candidates, k=K, options=options)
        return [turn for hit in hits for turn in hit.turns]

    return order


def measure(way: Way, meetings: Sequence[Meeting]) -> Floats:
    """Return the mean share of gold words for each budget over all questions, shape (2,)."""
    rows = [
        share_read(meeting, question.gold, way(meeting, question))
        for meeting in meetings
        for question in meeting.questions
    ]
    return np.asarray(np.mean(rows, axis=0), np.float64)


def run(home: Path, path: Path = MEETINGS) -> dict[str, float]:
    """Return the shares of each way for 500 and 1,500 words, and ours as a ratio to plain dense.

    Keys: `plain_500`, `bm25_500`, `simple_500`, `ours_500`, `ratio_500`, and the same with 1500. Vectors are kept under
    `home`, so that only a first run is slow (about four minutes on two cores).
    """
    encoder = KeptEncoder(load_encoder(home), home / "cache" / "meetings")
    meetings = load_meetings(path)
    ways = {
        "plain": plain_dense(encoder),
        "bm25": with_bm25(encoder),
        "simple": simple_means(encoder),
        "ours": ours(encoder),
    }
    figures: dict[str, float] = {}
    for name, way in ways.items():
        for budget, share in zip(BUDGETS, measure(way, meetings), strict=True):
            figures[f"{name}_{budget}"] = float(share)
    for budget in BUDGETS:
        figures[f"ratio_{budget}"] = figures[f"ours_{budget}"] / figures[f"plain_{budget}"]
    return figures


NAMES = {
    "plain": "plain dense, 200-word windows",
    "bm25": "the same with 0.5 × BM25",
    "simple": "300-word windows, stripped, smoothed",
    "ours": "Dealwright",
}


def table(figures: dict[str, float]) -> str:
    """Return `figures` as a small table with ratios to plain dense."""
    lines = [f"{'share of gold words in the first':<38}{'500 words':>17}{'1,500 words':>17}"]
    for key, name in NAMES.items():
        cells = (
            f"{figures[f'{key}_{b}']:.3f} ({figures[f'{key}_{b}'] / figures[f'plain_{b}']:.2f} ×)" for b in BUDGETS
        )
        lines.append(f"{name:<38}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    """Print the table; the first argument is where models and vectors are kept."""
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.home() / ".dealwright"
    print(table(run(home)))


if __name__ == "__main__":
    main()
