"""Cutting a source's text into passages: the unit that is embedded, counted, ranked and shown.

A source is a call, a mail, a note or a record change. It arrives as segments: speaker turns of a call, paragraphs of
anything else. A passage is a run of whole segments of about `TARGET_WORDS` words, never many more than `MOST_WORDS`, as the model
reads 256 tokens; only a segment that is longer than `LONGEST_SEGMENT` by itself is cut inside, at the ends of sentences.
Passages do not overlap: every word is embedded once. What lies around a passage is weighed, and given to the reader, by the
ranking, which knows the neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

TARGET_WORDS = 140
MOST_WORDS = 190
LONGEST_SEGMENT = 120
PIECE_WORDS = 80
_CHARS_PER_WORD = 6

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|(?<=[。！？])|\n+")
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")


@dataclass(frozen=True, slots=True)
class Segment:
    """One turn of a call or one paragraph of another text. `position` counts from 0 within its source."""

    position: int
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one source.

    `ordinal` counts passages of the source from 0. `first` and `last` are the positions of its first and last segment,
    both included. `start` is where it begins in the text of `first`, `end` where it ends in the text of `last` (characters,
    end excluded): they differ from 0 and the full length only within a long segment that was cut. `text` names each speaker
    before what they say. `speakers` says how many words each of them says here, `words` how many are said in all.
    """

    ordinal: int
    first: int
    last: int
    start: int
    end: int
    text: str
    speakers: Mapping[str, int]
    words: int


@dataclass(frozen=True, slots=True)
class _Piece:
    position: int
    speaker: str
    start: int
    end: int
    text: str
    size: int


def count_words(text: str) -> int:
    """Return the number of words, by white space; the measure of every limit and figure about lengths."""
    return len(text.split())


def paragraphs(text: str, speaker: str = "") -> list[Segment]:
    """Return the paragraphs of a mail, a note or a record change as segments; empty ones are left out."""
    parts = (part.strip() for part in _BLANK_LINES.split(text.replace("\r\n", "\n")))
    return [Segment(position, speaker, part) for position, part in enumerate(part for part in parts if part)]


def cut(segments: Sequence[Segment], *, target_words: int = TARGET_WORDS) -> list[Passage]:
    """Return the passages of one source in order. Segments without words belong to the passage around them."""
    passages: list[Passage] = []
    run: list[_Piece] = []
    size = 0
    for segment in segments:
        for piece in _pieces(segment):
            if run and size + piece.size > MOST_WORDS:
                passages.append(_passage(len(passages), run))
                run, size = [], 0
            run.append(piece)
            size += piece.size
            if size >= target_words:
                passages.append(_passage(len(passages), run))
                run, size = [], 0
    if run and size == 0 and passages:
        passages[-1] = _extended(passages[-1], run)
    elif run and size:
        passages.append(_passage(len(passages), run))
    return passages


def _size(text: str) -> int:
    """Return the length in words; scripts without spaces count by characters."""
    return max(count_words(text), len(text) // (2 * _CHARS_PER_WORD))


def _pieces(segment: Segment) -> Iterator[_Piece]:
    text = segment.text
    if _size(text) <= LONGEST_SEGMENT:
        yield _Piece(segment.position, segment.speaker, 0, len(text), text.strip(), _size(text))
        return
    start = 0
    for end in _cuts(text):
        part = text[start:end].strip()
        if part:
            yield _Piece(segment.position, segment.speaker, start, end, part, _size(part))
        start = end


def _cuts(text: str) -> list[int]:
    """Return the offsets at which a long text is cut, its end included: at sentences where it can, at spaces where not."""
    bounds = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    fine: list[int] = [0]
    for low, high in pairwise(bounds):
        fine.extend(_hard_cuts(text, low, high))
    cuts: list[int] = []
    start = 0
    for before, after in pairwise(fine):
        if before > start and _size(text[start:after]) > PIECE_WORDS:
            cuts.append(before)
            start = before
    return [*cuts, len(text)]


def _hard_cuts(text: str, low: int, high: int) -> Iterator[int]:
    longest = LONGEST_SEGMENT * _CHARS_PER_WORD
    while high - low > longest:
        space = text.rfind(" ", low + longest // 2, low + longest)
        low = space + 1 if space > 0 else low + longest
        yield low
    yield high


def _lines(run: Sequence[_Piece]) -> str:
    lines: list[str] = []
    speaker = None
    for piece in run:
        if not piece.text:
            continue
        named = piece.speaker and piece.speaker != speaker
        lines.append(f"{piece.speaker}: {piece.text}" if named else piece.text)
        speaker = piece.speaker
    return "\n".join(lines)


def _passage(ordinal: int, run: Sequence[_Piece]) -> Passage:
    said: Counter[str] = Counter()
    for piece in run:
        said[piece.speaker] += count_words(piece.text)
    return Passage(
        ordinal=ordinal,
        first=run[0].position,
        last=run[-1].position,
        start=run[0].start,
        end=run[-1].end,
        text=_lines(run),
        speakers={speaker: words for speaker, words in said.items() if speaker and words},
        words=said.total(),
    )


def _extended(passage: Passage, silent: Sequence[_Piece]) -> Passage:
    return Passage(
        passage.ordinal,
        passage.first,
        silent[-1].position,
        passage.start,
        silent[-1].end,
        passage.text,
        passage.speakers,
        passage.words,
    )
