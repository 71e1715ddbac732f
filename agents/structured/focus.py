"""What a question is after: the noun or dimension that it asks for, what it groups and ranks by, and how many it wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.structured.catalog import FIELDS
from agents.structured.draft import Group, Superlative
from agents.structured.lexer import singular
from agents.structured.windows import SMALL_NUMBERS

if TYPE_CHECKING:
    from agents.structured.pieces import Piece
    from agents.structured.reading import Reader

_STOPS = ("agg", "measure", "howmuch", "compare", "change", "lookup", "manager")
_ASKS = {"which", "what", "who", "whats", "whos"}
_ALONE = ("month", "quarter", "year", "week", "day")
_SUBJECTS = ("deal", "account", "user", "product", "lead", "contact", "activity", "target")


def find_ranks(reader: Reader) -> None:
    """Read `top 5`, `5 largest`, `the largest 5`, `bottom three`, `three products with the most`."""
    draft, pieces = reader.draft, reader.pieces
    for at, piece in enumerate(pieces):
        rank, sup = piece.sense("rank"), piece.sense("super")
        number = _plain_number(reader, at + 1)
        if (rank or sup) and number is not None:
            draft.limit = number
            pieces[at + 1].used = True
        elif sup is not None and (number := _plain_number(reader, at - 1)) is not None:
            draft.limit = number
            pieces[at - 1].used = True
        if rank and not draft.supers:
            draft.supers.append(Superlative(at, "best" if rank.value == "top" else "worst", piece.text))
            piece.used = True
    _first_or_last(reader)
    if draft.limit is None and reader.any_sense("super"):
        for at in range(len(pieces) - 1):
            number = _plain_number(reader, at)
            if (
                number is not None
                and reader.is_dimension(at + 1)
                and pieces[at + 1].norm.endswith("s")
                and not _compared(reader, at)
            ):
                draft.limit = number
                pieces[at].used = True
                return


def _first_or_last(reader: Reader) -> None:
    """Read `the last deal won`, `first 3 deals`: the newest, the oldest."""
    for at, piece in enumerate(reader.pieces):
        if (
            piece.norm not in ("first", "last", "latest")
            or piece.span is not None
            or piece.used
            or piece.sense("super")
        ):
            continue
        number = _plain_number(reader, at + 1)
        noun = at + 1 + (number is not None)
        while noun < len(reader.pieces) and reader.pieces[noun].sense("status"):
            noun += 1
        if noun >= len(reader.pieces) or reader.noun_of(reader.pieces[noun]) != "deal":
            continue
        if number is not None:
            reader.draft.limit = number
            reader.pieces[at + 1].used = True
        reader.draft.supers.append(
            Superlative(at, "oldest" if piece.norm == "first" else "newest", piece.text, noun="deal")
        )
        piece.used = True


def _compared(reader: Reader, at: int) -> bool:
    return at > 0 and reader.pieces[at - 1].sense("cmp") is not None


def _plain_number(reader: Reader, at: int) -> int | None:
    if not 0 <= at < len(reader.pieces):
        return None
    piece = reader.pieces[at]
    if piece.span is not None or piece.used:
        return None
    number = piece.number
    if number is None:
        return SMALL_NUMBERS.get(piece.norm)
    if number.unit or number.percent or number.money or number.plus or number.value != number.value.to_integral_value():
        return None
    return int(number.value) if 1 <= number.value <= 10_000 else None


def find_groups(reader: Reader) -> None:
    """Read `by`, `per`, `for each` with what follows, and `monthly`, `quarterly`."""
    for at, piece in enumerate(reader.pieces):
        grain = piece.sense("grain")
        if grain is not None and piece.span is None and singular(piece.norm) not in _ALONE:
            reader.draft.groups.append(Group(at, grain=grain.value, text=piece.text))
            piece.used = True
        if piece.sense("passover"):
            _pass_over(reader, at)
        if piece.sense("by") is None or piece.used:
            continue
        target = reader.next(at)
        if target is not None:
            _grouped(reader, at, target)
    _compared_groups(reader)


def _compared_groups(reader: Reader) -> None:
    """`how do the teams compare on win rate`, `compare regions`: every one of a kind is meant, none is named."""
    compares = [piece for piece in reader.pieces if piece.sense("compare")]
    if (
        not compares
        or reader.draft.groups
        or any(piece.values for piece in reader.pieces)
        or not reader.any_sense("measure", "status")
    ):
        return
    if sum(piece.span is not None for piece in reader.pieces) > 1:
        return
    for at, piece in enumerate(reader.pieces):
        noun = reader.noun_of(piece)
        if not piece.norm.endswith("s") or noun == "deal" or not reader.is_dimension(at) or piece.sense("grain"):
            continue
        reader.draft.groups.append(_group_of(reader, piece, at))
        for used in (piece, *compares):
            used.used = True
        return


def _grouped(reader: Reader, at: int, target: int) -> None:
    target = _owned_detail(reader, target)
    piece, near = reader.pieces[at], reader.pieces[target]
    if (
        near.says("measure", "pipeline")
        and near.norm in ("pipeline", "sales pipeline")
        and reader.words.has("deal.pipeline")
    ):
        piece.used = near.used = True
        reader.draft.groups.append(Group(target, fields=("deal.pipeline",), text=near.text))
    elif piece.norm == "by" and (near.values or _is_doer(reader, at, target)):
        piece.used = True
    elif piece.norm == "by" and _is_order_key(reader, target):
        piece.used = True
        _order_key(reader, target)
    elif reader.is_dimension(target) and not _labels_next(reader, target):
        piece.used = True
        _chain(reader, target)


def _owned_detail(reader: Reader, at: int) -> int:
    """Step from a noun to the detail of it that follows: `by account sector`, `by the agent's region`."""
    noun, after = reader.noun_of(reader.pieces[at]), at + 1
    entity = {"account": "account", "user": "owner", "product": "product", "deal": "deal"}.get(noun or "")
    if entity is None or after >= len(reader.pieces) or reader.between(at, after):
        return at
    fields = reader.group_fields(reader.pieces[after])
    if not any(key.partition(".")[0] == entity for key in fields) or reader.pieces[after].sense("grain"):
        return at
    reader.pieces[at].used = True
    return after


def _pass_over(reader: Reader, at: int) -> None:
    """`across all regions` narrows nothing and groups by nothing."""
    reader.pieces[at].used = True
    target = reader.next(at)
    if target is None:
        return
    near = reader.pieces[target]
    if reader.noun_of(near) is None and not near.fields:
        return
    if reader.noun_of(near) == "deal":
        reader.draft.deal_nouns.append(target)
    near.used = True


def _is_doer(reader: Reader, at: int, target: int) -> bool:
    """Whether `won by agents managed by X` names who did it, rather than a grouping."""
    near = reader.pieces[target]
    before = reader.before(at)
    if before is None or reader.noun_of(near) != "user" or not near.norm.endswith("s"):
        return False
    onward = reader.next(target)
    return (
        reader.pieces[before].sense("status", "verb") is not None
        and onward is not None
        and reader.pieces[onward].span is None
    )


def _labels_next(reader: Reader, at: int) -> bool:
    """Whether a field's name only labels a value that follows (`by manager Dustin Brinkmann`)."""
    after = at + 1
    if after >= len(reader.pieces) or reader.between(at, after):
        return False
    keys = reader.field_keys(reader.pieces[at])
    return any(
        ref.field in keys or (ref.field == "owner.name" and "owner.manager" in keys)
        for ref in reader.pieces[after].values
    )


