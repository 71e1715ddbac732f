"""Values of the data in a question: those that stand beside each other, and the word that says what they are values of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.structured.draft import ValueGroup
from agents.structured.vocabulary import ValueRef

if TYPE_CHECKING:
    from agents.structured.reading import Reader

_LINKS = {"=", ":", "is", "the", "of", "named", "called", "in", "are", "was"}
_PASSED = {"and", "the", "in", "for", "also", "with", "from"}


def read_values(reader: Reader, at: int, *, negated: bool) -> None:
    """Read the values from a place on, as far as `and`, `or` and commas join them, with labels before or after them."""
    pieces = reader.pieces
    refs: list[tuple[ValueRef, ...]] = []
    texts: list[str] = []
    conjunction, label_after, whole_team = "", "", False
    label = _label(reader, at - 1, at, pieces[at].values)
    here = at
    while True:
        piece = pieces[here]
        refs.append(piece.values)
        texts.append(piece.text)
        piece.used = True
        after = here + 1
        found = _label(reader, after, here, piece.values)
        if found:
            label, label_after = label or found, pieces[after].norm
            whole_team = whole_team or _is_team_of(reader, here, after)
            pieces[after].used = True
            here = after
        onward = _joined(reader, here)
        if onward is None:
            break
        conjunction = onward[1] if onward[1] in ("and", "or") else conjunction or onward[1]
        for passed in range(here + 1, onward[0]):
            pieces[passed].used = True
        here = onward[0]
    reader.draft.values.append(ValueGroup(at, refs, texts, negated, conjunction, label, whole_team, label_after, here))


def _is_team_of(reader: Reader, at: int, after: int) -> bool:
    piece = reader.pieces[at]
    people = any(ref.field == "owner.name" for ref in piece.values)
    return piece.possessive and reader.noun_of(reader.pieces[after]) == "team" and people


def _label(reader: Reader, other: int, at: int, refs: Sequence[ValueRef]) -> tuple[str, ...]:
    """Return the fields by which a neighbour names the kind of the value, () where it does not."""
    if not 0 <= other < len(reader.pieces):
        return ()
    piece = reader.pieces[other]
    if piece.used and other != at - 1:
        return ()
    if [word for word in reader.between(min(at, other), max(at, other)) if word not in _LINKS]:
        return ()
    noun = reader.noun_of(piece)
    if noun == "team" and any(ref.field == "owner.name" for ref in refs):
        return ("owner.manager",) if other > at else ()
    if other < at and piece.used and other in (group.at for group in reader.draft.groups):
        return ()
    if other > at and piece.says("measure", "pipeline") and any(ref.field == "deal.pipeline" for ref in refs):
        return ("deal.pipeline",)
    found = tuple(key for key in reader.field_keys(piece) if any(ref.field == key for ref in refs))
    if other > at and noun in ("user", "account", "product") and other == reader.draft.focus_at:
        return ()
    if found and other < at:
        piece.used = True
    return found


def _joined(reader: Reader, at: int) -> tuple[int, str] | None:
    """Return the place of a value that is joined to this one by `and`, `or` or a comma, and the joining word."""
    pieces = reader.pieces
    after = at + 1
    while after < len(pieces) and (
        pieces[after].norm == "or" or (pieces[after].noise and pieces[after].norm in _PASSED)
    ):
        after += 1
    if after >= len(pieces) or not pieces[after].values or pieces[after].used or pieces[after].senses:
        return None
    word = next((word for word in reader.between(at, after) if word in ("and", "or", ",", "&", "/")), None)
    if word is None:
        return None
    shared = {ref.field for ref in pieces[at].values} & {ref.field for ref in pieces[after].values}
    if not shared and not (pieces[at].fields or pieces[at].senses):
        return None
    return after, {"&": "and", "/": "or"}.get(word, word)
