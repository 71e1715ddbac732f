"""The one hybrid ranking, for a search within one call and over an account alike.

Pure functions over arrays; where candidates come from is somebody else's business, so that SQLite and PostgreSQL rank alike.

Each candidate passage gets a standardised *evidence*: cosine with the question, BM25 with given statistics, and whether
somebody whom the question names is speaking. What is said about a topic is said in one stretch, so passages are not ranked by
their own evidence alone: every stretch of neighbouring passages is weighed as the place that answers the question
(evidence summed over the stretch, a prior on its length), and a passage's relevance is the expected share of that place
which it holds. Smoothing with neighbours, growing of regions and the choice of their length all follow from that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Encoder, Vectors
from retrieval.words import Query, name_terms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

K1, B = 1.2, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza 2009)."""

_DAY = 86_400.0
_TOPIC = 0.5
_LEAST_SPREAD = 0.03
_LEAST_TOGETHER = 0.5
_LEAST_NAMED = 0.3
_UNIT_WORDS = 80.0
_USUAL_PART = 0.12
_LONGEST_RUN = 48
_LONGEST_WORDS = 3000.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 needs to know of the collection: its size, mean length in terms, and in how many passages each term is."""

    passages: int
    average_length: float
    frequencies: dict[str, int]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages to rank, one entry of each array a passage. Their order does not matter.

    `similarity` is the cosine with `query_vector`; `counts` (n, m) holds how often each of the query's m terms, in the order
    of `query.terms`, stands in the passage; `lengths` is the number of terms in it, `words` of words. `source` numbers the
    call, mail or record that it comes from, `ordinal` its place among that source's passages, `first` and `last` the
    segments that it covers. `at` is when it was said, in seconds since 1970, NaN where unknown. `speakers` says how many words each speaker says in it.
    """

    similarity: Floats
    counts: Ints
    lengths: Ints
    words: Ints
    source: Ints
    ordinal: Ints
    first: Ints
    last: Ints
    at: Floats
    speakers: Sequence[Mapping[str, int]]

    def __len__(self) -> int:
        """Return the number of passages."""
        return len(self.similarity)


@dataclass(frozen=True, slots=True)
class Background:
    """What the candidates were chosen from: cosine and BM25 of all passages of the scope, or of a fair sample of them, pair by pair.

    Evidence is measured in standard deviations; over hand-picked candidates alone a strong one would look ordinary.
    """

    similarity: Floats
    lexical: Floats


@dataclass(frozen=True, slots=True)
class Options:
    """How to rank. The defaults were chosen on real meetings (see tests/evals/meetings.py), by halves of them.

    `lexical` and `speaker` weigh BM25 and the named speaker against the cosine; `sharpness`, `threshold`, `usual_words` and
    `spread` shape the place that answers (see `relevance`), which is shorter in a short source.
    `half_life_days` makes older passages count less, never below `oldest_weight`; None, or a search within one source, does
    not. `crowding` is what each further hit of the same source is multiplied by, when there are several sources.
    `now` is the instant that ages are counted from, in seconds since 1970. `region_words` limits how far a hit grows.
    """

    lexical: float = 0.6
    speaker: float = 0.3
    sharpness: float = 0.3
    threshold: float = 0.7
    usual_words: float = 600.0
    spread: float = 0.8
    half_life_days: float | None = None
    oldest_weight: float = 0.4
    now: float = 0.0
    crowding: float = 0.7
    region_words: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A stretch of one source to show.

    `passages` are indices into the candidates, in the order of the text; `turns` the positions of the segments that this hit is
    the first to return. `score` is at most 1, the best hit's before recency and crowding. For judging whether there is an
    answer at all: `similarity` is the best cosine in it, `coverage` the share (by rarity) of the topic's terms that stand in it.
    """

    source: int
    passages: tuple[int, ...]
    turns: tuple[int, ...]
    score: float
    similarity: float
    coverage: float


def query_vector(encoder: Encoder, query: Query) -> Vectors:
    """Return the vector to search with, shape (dim,): the question as asked, drawn towards its topic."""
    asked, topic = encoder.encode_queries([query.text, query.topic])
    both = asked + np.float32(_TOPIC) * topic
    length = np.linalg.norm(both)
    return np.asarray(both / length if length > 0 else both, np.float32)


def statistics_of(query: Query, candidates: Candidates) -> Statistics:
    """Return the statistics of the candidates themselves: right where they are a whole collection, such as one call."""
    found = (candidates.counts > 0).sum(axis=0)
    average = float(candidates.lengths.mean()) if len(candidates) else 1.0
    return Statistics(len(candidates), average, {term: int(n) for term, n in zip(query.terms, found, strict=True)})


def bm25(query: Query, candidates: Candidates, statistics: Statistics) -> Floats:
    """Return Okapi BM25 of each candidate (Robertson and Zaragoza 2009), terms weighed as the query says."""
    counts = candidates.counts.astype(np.float64)
    norm = K1 * (1 - B + B * candidates.lengths / max(1.0, statistics.average_length))
    saturated = counts * (K1 + 1) / (counts + norm[:, None])
    weights = np.array(list(query.terms.values()), np.float64)
    return np.asarray(saturated @ (weights * rarity(query, statistics)), np.float64)


def rarity(query: Query, statistics: Statistics) -> Floats:
    """Return the inverse document frequency of each of the query's terms; never negative."""
    found = np.array(
        [min(statistics.frequencies.get(term, 0), statistics.passages) for term in query.terms], np.float64
    )
    return np.log1p((statistics.passages - found + 0.5) / (found + 0.5))