def _chain(reader: Reader, at: int) -> None:
    here: int | None = at
    while here is not None and reader.is_dimension(here):
        reader.draft.groups.append(_group_of(reader, reader.pieces[here], here))
        reader.pieces[here].used = True
        here = _chained(reader, here)


def _chained(reader: Reader, at: int) -> int | None:
    pieces = reader.pieces
    after = at + 1
    while after < len(pieces) and (pieces[after].noise or pieces[after].sense("by")):
        if pieces[after].noise and pieces[after].norm not in ("and", "then", "the", "each"):
            return None
        after += 1
    if (
        after >= len(pieces)
        or not reader.is_dimension(after)
        or _labels_next(reader, after)
        or pieces[after].sense("measure")
    ):
        return None
    if not any(word in ("and", ",", "by", "per", "&", "x", "then", "each", "/") for word in reader.between(at, after)):
        return None
    for here in range(at + 1, after):
        pieces[here].used = True
    return after


def _group_of(reader: Reader, piece: Piece, at: int) -> Group:
    from agents.structured.reading import NOUN_FIELDS

    grain, noun = piece.sense("grain"), reader.noun_of(piece)
    own = reader.group_fields(piece)
    custom = tuple(key for key in own if key not in FIELDS)
    if grain is not None and not custom:
        return Group(at, grain=grain.value, text=piece.text)
    if custom:
        return Group(at, fields=custom, text=piece.text)
    if noun in NOUN_FIELDS:
        return Group(at, fields=(NOUN_FIELDS[noun],), text=piece.text)
    return Group(at, fields=own, text=piece.text)


