"""What each kind of word does when a question is read: statuses, measures, denials, verbs and the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.structured.catalog import FIELDS
from agents.structured.connectives import (
    read_between,
    read_both,
    read_drop,
    read_filler,
    read_grain,
    read_or,
    read_pronoun,
    read_team,
)
from agents.structured.denials import read_negation
from agents.structured.draft import Filter, Superlative
from agents.structured.look_ups import read_lookup, read_manager_of, read_times
from agents.structured.plan import Predicate
from agents.structured.sorting import read_direction, read_sort
from agents.structured.trouble import Trouble, ask_back

if TYPE_CHECKING:
    from agents.structured.reading import Reader

_ANCHORS = {"created": "created", "closing": "closing", "slipped": "slipped", "founded": "founded"}
_SELLING = ("sold", "sell", "sells", "selling", "bought", "buy", "purchased")
_BRINGING = ("generated", "brought in", "came in", "come in", "added", "add", "registered", "logged")


def _noun(reader: Reader, at: int) -> None:
    """A noun that is not what is asked for: deals of a clause, or the word that connects (`deals of accounts in Korea`)."""
    piece = reader.pieces[at]
    noun = reader.noun_of(piece)
    if noun == "deal":
        reader.draft.deal_nouns.append(at)
        reader.draft.nouns.append((at, noun))
        piece.used = True
    elif noun in ("account", "user", "product", "manager"):
        reader.draft.nouns.append((at, noun))
        piece.used = True
    elif noun in ("contact", "lead", "activity") and _may_be_after(reader, noun):
        # "average time to first touch of leads": whose records they are is said after the measure.
        reader.draft.focus = noun
        piece.used = True
    elif noun == "target" and reader.draft.focus == noun:
        piece.used = True


def _may_be_after(reader: Reader, noun: str) -> bool:
    """Whether records of this kind are asked for; money that was won is of deals, though leads are spoken of."""
    draft = reader.draft
    return draft.focus == noun or (draft.focus is None and not draft.statuses and not draft.how_much)


def _status(reader: Reader, at: int) -> None:
    sense = reader.pieces[at].sense("status")
    if sense is None:
        return
    reader.status(at, sense.value)
    after = reader.next(at)
    if sense.value == "closed" and after is not None and reader.pieces[after].sense("super"):
        # "closed the most deals": won them, or only ended them?
        reader.draft.special["active_close"] = at


def _measure(reader: Reader, at: int) -> None:
    piece = reader.pieces[at]
    sense = piece.sense("measure")
    if sense is None:
        return
    before = reader.before(at)
    counted = before is not None and reader.pieces[before].sense("count") is not None
    if sense.value == "revenue" and piece.norm in ("sales", "bookings") and counted and before is not None:
        # "number of sales" counts won deals.
        reader.draft.count_at = before
        reader.pieces[before].used = True
        reader.status(at, "won")
        reader.draft.deal_nouns.append(at)
        return
    if sense.value == "revenue":
        _refuse_two_revenues(reader, at)
    reader.draft.measures.append((at, sense.value))
    piece.used = True
    if (
        sense.value == "pipeline"
        and reader.word_before(at) in ("in", "the", "our", "my")
        and "in" in [token.norm for token in reader.tokens[max(0, piece.first - 2) : piece.first]]
    ):
        reader.draft.measures.pop()
        reader.status(at, "open")


def _refuse_two_revenues(reader: Reader, at: int) -> None:
    """Ask back where `revenue` can be what an account earns or what was won from it."""
    piece, draft = reader.pieces[at], reader.draft
    if piece.norm != "revenue" or not reader.words.has("account.annual_revenue"):
        return
    before, after = reader.before(at), reader.next(at)
    owns = before is not None and reader.pieces[before].possessive and _is_account(reader, before)
    if after is not None and reader.pieces[after].norm in ("of all", "for all", "from all"):
        onward = reader.next(after)
        of = onward is not None and reader.noun_of(reader.pieces[onward]) == "account"
    else:
        of = after is not None and reader.between(at, after)[:1] == ["of"] and _is_account(reader, after)
    won = any(
        other.says("status", "won") or other.says("verb", "won", "created") for other in reader.pieces
    ) or reader.any_sense("howmuch")
    if won or not (owns or of or draft.focus == "account"):
        return
    choices = tuple(
        (name, f"{draft.text[: piece.start]}{name}{draft.text[piece.end :]}")
        for name in ("annual revenue", "won revenue")
    )
    raise Trouble(ask_back("Revenue of the accounts themselves, or what we won from them?", choices))


def _is_account(reader: Reader, at: int) -> bool:
    piece = reader.pieces[at]
    return reader.noun_of(piece) == "account" or any(ref.field == "account.name" for ref in piece.values)


def _aggregate(reader: Reader, at: int) -> None:
    sense = reader.pieces[at].sense("agg")
    if sense is not None:
        reader.draft.aggregates.append((at, sense.value))
        reader.pieces[at].used = True


def _count(reader: Reader, at: int) -> None:
    after = reader.next(at)
    if (
        after is not None
        and reader.pieces[after].fields
        and FIELDS.get(reader.pieces[after].fields[0])
        and FIELDS[reader.pieces[after].fields[0]].type == "integer"
        and not reader.noun_of(reader.pieces[after])
    ):
        reader.draft.aggregates.append((at, "sum"))
        reader.draft.count_at = None
    elif after is not None and reader.pieces[after].says("measure", "cycle", "size", "win_rate", "loss_rate"):
        reader.draft.count_at = None
    else:
        reader.draft.count_at = at
    reader.pieces[at].used = True


def _flag(name: str) -> Callable[[Reader, int], None]:
    def note(reader: Reader, at: int) -> None:
        reader.pieces[at].used = True
        if name == "how_much":
            reader.draft.how_much = True
        elif name == "how_long":
            reader.draft.how_long = True
        elif name == "list":
            reader.draft.asks_list = True
        elif name == "share":
            reader.draft.share_at = at
        elif name == "compare" and _is_against(reader, at):
            return
        elif name == "compare":
            reader.draft.compare_at = at if reader.draft.compare_at is None else reader.draft.compare_at
        elif name == "change":
            reader.draft.change = True

    return note


def _is_against(reader: Reader, at: int) -> bool:
    """Whether `against Orbis` only names a competitor."""
    after = reader.next(at)
    return (
        reader.pieces[at].norm in ("against", "vs", "versus")
        and after is not None
        and any("competitor" in ref.field for ref in reader.pieces[after].values)
    )


def _super(reader: Reader, at: int) -> None:
    """A superlative and what it is about: `most revenue`, `highest win rate`, `largest deal`, `won the most`."""
    piece = reader.pieces[at]
    sense = piece.sense("super")
    if sense is None:
        return
    made = Superlative(at, sense.value, piece.text)
    after = at + 1
    while after < len(reader.pieces) and (
        reader.pieces[after].noise
        or reader.pieces[after].sense("agg", "status")
        or (reader.pieces[after].sense("count") and not reader.pieces[after].fields)
    ):
        if reader.pieces[after].sense("agg") and not reader.pieces[after].used:
            _aggregate(reader, after)
        if reader.pieces[after].sense("count") and not reader.pieces[after].used:
            _count(reader, after)
        after += 1
    if after < len(reader.pieces):
        near = reader.pieces[after]
        measure = near.sense("measure")
        noun = reader.noun_of(near)
        if measure is not None:
            made.measure = measure.value
            made.fields = near.fields
        elif near.fields and noun is None and not near.values:
            made.fields = near.fields
            near.used = True
        elif noun is not None:
            made.noun = noun
            made.plural = near.norm.endswith("s")
    reader.draft.supers.append(made)
    piece.used = True
    if "sell" in piece.norm or "sold" in piece.norm:
        reader.draft.sold = True
        reader.status(at, "won")


def _nextstep(reader: Reader, at: int) -> None:
    """`with a next step`, `next step overdue`, or a column that is asked for."""
    piece = reader.pieces[at]
    before = reader.word_before(at)
    step = "lead.next_action" if reader.of_leads() else "deal.next_step"
    overdue = next(
        (here for here, other in enumerate(reader.pieces) if other.says("verb", "overdue")),
        None,
    )
    if overdue is not None:
        reader.draft.special["next_step_overdue"] = at
        reader.pieces[overdue].used = True
    elif before in ("with", "have", "has", "a", "having") or {"with", "have", "has", "having"} & {
        token.norm for token in reader.tokens[max(0, piece.first - 3) : piece.first]
    }:
        reader.draft.filters.append(Filter(at, [(Predicate(field=step, op="known"), "with a next step")]))
    else:
        reader.draft.fields.append((at, (step,), piece.text))
    piece.used = True


def read_verb(reader: Reader, at: int) -> None:
    """Put a verb of sales to use: a status, an anchor for windows, or a rule such as silence."""
    piece = reader.pieces[at]
    sense = piece.sense("verb")
    if sense is None:
        return
    value = sense.value
    draft = reader.draft
    if (
        value == "created"
        and piece.norm in _BRINGING
        and (
            draft.how_much
            or reader.any_sense("howmuch")
            or any(other.says("measure", "revenue") for other in reader.pieces)
        )
    ) or (
        piece.norm == "sourced" and at and any(ref.field == "deal.lead_source" for ref in reader.pieces[at - 1].values)
    ):
        piece.used = True
    elif value == "won":
        reader.status(at, "won")
        draft.sold = draft.sold or piece.norm in _SELLING
    elif value == "close":
        _close(reader, at)
    elif value in ("created", "closing", "founded"):
        draft.anchors.append((at, _ANCHORS[value], False))
        draft.special.setdefault(f"verb_{value}", at)
        piece.used = True
    elif value in ("silent", "untouched", "inactive", "unanswered"):
        draft.special["silence"] = at
        draft.special[f"silence_{value}"] = at
        piece.used = True
    elif value == "slipped":
        draft.special["slipped"] = at
        draft.anchors.append((at, "slipped", False))
        piece.used = True
    elif value in ("overdue", "stuck", "managed") or value in ("owned", "located"):
        draft.special[value] = at
        piece.used = True


def _close(reader: Reader, at: int) -> None:
    """`close` alone: what was closed where it is said in the past, what is to close otherwise."""
    draft = reader.draft
    if draft.how_long or draft.has_measure("cycle"):
        draft.measures.append((at, "cycle"))
        reader.pieces[at].used = True
    elif reader.said_in_past(at):
        # Money that was closed is money that was won: lost deals brought none.
        money = reader.any_sense("howmuch") or any(piece.says("measure", "revenue") for piece in reader.pieces)
        reader.status(at, "won" if money else "closed")
        draft.special["active_close"] = at
    else:
        draft.anchors.append((at, "closing", False))
        draft.special.setdefault("verb_closing", at)
        reader.pieces[at].used = True


def _me(reader: Reader, at: int) -> None:
    after = at + 1
    if after < len(reader.pieces) and reader.noun_of(reader.pieces[after]) == "team":
        reader.draft.my_team = True
        reader.pieces[after].used = True
    else:
        reader.draft.mine = True
    reader.pieces[at].used = True


def _subsidiary(reader: Reader, at: int) -> None:
    reader.draft.special["subsidiary"] = at
    reader.pieces[at].used = True
    if reader.draft.focus is None:
        reader.draft.focus = "account"


def _unassigned(reader: Reader, at: int) -> None:
    reader.draft.filters.append(Filter(at, [(Predicate(field="owner.name", op="unknown"), "without an owner")]))
    reader.pieces[at].used = True


def _booked(reader: Reader, at: int) -> None:
    """`with a meeting booked`: deals that have one ahead."""
    before = {token.norm for token in reader.tokens[max(0, reader.pieces[at].first - 3) : reader.pieces[at].first]}
    if before & {"with", "have", "has", "having", "a", "an"}:
        known = Predicate(field="deal.next_meeting", op="known")
        reader.draft.filters.append(Filter(at, [(known, "with a meeting booked")]))
        reader.draft.anchors.append((at, "next_meeting", False))
        reader.pieces[at].used = True


HANDLERS: dict[str, Callable[[Reader, int], None]] = {
    "neg": read_negation,
    "nextstep": _nextstep,
    "unassigned": _unassigned,
    "subsidiary": _subsidiary,
    "super": _super,
    "share": _flag("share"),
    "count": _count,
    "howmuch": _flag("how_much"),
    "howlong": _flag("how_long"),
    "agg": _aggregate,
    "measure": _measure,
    "status": _status,
    "verb": read_verb,
    "lookup": read_lookup,
    "times": read_times,
    "manager": read_manager_of,
    "noun": _noun,
    "team": read_team,
    "compare": _flag("compare"),
    "change": _flag("change"),
    "sort": read_sort,
    "asc": read_direction(True),
    "desc": read_direction(False),
    "me": _me,
    "pronoun": read_pronoun,
    "both": read_both,
    "or": read_or,
    "filler": read_filler,
    "cmp": read_between,
    "grain": read_grain,
    "list": _flag("list"),
    "now": read_drop,
    "alltime": read_drop,
    "noise": read_drop,
    "else": read_drop,
    "meeting": _booked,
}
"""What to do with each kind of word, in the order in which a piece's readings are tried."""
