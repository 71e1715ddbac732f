"""The ranking finds the stretch that answers, spreads over sources, and returns each turn once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking import Candidates, Options, Statistics, rank
from retrieval.words import prepare

NOW = 1_800_000_000.0
DAY = 86_400.0


def _candidates(similarity: list[float], source: list[int] | None = None) -> Candidates:
    n = len(similarity)
    sources = np.array(source or [0] * n, np.int64)
    ordinal = np.array([int((sources[:at] == sources[at]).sum()) for at in range(n)], np.int64)
    return Candidates(
        similarity=np.array(similarity, np.float64),
        counts=np.zeros((n, 1), np.int64),
        lengths=np.full(n, 60, np.int64),
        words=np.full(n, 100, np.int64),
        source=sources,
        ordinal=ordinal,
        first=ordinal * 5,
        last=ordinal * 5 + 4,
        at=np.full(n, NOW),
        speakers=[{"Dana": 100}] * n,
    )


QUERY = prepare("price")


def test_a_stretch_beats_a_lone_louder_passage() -> None:
    similarity = [0.1] * 20
    similarity[3] = 0.55
    similarity[10:14] = [0.5, 0.45, 0.5, 0.5]
    hits = rank(QUERY, _candidates(similarity), k=4)
    assert sorted(hit.passages[0] for hit in hits) == [10, 11, 12, 13]


def test_the_order_of_candidates_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    straight = _candidates(rng.random(30).tolist())
    order = rng.permutation(30)
    arrays = {
        name: getattr(straight, name)[order]
        for name in ("similarity", "counts", "lengths", "words", "source", "ordinal", "first", "last", "at")
    }
    shuffled = Candidates(**arrays, speakers=[straight.speakers[at] for at in order])
    assert [hit.turns for hit in rank(QUERY, straight, k=9)] == [hit.turns for hit in rank(QUERY, shuffled, k=9)]


def test_rare_words_of_the_question_lift_a_passage() -> None:
    candidates = _candidates([0.3] * 12)
    counts = np.zeros((12, 2), np.int64)
    counts[:, 0] = 1
    counts[7, 1] = 2
    query = prepare("renewal escrow")
    hits = rank(query, replace(candidates, counts=counts), k=1)
    assert hits[0].passages == (7,)
    assert hits[0].coverage == 1.0


def test_statistics_of_the_collection_decide_what_is_rare() -> None:
    counts = np.zeros((10, 2), np.int64)
    counts[2, 0] = counts[6, 1] = 1
    candidates = replace(_candidates([0.3] * 10), counts=counts)
    query = prepare("renewal escrow")
    common_first = Statistics(100_000, 60.0, {"renew": 30_000, "escrow": 3})
    common_second = Statistics(100_000, 60.0, {"renew": 3, "escrow": 30_000})
    assert rank(query, candidates, k=1, statistics=common_first)[0].passages == (6,)
    assert rank(query, candidates, k=1, statistics=common_second)[0].passages == (2,)


def test_who_is_named_in_the_question_is_preferred() -> None:
    candidates = _candidates([0.3, 0.305, 0.3, 0.3, 0.3, 0.295])
    speakers = [{"Dana Whitfield": 100}] * 6
    speakers[4] = {"Omar Haddad": 80, "Dana Whitfield": 20}
    query = prepare("what did Omar Haddad think about the price?")
    counts = np.zeros((6, len(query.terms)), np.int64)
    hits = rank(query, replace(candidates, speakers=speakers, counts=counts), k=1)
    assert hits[0].passages == (4,)


def test_one_source_does_not_crowd_out_the_others() -> None:
    similarity = [0.6] * 8 + [0.1] * 2 + [0.55, 0.1, 0.1] + [0.5] + [0.1] * 20
    source = [0] * 10 + [1] * 3 + [2] * 21
    hits = rank(QUERY, _candidates(similarity, source), k=4)
    assert {hit.source for hit in hits} == {0, 1, 2}
    assert hits[0].source == 0


def test_newer_words_come_first_when_asked_for_but_not_within_one_call() -> None:
    similarity = [0.52, 0.1, 0.1, 0.5, 0.1, 0.1]
    candidates = _candidates(similarity, [0, 0, 0, 1, 1, 1])
    candidates = replace(candidates, at=np.array([NOW - 400 * DAY] * 3 + [NOW - DAY] * 3))
    by_age = Options(half_life_days=60, now=NOW)
    assert rank(QUERY, candidates, k=1)[0].source == 0
    assert rank(QUERY, candidates, k=1, options=by_age)[0].source == 1
    single = _candidates([0.52, 0.1, 0.1, 0.5, 0.1, 0.1])
    aged = replace(single, at=np.linspace(NOW - 400 * DAY, NOW, 6))
    assert [hit.score for hit in rank(QUERY, aged, k=6, options=by_age)] == [
        hit.score for hit in rank(QUERY, single, k=6)
    ]


def test_an_unknown_time_counts_as_old() -> None:
    candidates = replace(_candidates([0.5, 0.1, 0.5, 0.1], [0, 0, 1, 1]), at=np.array([np.nan, np.nan, NOW, NOW]))
    assert rank(QUERY, candidates, k=1, options=Options(half_life_days=60, now=NOW))[0].source == 1


def test_a_region_brings_its_neighbours_along() -> None:
    similarity = [0.1] * 6 + [0.6, 0.6] + [0.1] * 6
    hits = rank(QUERY, _candidates(similarity), k=3, options=Options(region_words=250))
    assert hits[0].passages == (6, 7)
    assert hits[0].turns == tuple(range(30, 40))


def test_parts_of_one_long_turn_are_returned_as_that_turn_once() -> None:
    candidates = replace(_candidates([0.5, 0.6, 0.55, 0.1]), first=np.array([0, 0, 0, 1]), last=np.array([0, 0, 0, 1]))
    assert [hit.turns for hit in rank(QUERY, candidates, k=4)] == [(0,), (1,)]


def test_nothing_to_rank_is_no_hits() -> None:
    assert rank(QUERY, _candidates([]), k=5) == []
    assert rank(QUERY, _candidates([0.3]), k=0) == []


@given(
    st.lists(st.tuples(st.floats(-1, 1, width=32), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 50),
    st.integers(0, 400),
)
def test_every_turn_is_returned_at_most_once_and_scores_do_not_rise(
    passages: list[tuple[float, int]], k: int, region_words: int
) -> None:
    candidates = _candidates([value for value, _ in passages], [source for _, source in passages])
    hits = rank(QUERY, candidates, k=k, options=Options(region_words=region_words, half_life_days=90, now=NOW))
    returned = [(hit.source, turn) for hit in hits for turn in hit.turns]
    assert len(returned) == len(set(returned))
    assert len(hits) <= k
    assert all(np.isfinite(hit.score) and 0 <= hit.score <= 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
