"""Changing the words of a call's card by hand: the mail, the tasks, the values of rows; and writing them where the machine could not read the call.

Fields of an edit: `subject`, `body`, `to`; `<task>.title`, `<task>.due`; `<row>.new`; `task` and `task_due` add one; `next_step` and
`next_step_date` set those of the deal. What is emptied is taken off the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from agents.proposals.record import Change, Closing, ClosingTask, Mail
from infra.errors import Fatal
from sales.fields import FIELDS
from sales.ownership import KINDS

_MAIL = frozenset({"subject", "body", "to"})
_ADDED = frozenset({"task", "task_due", "next_step", "next_step_date"})
_LONGEST = 1_000
_BY_HAND = "written by hand"


def edited_closing(closing: Closing, edit: Mapping[str, Any]) -> Closing:
    """Return the card's content with `edit` applied. Raises Fatal (422) for a field that is not on it, and for a value that can't stand there."""
    told = {name: value if isinstance(value, str) else _bad(name) for name, value in edit.items()}
    if not told or (strange := sorted(set(told) - editable(closing))):
        what = f" There is no {strange[0][:30]} on this card." if told else ""
        raise Fatal(f"That can't be edited.{what}", "Look at the card again.", status=422)
    try:
        made = closing.model_copy(
            update={
                "mail": _mail(closing, told),
                "tasks": _tasks(closing, told),
                "changes": tuple(
                    change
                    for one in closing.changes
                    if (change := _changed(one, told.get(f"{one.id}.new"))) is not None
                ),
            }
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][-1])
        raise Fatal(f"The {field} can't be used.", "Mend it and try again.", status=422) from error
    for key in ("next_step", "next_step_date"):
        if told.get(key, "").strip():
            made = _with_step(made, key, told[key].strip())
    return made


def editable(closing: Closing) -> frozenset[str]:
    """Return the names of all fields that an edit of this card may hold."""
    names = {f"{one.id}.{part}" for one in closing.tasks for part in ("title", "due")}
    names |= {f"{one.id}.new" for one in closing.changes}
    names |= _MAIL if closing.mail is not None or closing.between is not None else set()
    return frozenset(names | (_ADDED if closing.deal_id else _ADDED - {"next_step", "next_step_date"}))


def checked_value(change: Change, value: str) -> str:
    """Return a value as its field holds it. Raises Fatal (422) for one that it can't hold."""
    text = " ".join(value.split())
    if len(text) > _LONGEST:
        raise Fatal(f"{change.label} is too long.", f"It takes {_LONGEST:,} characters.", status=422)
    type_ = next((one.type for one in FIELDS[KINDS[change.record]] if one.key == change.field), "text")
    try:
        if type_ == "date":
            return date.fromisoformat(text).isoformat()
        if type_ in ("money", "number", "percent", "integer"):
            number = Decimal(text.replace(",", ""))
            if not number.is_finite() or number < 0 or number >= Decimal(10) ** 12:
                raise InvalidOperation
            return f"{number.normalize():f}"
    except (ValueError, InvalidOperation) as error:
        what = "a day as YYYY-MM-DD" if type_ == "date" else "a plain number"
        raise Fatal(f"{change.label} takes {what}.", "Mend it and try again.", status=422) from error
    return text


def _bad(name: str) -> str:
    raise Fatal(f"The {name[:30]} can't be read.", "Give it as text.", status=422)


def _mail(closing: Closing, told: Mapping[str, str]) -> Mail | None:
    given = {name: told[name] for name in _MAIL if name in told}
    before = closing.mail
    if not given:
        return before
    subject = given.get("subject", before.subject if before else "")
    body = given.get("body", before.body if before else "")
    if not (subject.strip() or body.strip()):
        return None
    if not (subject.strip() and body.strip()):
        raise Fatal("A mail needs a subject and a text.", "Write both, or empty both to send none.", status=422)
    if before is not None:
        return Mail.model_validate({**before.model_dump(), **given})
    assert closing.between is not None
    return Mail.model_validate({**closing.between.model_dump(), **given, "variant": "closing"})


def _tasks(closing: Closing, told: Mapping[str, str]) -> tuple[ClosingTask, ...]:
    kept: list[ClosingTask] = []
    for one in closing.tasks:
        title = told.get(f"{one.id}.title", one.title).strip()
        if not title:
            continue
        due = _day(told[f"{one.id}.due"], "day") if f"{one.id}.due" in told else one.due
        update: dict[str, Any] = {"title": title, "due": due}
        if due != one.due:
            # The hour was agreed for the other day.
            update |= {"starts_at": None, "ends_at": None}
        kept.append(ClosingTask.model_validate({**one.model_dump(), **update}))
    if title := told.get("task", "").strip():
        used = {one.id for one in closing.tasks}
        number = next(n for n in range(1, 1_000) if f"t{n}" not in used)
        kept.append(ClosingTask(id=f"t{number}", title=title, due=_day(told.get("task_due", ""), "day")))
    if any(len(one.title) > _LONGEST for one in kept):
        raise Fatal("A task is too long.", f"It takes {_LONGEST:,} characters.", status=422)
    return tuple(kept)


def _day(text: str, what: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise Fatal(f"That {what} can't be read.", "Give it as YYYY-MM-DD.", status=422) from error


def _changed(change: Change, value: str | None) -> Change | None:
    if value is None or " ".join(value.split()) == change.new:
        return change
    if not value.strip():
        return None
    return change.model_copy(update={"new": checked_value(change, value), "why": _BY_HAND})


def _with_step(closing: Closing, key: str, value: str) -> Closing:
    """Return the card with a row for the deal's next step or its day, in the place of one that stands there."""
    present = next((one for one in closing.changes if one.record == "deal" and one.field == key), None)
    used = {one.id for one in closing.changes}
    label = next(one.label for one in FIELDS[KINDS["deal"]] if one.key == key)
    old = closing.deal_next_step if key == "next_step" else closing.deal_next_step_date
    row = present or Change(
        id=f"r{next(n for n in range(1, 1_000) if f'r{n}' not in used)}",
        record="deal",
        record_id=closing.deal_id,
        name=closing.deal_name,
        field=key,
        label=label,
        old=old,
        new=value,
    )
    row = row.model_copy(update={"new": checked_value(row, value), "why": _BY_HAND})
    others = [one for one in closing.changes if one is not present]
    return closing.model_copy(update={"changes": (*others, row)})
