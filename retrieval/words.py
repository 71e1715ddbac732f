"""Words for the lexical half of the ranking, and what a question is really about.

The same terms are counted when a text is indexed and when a question is asked, whatever the database: its own tokeniser
only finds candidates.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import Stemmer
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_SUFFIX = re.compile(r"['’](?:s|re|ve|ll|d|m|t)?$")
_LONGEST_TERM = 40
REQUEST_WEIGHT = 0.35

STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being but by can could did do does doing
    don down for from had has have having he her here hers him his how i if in into is it its itself just let me more
    most my no nor not of off ok okay on once only or other our ours out over own please s same shall she should so some
    such t than that the their theirs them then there these they this those through to too uh uhm um under until up us
    very was we were what when where which while who whom whose why will with would yeah yes you your yours""".split()
)

# Words that say what is wanted of a conversation, not what it was about: verbs and nouns of speaking, thinking, deciding
# and summing up, and the names of the thing itself. In the spoken text they are as common as stop words; in a question
# they are the frame.
_REQUEST_WORDS = frozenset(
    """account address agree agreement answer anything argue argument ask attitude attendee bring brief briefly call
    chat comment concern conclude conclusion conversation debate decide decision describe description detail disagree
    disagreement discuss discussion elaborate everybody everyone everything exchange explain explanation express feel
    feeling find folks general get give go group guy happen hear idea inform information introduce issue know last
    latest like list look main matter meeting member mention new news note opinion outline overview participant people
    person perspective point position present propose put question raise reason recap recommend recommendation regard
    regarding remark reply report respond response said say share show somebody someone something speak speaker stance
    stand standpoint state statement status suggest suggestion summarise summarize summary talk team tell thing think
    thought toward towards topic understand update view want went word""".split()
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for ranking.

    `text` is what was asked, `topic` the same without the words of request (never empty unless `text` is). `terms` weighs its
    stems for BM25: those of the topic 1 or more, words of request `REQUEST_WEIGHT`, as they are sometimes meant. `names` holds
    the same stems as a set, among which names of speakers are looked for.
    """

    text: str
    topic: str
    terms: dict[str, float]
    names: frozenset[str]


def terms(text: str) -> list[str]:
    """Return the stems of `text` in order, without stop words; runs of scripts without spaces give pairs of characters."""
    return [stem for word in _words(text) if word not in STOP_WORDS and (stem := _stem(word))]


def name_terms(text: str) -> frozenset[str]:
    """Return the stems of `text` as a set, for finding people's names and roles in a question."""
    return frozenset(terms(text))


def index_text(text: str) -> str:
    """Return the stems of `text` joined by spaces: what a database keeps and indexes for the lexical search."""
    return " ".join(terms(text))


def count(query: Query, indexed: Sequence[str]) -> NDArray[np.int64]:
    """Return how often each of the query's terms stands in each of `indexed`, texts as `index_text` gave them; shape (n, m)."""
    counts = np.zeros((len(indexed), len(query.terms)), np.int64)
    for column, term in enumerate(query.terms):
        for row, text in enumerate(indexed):
            if term in text:
                counts[row, column] = text.split().count(term)
    return counts


def prepare(text: str) -> Query:
    """Return what `text` asks about, for ranking.

    Words of request are dropped from the topic unless nothing else is left: "what did they say about the price?" is about
    "price", "what was decided?" is about "decided".
    """
    said = " ".join(text.split())
    words = [found.group() for found in _WORD.finditer(said)]
    kept = [word for word in words if not _is_frame(word)]
    if not kept:
        kept = [word for word in words if _plain(word) not in STOP_WORDS]
    topic = " ".join(kept) or said
    weights = {stem: math.sqrt(times) for stem, times in Counter(terms(topic)).items()}
    for stem in terms(said):
        weights.setdefault(stem, REQUEST_WEIGHT)
    return Query(said, topic, weights, frozenset(weights))


def _is_frame(word: str) -> bool:
    plain = _plain(word)
    return plain in STOP_WORDS or _stem(plain) in _request_stems()


@lru_cache(maxsize=1)
def _request_stems() -> frozenset[str]:
    return frozenset(_stem(word) for word in _REQUEST_WORDS)


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).casefold()
    return _SUFFIX.sub("", folded) or folded


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(unicodedata.normalize("NFKC", text).casefold()):
        word = _SUFFIX.sub("", found.group())[:_LONGEST_TERM]
        if not _UNSPACED.search(word):
            yield word
            continue
        for run in _UNSPACED.findall(word):
            yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))
        yield from (rest for rest in _UNSPACED.split(word) if rest)


_local = threading.local()


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """Return the English stem; words of other languages come out as they are or shortened, the same way each time."""
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word))
