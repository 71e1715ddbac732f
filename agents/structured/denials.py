"""What a denial denies: values, a status, a window, a field that is empty, or deals that there are none of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.structured.catalog import FIELDS
from agents.structured.draft import Filter
from agents.structured.lexer import singular
from agents.structured.plan import Predicate

if TYPE_CHECKING:
    from agents.structured.reading import Reader

_DENIED_VERBS = ("won", "created", "closing", "close", "owned")


def read_negation(reader: Reader, at: int) -> None:
    """A denial and what it denies: values, a status, a window, a field that is empty, or deals that there are none of."""
    after = reader.next(at, past=("else",))
    if _deny_everything(reader, at, after):
        return
    if after is None:
        return
    if not (_deny_values(reader, after) or _deny_planned(reader, at, after) or _deny_clause(reader, at, after)):
        return
    reader.pieces[at].used = True
    for here in range(at + 1, after):
        if reader.pieces[here].sense("else"):
            reader.pieces[here].used = True


def _deny_values(reader: Reader, after: int) -> bool:
    """Deny a window, or values with or without the name of their field."""
    near = reader.pieces[after]
    labelled = _label_of_value(reader, after) if near.fields and not near.values else None
    if near.span is not None:
        reader.take_window(after, negated=True)
    elif near.values:
        reader.take_values(after, negated=True)
    elif labelled is not None and not near.sense("status", "verb", "nextstep"):
        near.used = True
        reader.take_values(labelled, negated=True)
    else:
        return False
    return True


def _deny_planned(reader: Reader, at: int, after: int) -> bool:
    """Deny a next step, a booked meeting, or any activity."""
    near, draft = reader.pieces[after], reader.draft
    if near.sense("nextstep") is not None:
        step = "lead.next_action" if reader.of_leads() else "deal.next_step"
        draft.filters.append(Filter(at, [(Predicate(field=step, op="unknown"), "without a next step")]))
        draft.special["no_next_step"] = at
    elif near.sense("meeting") is not None:
        draft.filters.append(
            Filter(at, [(Predicate(field="deal.next_meeting", op="unknown"), "without a meeting booked")])
        )
    elif reader.noun_of(near) == "activity" and draft.focus == "deal":
        draft.special["silence"] = draft.special["silence_inactive"] = at
    else:
        return False
    near.used = True
    return True


def _deny_clause(reader: Reader, at: int, after: int) -> bool:
    """Deny a status, a verb, deals, revenue, or that a field has a value."""
    near, draft = reader.pieces[after], reader.draft
    status, verb = near.sense("status"), near.sense("verb")
    if status is not None:
        _deny_status(reader, at, after, status.value)
    elif verb is not None and verb.value == "close" and draft.focus in ("deal", None):
        return _deny_close(reader, at, after)
    elif verb is not None and verb.value in _DENIED_VERBS:
        _deny_verb(reader, at, after, verb.value)
    elif reader.noun_of(near) == "deal":
        draft.none_at.append(at)
        draft.deal_nouns.append(after)
        near.used = True
    elif near.says("measure", "revenue", "pipeline"):
        draft.none_at.append(at)
        draft.deal_nouns.append(after)
        reader.status(after, "won" if near.says("measure", "revenue") else "open")
    elif near.fields and reader.pieces[at].norm != "zero":
        _deny_field(reader, at, after)
    else:
        return False
    return True


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
        onward = reader.next(after, past=("or",))
        while (
            onward is not None
            and reader.pieces[onward].sense("status")
            and {"and", "or", ","} & set(reader.between(after, onward))
        ):
            other = reader.pieces[onward].sense("status")
            reader.status(onward, other.value if other else value, negated=True)
            for piece in reader.pieces[after + 1 : onward]:
                piece.used = piece.used or piece.sense("or") is not None
            after, onward = onward, reader.next(onward, past=("or",))
        return
    reader.draft.none_at.append(at)
    reader.status(after, value)


def _deny_close(reader: Reader, at: int, after: int) -> bool:
    """`did not close as won`; `did not close` alone may mean open or lost, and stays to be asked about."""
    onward = reader.next(after)
    status = reader.pieces[onward].sense("status") if onward is not None else None
    if onward is None or status is None:
        return False
    reader.pieces[after].used = True
    _deny_status(reader, at, onward, status.value)
    return True


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
                reader.take_values(onward, negated=True)
            else:
                nobody = Predicate(field="owner.name", op="unknown")
                reader.draft.filters.append(Filter(at, [(nobody, "without an owner")]))
            reader.pieces[after].used = True
        return
    reader.draft.none_at.append(at)
    if value == "won":
        reader.status(after, "won")
    else:
        from agents.structured.handlers import read_verb

        read_verb(reader, after)


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
