"""Splitting delimited text into rows so that one broken row costs only itself.

The standard library's reader lets an unclosed quote swallow the rest of a file. Here a quoted field may span lines, but it
must close before a delimiter or a line's end and give a row of the table's width; where it doesn't, the line that opened it
is handed out alone, as broken, and reading goes on with the next line.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from integrations.files.decoding import undecodable

DELIMITERS = (",", ";", "\t", "|")
MAX_FIELD = 1_000_000
MAX_COLUMNS = 2_000
_SPAN = 500


@dataclass(frozen=True)
class Cells:
    """One row: the line on which it begins (1-based), its cells, its text as found, and what is wrong with it, if anything."""

    line: int
    cells: tuple[str, ...]
    raw: str
    fault: str | None = None


@dataclass
class _Scan:
    cells: list[str]
    open: bool
    tidy: bool
    opened_at: int = 0


def _scan(text: str, delimiter: str) -> _Scan:
    """Split one row. `open`: a quote was never closed. `tidy`: every quote stands where it should."""
    if '"' not in text:
        return _Scan(text.split(delimiter), False, True)
    cells: list[str] = []
    tidy, place, end = True, 0, len(text)
    while True:
        start = place
        while start < end and text[start] == " " and delimiter != " ":
            start += 1
        if start < end and text[start] == '"':
            piece, place, closed, neat = _quoted(text, start + 1, delimiter)
            if not closed:
                return _Scan(cells, True, False, start)
            tidy = tidy and neat
            cells.append(piece)
        else:
            stop = text.find(delimiter, place)
            stop = end if stop < 0 else stop
            cells.append(text[place:stop])
            place = stop
        if place >= end:
            return _Scan(cells, False, tidy)
        place += 1


def _quoted(text: str, place: int, delimiter: str) -> tuple[str, int, bool, bool]:
    """Read a quoted field from behind its opening quote: (text, where it ended, closed, no stray quotes inside)."""
    pieces: list[str] = []
    neat = True
    while True:
        stop = text.find('"', place)
        if stop < 0:
            return "".join(pieces), len(text), False, False
        pieces.append(text[place:stop])
        after = stop + 1
        if text[after : after + 1] == '"':
            pieces.append('"')
            place = after + 1
            continue
        tail = after
        while text[tail : tail + 1] == " ":
            tail += 1
        if tail >= len(text) or text[tail] == delimiter:
            return "".join(pieces), tail, True, neat
        pieces.append('"')
        neat = False
        place = after


def rows(source_lines: Iterable[str], delimiter: str, width: int | None = None) -> Iterator[Cells]:
    """All non-blank rows of a text. `width` is the table's, where it is known: it decides whether a quoted field that spans lines is real."""
    ahead: deque[tuple[int, str]] = deque()
    feed = enumerate(source_lines, start=1)

    def pull() -> tuple[int, str] | None:
        return ahead.popleft() if ahead else next(feed, None)

    while (item := pull()) is not None:
        number, text = item
        if not text.strip():
            continue
        scan = _scan(text, delimiter)
        if not scan.open:
            yield _finish(number, scan.cells, text)
            continue
        taken: list[tuple[int, str]] = []
        size, quotes = len(text), text.count('"', scan.opened_at)
        joined: _Scan | None = None
        while len(taken) < _SPAN and size < MAX_FIELD and (more := pull()) is not None:
            taken.append(more)
            size += len(more[1]) + 1
            quotes += more[1].count('"')
            if (
                quotes % 2 == 0
            ):  # in sound text the opened quote has closed here; if it hasn't, no further line mends it
                joined = _scan("\n".join([text, *(line for _, line in taken)]), delimiter)
                break
        if joined is not None and joined.tidy and not joined.open and (width is None or len(joined.cells) == width):
            yield _finish(number, joined.cells, "\n".join([text, *(line for _, line in taken)]))
            continue
        ahead.extendleft(reversed(taken))
        yield Cells(number, tuple(text.split(delimiter)), text, "a quotation mark is opened and never closed")


def _finish(number: int, cells: list[str], raw: str) -> Cells:
    fault = None
    if undecodable(raw):
        fault = "it holds bytes that are not text in the file's encoding"
    elif len(cells) > MAX_COLUMNS:
        fault = f"it has more than {MAX_COLUMNS} cells"
        cells = cells[:MAX_COLUMNS]
    elif any(len(cell) > MAX_FIELD for cell in cells):
        fault = "a cell is longer than a million characters"
    return Cells(number, tuple(cell.strip() for cell in cells), raw, fault)


def delimiter_of(sample: list[str]) -> tuple[str, int]:
    """The delimiter that splits a sample into rows of one width, and that width; (",", 1) where none does."""
    best, best_score, best_width = ",", 0.0, 1
    filled = [line for line in sample if line.strip()]
    for delimiter in DELIMITERS:
        widths = [len(row.cells) for row in rows(filled, delimiter) if row.fault is None]
        if not widths:
            continue
        counts = Counter(widths)
        width, often = max(
            ((w, n) for w, n in counts.items() if w > 1), key=lambda item: (item[1], item[0]), default=(1, 0)
        )
        score = often / len(widths) * (1 + min(width, 12) / 24)
        if width > 1 and score > best_score:
            best, best_score, best_width = delimiter, score, width
    return best, best_width
