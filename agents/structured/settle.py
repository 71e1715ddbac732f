"""Settling pieces that are both a word of asking and a value of the data: the product `Count`, the stage `Contact`, the reason `Price`."""

from __future__ import annotations

from collections.abc import Sequence

from agents.structured.lexer import Token
from agents.structured.pieces import Piece

_STATUS_FIELDS = {"deal.stage", "deal.status", "deal.forecast_category"}
_NOUN_OF_FIELD = {
    "owner.name": "user",
    "account.name": "account",
    "product.name": "product",
    "owner.manager": "manager",
    "owner.team": "team",
}


def settle_words_and_values(pieces: list[Piece], tokens: Sequence[Token]) -> None:
    """Leave each piece with one nature: a value where its neighbours or its capital say so, else the word."""
    for at, piece in enumerate(pieces):
        if piece.values and piece.span is not None:
            piece.values = () if not _labelled(pieces, at) else piece.values
            piece.span = None if piece.values else piece.span
        if piece.values and piece.number is not None:
            piece.number = None
        if not piece.values or not (piece.senses or piece.fields):
            continue
        status = piece.sense("status")
        if status is not None and status.value in ("won", "lost", "open", "closed"):
            stages = [ref for ref in piece.values if ref.field not in _STATUS_FIELDS]
            if not stages or not _is_name(piece, tokens):
                piece.values = ()
                continue
        if _labelled(pieces, at) or _is_name(piece, tokens) or _placed(piece, pieces, at, tokens):
            piece.senses, piece.fields = (), ()
        else:
            piece.values = ()
    for piece in pieces:
        if piece.span is not None:
            piece.senses, piece.fields, piece.number = (), (), None


def _is_name(piece: Piece, tokens: Sequence[Token]) -> bool:
    """Whether a piece is written as the value is, with capitals, in a sentence that does not capitalise everything."""
    if piece.text.replace(".", "") == "US" and any(ref.field == "account.country" for ref in piece.values):
        return True
    if not piece.capital:
        return any(token.quoted for token in tokens[piece.first : piece.after])
    words = [token for token in tokens[1:] if token.kind == "word" and token.text[0].isalpha()]
    shouted = len(words) > 3 and sum(token.capital for token in words) > 0.7 * len(words)
    written = piece.text.replace("’", "'").removesuffix("'s")
    return not shouted and any(ref.shown == written or ref.shown.startswith(written) for ref in piece.values)


def _labelled(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a neighbour names the field of one of the values (`Contact stage`, `in the Retail sector`)."""
    fields = {ref.field for ref in pieces[at].values}
    nouns = {_NOUN_OF_FIELD[key] for key in fields if key in _NOUN_OF_FIELD}
    for other in (at - 1, at + 1):
        if not 0 <= other < len(pieces):
            continue
        piece = pieces[other]
        if piece.noise or not set(piece.fields) & fields:
            noun = piece.sense("noun")
            if noun is None or noun.value not in nouns or piece.norm.endswith("s") or pieces[at].fields:
                continue
        return True
    return False


def _placed(piece: Piece, pieces: Sequence[Piece], at: int, tokens: Sequence[Token]) -> bool:
    """Whether a preposition makes a stage of a word that is also a noun (`deals in contact`)."""
    before = tokens[piece.first - 1].norm if piece.first else ""
    stages = [ref for ref in piece.values if ref.field in ("deal.stage", "product.name")]
    noun = piece.sense("noun", "verb")
    return (
        before in ("in", "at", "to") and bool(stages) and noun is not None and not piece.norm.endswith("s") and at > 0
    )
