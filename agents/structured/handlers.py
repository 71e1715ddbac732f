"""What each kind of word does when a question is read: statuses, measures, denials, verbs and the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.structured.catalog import FIELDS
from agents.structured.draft import Filter, Superlative
from agents.structured.lexer import singular
from agents.structured.plan import Predicate

if TYPE_CHECKING:
    from agents.structured.reading import Reader

_ANCHORS = {"created": "created", "closing": "closing", "slipped": "slipped", "founded": "founded"}
_BRINGING = ("generated", "brought in", "came in", "come in", "added", "add", "registered", "logged")
_DATE_ANCHORS = {
    "deal.created": "created", "deal.close_date": "closing", "deal.closed": "closed", "deal.next_step_date": "next_step_date",
    "deal.stage_entered": "stage_entered", "deal.last_activity": "last_activity", "account.founded": "founded", "account.created": "account.created",
}  # fmt: skip


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
    elif noun in ("contact", "lead", "activity", "target") and reader.draft.focus == noun:
        piece.used = True


def _status(reader: Reader, at: int) -> None:
    sense = reader.pieces[at].sense("status")
    if sense is not None:
        reader.status(at, sense.value)


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
    reader.draft.measures.append((at, sense.value))
    piece.used = True
    if (
        sense.value == "pipeline"
        and reader.word_before(at) in ("in", "the", "our", "my")
        and "in" in [token.norm for token in reader.tokens[max(0, piece.first - 2) : piece.first]]
    ):
        reader.draft.measures.pop()
        reader.status(at, "open")


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
        elif name == "compare":
            reader.draft.compare_at = at if reader.draft.compare_at is None else reader.draft.compare_at
        elif name == "change":
            reader.draft.change = True

    return note


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


def _negation(reader: Reader, at: int) -> None:
    """A denial and what it denies: values, a status, a window, a field that is empty, or deals that there are none of."""
    after = reader.next(at, past=("else",))
    if _deny_everything(reader, at, after):
        return
    if after is None:
        return
    near = reader.pieces[after]
    draft = reader.draft
    if near.span is not None:
        reader.take_window(after, negated=True)
    elif near.values:
        reader.take_values(after, negated=True)
    elif near.sense("nextstep") is not None:
        draft.filters.append(Filter(at, [(Predicate(field="deal.next_step", op="unknown"), "without a next step")]))
        near.used = True
        draft.special["no_next_step"] = at
    elif reader.noun_of(near) == "activity" and draft.focus == "deal":
        draft.special["silence"] = draft.special["silence_inactive"] = at
        near.used = True
    elif near.sense("meeting") is not None:
        draft.filters.append(Filter(at, [(Predicate(field="deal.next_meeting", op="unknown"), "without a meeting booked")]))
        near.used = True
    elif (status := near.sense("status")) is not None:
        _deny_status(reader, at, after, status.value)
    elif (verb := near.sense("verb")) is not None and verb.value in ("won", "created", "closing", "close", "owned"):
        _deny_verb(reader, at, after, verb.value)
    elif reader.noun_of(near) == "deal":
        draft.none_at.append(at)
        draft.deal_nouns.append(after)
        near.used = True
    elif near.sense("measure") is not None and near.sense("measure").value in ("revenue", "pipeline"):  # type: ignore[union-attr]
        draft.none_at.append(at)
        near.used = True
        draft.deal_nouns.append(after)
        reader.status(after, "won" if near.sense("measure").value == "revenue" else "open")  # type: ignore[union-attr]
    elif near.fields and _label_of_value(reader, after) is not None:
        near.used = True
        reader.take_values(_label_of_value(reader, after) or after, negated=True)
    elif near.fields:
        _deny_field(reader, at, after)
    else:
        return
    reader.pieces[at].used = True
    for here in range(at + 1, after):
        if reader.pieces[here].sense("else"):
            reader.pieces[here].used = True


def _deny_everything(reader: Reader, at: int, after: int | None) -> bool:
    """`won nothing`, `without any deals`: there is none of the deals that the clause speaks of."""
    draft = reader.draft
    something = next(
        (
            here
            for here in range(at + 1, len(reader.pieces) if after is None else after)
            if reader.pieces[here].sense("else")
        ),
        None,
    )
    nothing = reader.pieces[at].norm == "nothing" and bool(draft.statuses)
    deals = something is not None and singular(reader.pieces[something].norm.split()[-1]) in ("deal", "opportunity")
    alone = deals and (after is None or reader.pieces[after].span is not None or not reader.between(at, after))
    if draft.focus in ("deal", None) or not (nothing or alone):
        return False
    draft.none_at.append(at)
    reader.pieces[at].used = True
    if something is not None:
        draft.deal_nouns.append(something)
        reader.pieces[something].used = True
    return True


def _label_of_value(reader: Reader, at: int) -> int | None:
    after = reader.next(at)
    if after is None:
        return None
    keys = set(reader.pieces[at].fields)
    return after if any(ref.field in keys for ref in reader.pieces[after].values) else None


def _deny_status(reader: Reader, at: int, after: int, value: str) -> None:
    """`not won`, `excluding lost`; with another thing asked for, `have not won anything` means that there is none."""
    if reader.draft.focus in ("deal", None, "lead"):
        reader.status(after, value, negated=True)
        onward = reader.next(after)
        while (
            onward is not None
            and reader.pieces[onward].sense("status")
            and {"and", "or", ","} & set(reader.between(after, onward))
        ):
            other = reader.pieces[onward].sense("status")
            reader.status(onward, other.value if other else value, negated=True)
            after, onward = onward, reader.next(onward)
        return
    reader.draft.none_at.append(at)
    reader.status(after, value)


def _deny_verb(reader: Reader, at: int, after: int, value: str) -> None:
    if reader.draft.focus in ("deal", None):
        if value == "won":
            reader.status(after, "won", negated=True)
        elif value in ("created", "closing"):
            reader.draft.anchors.append((after, value, True))
            reader.pieces[after].used = True
        elif value == "owned":
            # "not owned by Dana": what is denied are the values that follow.
            onward = reader.next(after)
            if onward is not None and reader.pieces[onward].values:
                reader.pieces[after].used = True
                reader.take_values(onward, negated=True)
        return
    reader.draft.none_at.append(at)
    if value == "won":
        reader.status(after, "won")
    else:
        _verb(reader, after)


def _deny_field(reader: Reader, at: int, after: int) -> None:
    near = reader.pieces[after]
    noun = reader.noun_of(near)
    from agents.structured.reading import NOUN_FIELDS

    keys = (NOUN_FIELDS[noun],) if noun in NOUN_FIELDS else near.fields
    readings = [
        (Predicate(field=key, op="unknown"), f"without {FIELDS[key].label.lower() if key in FIELDS else near.text}")
        for key in keys
    ]
    reader.draft.filters.append(Filter(at, list(readings)))
    near.used = True


def _nextstep(reader: Reader, at: int) -> None:
    """`with a next step`, `next step overdue`, or a column that is asked for."""
    piece = reader.pieces[at]
    before = reader.word_before(at)
    overdue = next(
        (
            here
            for here, other in enumerate(reader.pieces)
            if other.sense("verb") and other.sense("verb").value == "overdue"
        ),
        None,
    )  # type: ignore[union-attr]
    if overdue is not None:
        reader.draft.special["next_step_overdue"] = at
        reader.pieces[overdue].used = True
    elif before in ("with", "have", "has", "a", "having") or {"with", "have", "has", "having"} & {
        token.norm for token in reader.tokens[max(0, piece.first - 3) : piece.first]
    }:
        reader.draft.filters.append(Filter(at, [(Predicate(field="deal.next_step", op="known"), "with a next step")]))
    else:
        reader.draft.fields.append((at, ("deal.next_step",), piece.text))
    piece.used = True


def _verb(reader: Reader, at: int) -> None:
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
            or any(other.sense("measure") and other.sense("measure").value == "revenue" for other in reader.pieces)
        )
    ):  # type: ignore[union-attr]
        piece.used = True
    elif value == "won":
        reader.status(at, "won")
        draft.sold = draft.sold or piece.norm in ("sold", "sell", "selling", "bought", "buy", "purchased")
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
    elif value in ("overdue", "stuck", "managed"):
        draft.special[value] = at
        piece.used = True
    elif value in ("owned", "located"):
        piece.used = True


def _close(reader: Reader, at: int) -> None:
    """`close` alone: what was closed where it is said in the past, what is to close otherwise."""
    draft = reader.draft
    if draft.how_long or draft.has_measure("cycle"):
        draft.measures.append((at, "cycle"))
        reader.pieces[at].used = True
    elif reader.said_in_past(at):
        reader.status(at, "closed")
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


def _sort(reader: Reader, at: int) -> None:
    """`sorted by amount`, `sorted descending`."""
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


def _direction(ascending: bool) -> Callable[[Reader, int], None]:
    def note(reader: Reader, at: int) -> None:
        reader.draft.ascending = ascending
        reader.pieces[at].used = True

    return note


def _subsidiary(reader: Reader, at: int) -> None:
    reader.draft.special["subsidiary"] = at
    reader.pieces[at].used = True
    if reader.draft.focus is None:
        reader.draft.focus = "account"


def _unassigned(reader: Reader, at: int) -> None:
    reader.draft.filters.append(Filter(at, [(Predicate(field="owner.name", op="unknown"), "without an owner")]))
    reader.pieces[at].used = True


def _lookup(reader: Reader, at: int) -> None:
    sense = reader.pieces[at].sense("lookup")
    if sense is not None and reader.pieces[at].norm == "where" and reader.pieces[at].first > 0:
        # "accounts where we won nothing" only connects.
        reader.pieces[at].used = True
    elif sense is not None:
        reader.draft.lookup = sense.value
        reader.pieces[at].used = True


def _manager_of(reader: Reader, at: int) -> None:
    reader.draft.lookup = "manager"
    reader.pieces[at].used = True


def _drop(reader: Reader, at: int) -> None:
    reader.pieces[at].used = True


def _team(reader: Reader, at: int) -> None:
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


def _pronoun(reader: Reader, at: int) -> None:
    """`their` of a noun in the same question says nothing new; without one it points outside and stays behind."""
    piece = reader.pieces[at]
    if piece.norm == "it":
        _filler(reader, at)
    person = any(ref.field == "owner.name" for other in reader.pieces[:at] for ref in other.values)
    things = any(other.sense("noun") for other in reader.pieces[:at]) or reader.draft.focus_at >= 0
    personal = piece.norm in ("his", "her", "he", "she", "him", "hers")
    if (person if personal else things) and reader.draft.focus_at < at and (person or things):
        piece.used = True


def _booked(reader: Reader, at: int) -> None:
    """`with a meeting booked`: deals that have one ahead."""
    before = {token.norm for token in reader.tokens[max(0, reader.pieces[at].first - 3) : reader.pieces[at].first]}
    if before & {"with", "have", "has", "having", "a", "an"}:
        known = Predicate(field="deal.next_meeting", op="known")
        reader.draft.filters.append(Filter(at, [(known, "with a meeting booked")]))
        reader.pieces[at].used = True


def _both(reader: Reader, at: int) -> None:
    if reader.draft.focus in ("deal", None):
        reader.pieces[at].used = True


def _or(reader: Reader, at: int) -> None:
    """`or` between two statuses or two values that were read; anything else it joins stays unread."""
    before, after = reader.before(at), reader.next(at, past=("neg",))
    if before is None or after is None:
        return
    left, right = reader.pieces[before], reader.pieces[after]
    if right.sense("verb") is not None and right.sense("verb").value in ("owned", "located", "managed"):  # type: ignore[union-attr]
        onward = reader.next(after)
        right = reader.pieces[onward] if onward is not None else right
    statuses = left.sense("status", "verb") and right.sense("status", "verb")
    values = left.values or left.fields
    reader.pieces[at].used = bool(statuses or (values and right.values))


def _between(reader: Reader, at: int) -> None:
    """`the difference between A and B`: the word only opens the comparison."""
    if reader.pieces[at].norm == "between" and reader.any_sense("compare", "change"):
        reader.pieces[at].used = True


def _grain(reader: Reader, at: int) -> None:
    """`sales cycle in days`: the unit that cycles are told in anyway."""
    cycle = any(piece.sense("measure") and piece.sense("measure").value == "cycle" for piece in reader.pieces)  # type: ignore[union-attr]
    if reader.pieces[at].norm == "days" and (cycle or reader.any_sense("howlong")):
        reader.pieces[at].used = True


def _filler(reader: Reader, at: int) -> None:
    """`it`, `take` beside a question of how long something takes."""
    if reader.draft.how_long or any(
        piece.sense("howlong") or (piece.sense("measure") and piece.sense("measure").value == "cycle")
        for piece in reader.pieces
    ):  # type: ignore[union-attr]
        reader.pieces[at].used = True


HANDLERS: dict[str, Callable[[Reader, int], None]] = {
    "neg": _negation,
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
    "verb": _verb,
    "lookup": _lookup,
    "manager": _manager_of,
    "noun": _noun,
    "team": _team,
    "compare": _flag("compare"),
    "change": _flag("change"),
    "sort": _sort,
    "asc": _direction(True),
    "desc": _direction(False),
    "me": _me,
    "pronoun": _pronoun,
    "both": _both,
    "or": _or,
    "filler": _filler,
    "cmp": _between,
    "grain": _grain,
    "list": _flag("list"),
    "now": _drop,
    "alltime": _drop,
    "noise": _drop,
    "else": _drop,
    "meeting": _booked,
}
"""What to do with each kind of word, in the order in which a piece's readings are tried."""
