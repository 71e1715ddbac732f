"""Words of order: what a list is sorted by, and which way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.structured.reading import Reader


def read_sort(reader: Reader, at: int) -> None:
    """Take note of what a list is sorted by: `sorted by amount`, `sorted descending`."""
    reader.pieces[at].used = True
    after = reader.next(at)
    if after is not None and reader.pieces[after].sense("by"):
        reader.pieces[after].used = True
        after = reader.next(after)
    if after is None or not (reader.pieces[after].fields or reader.pieces[after].sense("measure", "count", "noun")):
        return
    near = reader.pieces[after]
    if near.used:
        return
    measure = near.sense("measure")
    if measure is not None:
        reader.draft.order_by.append((after, measure.value, ()))
        if not reader.draft.has_measure(measure.value):
            reader.draft.measures.append((after, measure.value))
        near.used = True
    elif near.sense("count"):
        near.used = True
    elif near.fields and not near.sense("noun"):
        reader.draft.order_by.append((after, "", near.fields))
        near.used = True


def read_direction(ascending: bool) -> Callable[[Reader, int], None]:
    """Return what takes note that a list goes up, or down."""

    def note(reader: Reader, at: int) -> None:
        reader.draft.ascending = ascending
        reader.pieces[at].used = True

    return note
