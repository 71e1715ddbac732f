"""Details of a named record that a question asks for: who owns it, when it was closed, how often its close date moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.structured.pieces import Piece
    from agents.structured.reading import Reader

_MOVED = frozenset(
    {
        "moved",
        "move",
        "moves",
        "changed",
        "change",
        "shifted",
        "rescheduled",
        "updated",
        "close date moved",
        "close date changed",
        "moved their close date",
    }
)
_DATES = {"closed": "deal.closed", "won": "deal.closed", "lost": "deal.closed", "created": "deal.created", "closing": "deal.close_date", "close": "deal.close_date"}  # fmt: skip


def read_lookup(reader: Reader, at: int) -> None:
    """`who owns`, `where is`, `when was it closed`: a detail of the record that the question names."""
    piece = reader.pieces[at]
    sense = piece.sense("lookup")
    if sense is None:
        return
    piece.used = True
    if piece.norm == "where" and piece.first > 0:
        # "accounts where we won nothing" only connects.
        return
    if sense.value == "when" and _dated(reader, at):
        reader.draft.lookup = reader.draft.lookup or "details"
        return
    reader.draft.lookup = sense.value


def _dated(reader: Reader, at: int) -> bool:
    """Take the date that `when` asks for from the verb after it: `when was it closed`, `when did we win it`."""
    for here in range(at + 1, len(reader.pieces)):
        piece = reader.pieces[here]
        if piece.sense("lookup"):
            return False
        status, verb = piece.sense("status"), piece.sense("verb")
        value = (verb.value if verb is not None and verb.value in _DATES else None) or (
            status.value if status else None
        )
        if value not in _DATES or piece.used or reader.any_sense("measure", "by", "count"):
            continue
        if value in ("won", "lost"):
            reader.status(here, value)
        elif value == "close" and reader.pieces[at].norm.endswith(("was", "did")):
            value = "closed"
        reader.draft.fields.append((at, (_DATES[value],), piece.text))
        piece.used = True
        return True
    return False


def read_manager_of(reader: Reader, at: int) -> None:
    """`who manages Dana`: her manager."""
    reader.draft.lookup = "manager"
    reader.pieces[at].used = True


def read_times(reader: Reader, at: int) -> None:
    """`how often has the close date moved`: its changes either way; `how many times did it slip`: those to a later day."""
    slipped = [piece for piece in reader.pieces if piece.says("verb", "slipped") and piece.norm not in _MOVED]
    moved = [piece for piece in reader.pieces if piece.norm in _MOVED and not piece.values]
    dated = [piece for piece in reader.pieces if "deal.close_date" in piece.fields]
    if not slipped and not (moved and (dated or any("close date" in piece.norm for piece in moved))):
        return
    key = "deal.slips" if slipped else "deal.moves"
    reader.draft.fields.append((at, (key,), reader.pieces[at].text))
    reader.draft.lookup = reader.draft.lookup or "details"
    _use(reader.pieces[at], *slipped, *moved, *dated)
    for name in ("slipped",):
        reader.draft.special.pop(name, None)


def _use(*pieces: Piece) -> None:
    for piece in pieces:
        piece.used = True