def evidence(
    query: Query,
    candidates: Candidates,
    statistics: Statistics,
    options: Options,
    background: Background | None = None,
) -> Floats:
    """Return how much each candidate by itself speaks for being an answer, in standard deviations over the background."""
    lexical = bm25(query, candidates, statistics)
    both = strength(candidates.similarity, lexical, background or Background(candidates.similarity, lexical), options)
    named = _named_share(query, candidates)
    return both + options.speaker * _standardised(named, named, _LEAST_NAMED)


def strength(similarity: Floats, lexical: Floats, background: Background, options: Options) -> Floats:
    """Return cosine and BM25 weighed together, in standard deviations over the background."""

    def together(cosine: Floats, words: Floats) -> Floats:
        return _standardised(cosine, background.similarity, _LEAST_SPREAD) + options.lexical * _standardised(
            words, background.lexical
        )

    usual = together(background.similarity, background.lexical)
    return _standardised(together(similarity, lexical), usual, _LEAST_TOGETHER)


def relevance(evidenced: Floats, candidates: Candidates, options: Options) -> Floats:
    """Return each candidate's expected share of the place in its source that answers; the best of all sources is 1.

    A place is a run of consecutive passages of a source. Its log weight is the sum over its passages of
    `sharpness` × (evidence − `threshold`), each counted by its words, plus a log-normal prior on its length in words.
    Between sources the strongest single passage decides: a long talk about something is one hit among others.
    """
    order = np.lexsort((candidates.ordinal, candidates.source))
    strong = evidenced[order]
    words = np.maximum(candidates.words[order], 1).astype(np.float64)
    changes = np.flatnonzero(np.diff(candidates.source[order])) + 1
    firsts = np.concatenate([[0], changes]).astype(np.int64)
    group = np.zeros(len(order), np.int64)
    group[changes] = 1
    group = np.cumsum(group)
    follows = np.diff(candidates.ordinal[order], prepend=-2) == 1
    follows[firsts] = False
    usual = np.clip(_USUAL_PART * np.add.reduceat(words, firsts), _UNIT_WORDS, options.usual_words)
    held = _expected_share(
        options.sharpness * (strong - options.threshold), words, follows, group, usual, options.spread
    )
    held /= np.maximum.reduceat(held, firsts)[group]
    peaks = np.maximum.reduceat(strong, firsts)
    result = np.empty(len(order))
    result[order] = held * np.exp(peaks - peaks.max())[group]
    return result


def _expected_share(
    weight: Floats, words: Floats, follows: NDArray[np.bool_], group: Ints, usual: Floats, spread: float
) -> Floats:
    """Sum over all runs that hold a passage of the run's probability by its words; not scaled, source by source.

    `weight` is what each passage adds to the log of a run for every `_UNIT_WORDS` words, `follows` tells which continue the
    one before, `group` numbers the sources, `usual` is the usual length in words in each of them.
    """
    n = len(weight)
    gains = np.concatenate([[0.0], np.cumsum(weight * words / _UNIT_WORDS)])
    lengths = np.concatenate([[0.0], np.cumsum(words)])
    joined = np.ones(n, bool)
    runs: list[tuple[Floats, Floats]] = []
    top = np.full(len(usual), -np.inf)
    for size in range(1, min(n, _LONGEST_RUN) + 1):
        starts = n - size + 1
        total = lengths[size:] - lengths[:starts]
        if size > 1:
            joined = joined[:starts] & follows[size - 1 :] & (total <= _LONGEST_WORDS)
            if not joined.any():
                break
        off = np.log(total / usual[group[:starts]]) / spread
        log = np.where(joined, gains[size:] - gains[:starts] - 0.5 * off**2, -np.inf)
        np.maximum.at(top, group[:starts], log)
        runs.append((log, total))
    change = np.zeros(n + 1)
    for size, (log, total) in enumerate(runs, start=1):
        share = np.exp(log - top[group[: len(log)]]) / total
        change[: len(share)] += share
        change[size : size + len(share)] -= share
    return np.maximum(np.cumsum(change)[:n], np.finfo(np.float64).tiny)