def _is_order_key(reader: Reader, at: int) -> bool:
    """Whether `by` tells what rows are ranked by: a measure, a count, a number."""
    piece = reader.pieces[at]
    if reader.noun_of(piece) == "deal" or piece.sense("measure", "agg", "count", "status", "verb", "super"):
        return True
    numeric = ("money", "number", "integer", "percent", "days")
    counted = [
        key
        for key in piece.fields
        if (FIELDS[key].type if key in FIELDS else reader.words.custom_types.get(key)) in numeric
    ]
    # "oldest account by year established" ranks, "accounts by year established" groups.
    return bool(counted) and (not reader.group_fields(piece) or _ranked_before(reader, at))


def _ranked_before(reader: Reader, at: int) -> bool:
    return any(piece.sense("super", "rank") for piece in reader.pieces[:at]) and not reader.any_sense("count")


def _order_key(reader: Reader, at: int) -> None:
    """`top 5 agents by number of won deals`: what rows are ranked by."""
    piece, draft = reader.pieces[at], reader.draft
    measure = piece.sense("measure")
    if measure is not None and not piece.sense("status"):
        draft.order_by.append((at, measure.value, ()))
    elif reader.noun_of(piece) == "deal":
        draft.count_at = at if draft.count_at is None else draft.count_at
        draft.order_by.append((at, "count", ()))
        draft.deal_nouns.append(at)
        piece.used = True
    elif piece.sense("count") and not _counts_field(reader, at):
        draft.order_by.append((at, "count", ()))
    elif piece.sense("status"):
        onward = reader.next(at)
        if onward is None or reader.noun_of(reader.pieces[onward]) == "deal" or piece.norm in ("wins", "losses"):
            draft.count_at = at if draft.count_at is None else draft.count_at
            draft.order_by.append((at, "count", ()))
    elif piece.fields:
        draft.order_by.append((at, "", piece.fields))
        piece.used = True


def _counts_field(reader: Reader, at: int) -> bool:
    after = reader.next(at)
    return after is not None and any(
        key in FIELDS and FIELDS[key].type == "integer" for key in reader.pieces[after].fields
    )


def find_focus(reader: Reader) -> None:
    """Find what is asked for: the noun or dimension after `which`, `how many`, `top 5`, `who`, or the first noun at all."""
    draft, pieces = reader.draft, reader.pieces
    if _asks_who(reader):
        return
    for at, piece in enumerate(pieces):
        if piece.used or piece.noise:
            continue
        noun = reader.noun_of(piece)
        if noun == "team" and reader.word_before(at) in ("my", "our"):
            continue
        if piece.sense(*_STOPS) and noun is None and not _asked_dimension(reader, at):
            return
        if piece.sense("count"):
            draft.count_at = at
            continue
        if (noun is not None or _asked_dimension(reader, at)) and not _labels_value(reader, at):
            _set_focus(reader, at)
            return


