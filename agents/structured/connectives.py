"""Small words that connect: `or`, `both`, `their`, `team`, and fillers that say nothing by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.structured.reading import Reader


def read_drop(reader: Reader, at: int) -> None:
    """Take note of a word that changes nothing."""
    reader.pieces[at].used = True


def read_team(reader: Reader, at: int) -> None:
    """`team` alone connects; after `our` it is the asker's own, after `manager's` the manager's."""
    before = reader.before(at)
    if before is not None and reader.noun_of(reader.pieces[before]) == "manager":
        reader.pieces[at].used = True
        return
    if reader.word_before(at) in ("our", "my"):
        reader.draft.my_team = True
    elif not any(group.hint or group.whole_team for group in reader.draft.values):
        reader.draft.fields.append((at, ("owner.team",), reader.pieces[at].text))
    reader.pieces[at].used = True


def read_pronoun(reader: Reader, at: int) -> None:
    """`their` of a noun in the same question says nothing new; without one it points outside and stays behind."""
    piece = reader.pieces[at]
    if piece.norm == "it":
        read_filler(reader, at)
    person = any(ref.field == "owner.name" for other in reader.pieces[:at] for ref in other.values)
    named = any(ref.field in ("deal.name", "account.name") for other in reader.pieces[:at] for ref in other.values)
    things = named or any(other.sense("noun") for other in reader.pieces[:at]) or reader.draft.focus_at >= 0
    personal = piece.norm in ("his", "her", "he", "she", "him", "hers")
    if (person if personal else things) and reader.draft.focus_at < at and (person or things):
        piece.used = True


def read_both(reader: Reader, at: int) -> None:
    if reader.draft.focus in ("deal", None):
        reader.pieces[at].used = True


def read_or(reader: Reader, at: int) -> None:
    """`or` between two statuses or two values that were read; anything else it joins stays unread."""
    before, after = reader.before(at), reader.next(at, past=("neg",))
    if before is None or after is None:
        return
    left, right = reader.pieces[before], reader.pieces[after]
    if right.says("verb", "owned", "located", "managed"):
        onward = reader.next(after)
        right = reader.pieces[onward] if onward is not None else right
    statuses = left.sense("status", "verb") and right.sense("status", "verb")
    values = left.values or left.fields
    reader.pieces[at].used = bool(statuses or (values and right.values))


def read_between(reader: Reader, at: int) -> None:
    """`the difference between A and B`: the word only opens the comparison."""
    piece = reader.pieces[at]
    if piece.norm == "between" and reader.any_sense("compare", "change"):
        piece.used = True
    elif piece.norm in ("higher", "lower", "more", "greater", "fewer") and any(
        other.norm == "or" for other in reader.pieces[at:]
    ):
        # "is the win rate higher in the West or the East?"
        reader.draft.compare_at = at if reader.draft.compare_at is None else reader.draft.compare_at
        piece.used = True


def read_grain(reader: Reader, at: int) -> None:
    """`sales cycle in days`: the unit that cycles are told in anyway."""
    cycle = any(piece.says("measure", "cycle") for piece in reader.pieces)
    if reader.pieces[at].norm == "days" and (cycle or reader.any_sense("howlong")):
        reader.pieces[at].used = True


def read_filler(reader: Reader, at: int) -> None:
    """`it`, `take` beside a question of how long something takes."""
    slowest = any(piece.says("super", "longest", "shortest") for piece in reader.pieces)
    if (
        slowest
        or reader.draft.how_long
        or any(piece.sense("howlong") or (piece.says("measure", "cycle")) for piece in reader.pieces)
    ):
        reader.pieces[at].used = True