def rank(
    query: Query,
    candidates: Candidates,
    *,
    k: int,
    statistics: Statistics | None = None,
    background: Background | None = None,
    options: Options | None = None,
) -> list[Hit]:
    """Return at most `k` hits, best first; every segment of a source is in one hit only.

    Without `statistics` and `background` the candidates are taken to be the whole collection, as in a search within one call.
    """
    chosen = options or Options()
    if not len(candidates) or k <= 0:
        return []
    known = statistics or statistics_of(query, candidates)
    scores = relevance(evidence(query, candidates, known, chosen, background), candidates, chosen)
    several = len(np.unique(candidates.source)) > 1
    if several and chosen.half_life_days:
        scores = scores * _freshness(candidates.at, chosen)
    picking = _Picking(candidates, scores, chosen.crowding if several else 1.0, chosen.region_words)
    weights = rarity(query, known) * np.array([weight >= 1.0 for weight in query.terms.values()])
    return [_hit(query, candidates, weights, *picked) for picked in picking.take(k)]


@dataclass(slots=True)
class _Picking:
    """Takes the best stretch again and again, keeping account of what has been taken."""

    candidates: Candidates
    scores: Floats
    crowding: float
    region_words: int
    taken: set[tuple[int, int]] = field(default_factory=set)

    def take(self, k: int) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
        rows = {(int(s), int(o)): i for i, (s, o) in enumerate(zip(self.candidates.source, self.candidates.ordinal))}
        left = self.scores.astype(np.float64).copy()
        picked: list[tuple[tuple[int, ...], tuple[int, ...], float]] = []
        for _ in range(len(left)):
            best = int(left.argmax())
            if len(picked) == k or left[best] < 0:
                break
            score = float(left[best])
            members = self._grown(best, rows, left)
            left[members] = -1.0
            turns = self._claim(members)
            if not turns:
                continue
            picked.append((tuple(members), turns, score))
            if self.crowding < 1.0:
                same = (self.candidates.source == self.candidates.source[best]) & (left > 0)
                left[same] *= self.crowding
        return picked

    def _grown(self, best: int, rows: dict[tuple[int, int], int], left: Floats) -> list[int]:
        source, ordinal = int(self.candidates.source[best]), int(self.candidates.ordinal[best])
        members, words = [best], int(self.candidates.words[best])
        low = high = ordinal
        while True:
            around = [rows.get((source, low - 1)), rows.get((source, high + 1))]
            free = [row for row in around if row is not None and left[row] >= left[best] / 2]
            if not free:
                break
            row = max(free, key=lambda row: left[row])
            words += int(self.candidates.words[row])
            if words > self.region_words:
                break
            members.append(row)
            low, high = min(low, int(self.candidates.ordinal[row])), max(high, int(self.candidates.ordinal[row]))
        return sorted(members, key=lambda row: int(self.candidates.ordinal[row]))

    def _claim(self, members: Sequence[int]) -> tuple[int, ...]:
        turns: list[int] = []
        for row in members:
            source = int(self.candidates.source[row])
            for turn in range(int(self.candidates.first[row]), int(self.candidates.last[row]) + 1):
                if (source, turn) not in self.taken:
                    self.taken.add((source, turn))
                    turns.append(turn)
        return tuple(turns)


def _hit(
    query: Query,
    candidates: Candidates,
    weights: Floats,
    members: tuple[int, ...],
    turns: tuple[int, ...],
    score: float,
) -> Hit:
    rows = list(members)
    said = (candidates.counts[rows] > 0).any(axis=0)
    whole = float(weights.sum())
    return Hit(
        source=int(candidates.source[rows[0]]),
        passages=members,
        turns=turns,
        score=score,
        similarity=float(candidates.similarity[rows].max()),
        coverage=float(weights[said].sum()) / whole if whole > 0 else 0.0,
    )


def _standardised(values: Floats, usual: Floats, least: float = 1e-9) -> Floats:
    """Return `values` in deviations from the mean of `usual`; the deviation is taken to be `least` at least, so that noise stays small."""
    return np.asarray((values - usual.mean()) / max(float(usual.std()), least), np.float64)


def _named_share(query: Query, candidates: Candidates) -> Floats:
    """Return which part of each candidate is said by people whom the question names."""
    asked = set(query.names)
    if not asked:
        return np.zeros(len(candidates))
    named: dict[str, bool] = {}
    shares = np.zeros(len(candidates))
    for row, speakers in enumerate(candidates.speakers):
        by_named = 0
        for speaker, words in speakers.items():
            if speaker not in named:
                own = name_terms(speaker)
                named[speaker] = bool(own) and own <= asked
            by_named += words if named[speaker] else 0
        shares[row] = by_named / max(1, sum(speakers.values()))
    return shares


def _freshness(at: Floats, options: Options) -> Floats:
    age = np.maximum(options.now - at, 0.0) / _DAY
    fresh = np.exp2(-age / (options.half_life_days or 1.0))
    return options.oldest_weight + (1 - options.oldest_weight) * np.where(np.isnan(fresh), 0.0, fresh)