def _asks_who(reader: Reader) -> bool:
    """`Who won the most deals`: people are asked for, whatever else is named."""
    if not any(token.norm in ("who", "whos", "whose") for token in reader.tokens[:2]):
        return False
    if reader.any_sense("lookup", "manager"):
        return False
    if _asks_whose(reader):
        return True
    noun = next((at for at, piece in enumerate(reader.pieces) if not piece.noise and reader.noun_of(piece)), None)
    if (
        noun is not None
        and reader.noun_of(reader.pieces[noun]) in ("user", "account", "contact", "manager")
        and not _labels_value(reader, noun)
    ):
        before = [piece for piece in reader.pieces[:noun] if not piece.noise and not piece.sense("noise")]
        if all(piece.sense("super", "rank", "list") or piece.number for piece in before):
            return False
    reader.draft.focus = "user"
    return True


def _asks_whose(reader: Reader) -> bool:
    """`Whose next step is overdue`: the deals are asked for, which tell their owners; `whose deals …` ranks people."""
    if not any(token.norm == "whose" for token in reader.tokens[:2]) or reader.any_sense(
        "super", "rank", "count", "by"
    ):
        return False
    first = next((piece for piece in reader.pieces if not piece.noise), None)
    if first is None or not (first.sense("nextstep") or any(key.startswith("deal.") for key in first.fields)):
        return False
    reader.draft.focus = "deal"
    return True


def _asked_dimension(reader: Reader, at: int) -> bool:
    piece = reader.pieces[at]
    if not reader.is_dimension(at):
        return False
    if not any(not other.noise for other in reader.pieces[:at]):
        return True
    asked = {token.norm for token in reader.tokens[max(0, piece.first - 4) : piece.first]}
    ranked = any(other.sense("rank", "super") for other in reader.pieces[:at])
    listed = any(other.sense("list") for other in reader.pieces[max(0, at - 2) : at])
    return bool(_ASKS & asked) or ranked or reader.draft.count_at == at - 1 or listed


def _labels_value(reader: Reader, at: int) -> bool:
    """Whether a noun or field stands beside a value of its own (`the West team`, `product GTX Pro`)."""
    piece = reader.pieces[at]
    keys = reader.field_keys(piece)
    for other in (at - 1, at + 1):
        if not 0 <= other < len(reader.pieces) or not any(ref.field in keys for ref in reader.pieces[other].values):
            continue
        between = reader.between(min(at, other), max(at, other))
        if not [word for word in between if word not in ("=", ":", "is", "the", "of")]:
            plural = reader.noun_of(piece) in ("user", "product", "account") and piece.norm.endswith("s")
            return not (other < at and plural)
    return False


def _set_focus(reader: Reader, at: int) -> None:
    from agents.structured.reading import NOUN_FIELDS

    piece, draft = reader.pieces[at], reader.draft
    draft.focus_at = at
    last = piece.norm.split()[-1]
    draft.focus_plural = singular(last) != last or last in ("people", "salespeople", "staff", "salesmen", "saleswomen")
    grain, noun = piece.sense("grain"), reader.noun_of(piece)
    custom = tuple(key for key in piece.fields if key not in FIELDS)
    if grain is not None and noun is None and not custom:
        draft.focus, draft.focus_grain = "dimension", grain.value
    elif noun in _SUBJECTS and not custom:
        draft.focus = noun
        if noun == "deal":
            draft.deal_nouns.append(at)
        draft.nouns.append((at, noun))
    else:
        draft.focus = "dimension"
        draft.focus_fields = custom or ((NOUN_FIELDS[noun],) if noun in NOUN_FIELDS else reader.group_fields(piece))
    piece.used = True
