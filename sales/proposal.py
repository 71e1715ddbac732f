"""The states of a proposal and what may be done in each: the whole lifecycle as a table of pure rules."""

from __future__ import annotations

from typing import Literal

State = Literal["draft", "pending", "snoozed", "approved", "executing", "done", "rejected", "expired", "unknown"]
Action = Literal["approve", "edit", "snooze", "reject", "undo", "sent", "resend"]
"""What a person does. `undo` takes an approval back before its effect; `sent` and `resend` settle an unknown outcome."""

WAITING: frozenset[State] = frozenset({"draft", "pending", "snoozed"})
"""States in which a person may still decide."""

CLOSED: frozenset[State] = frozenset({"done", "rejected", "expired"})
"""States that nothing leaves."""

_AFTER: dict[tuple[State, Action], State] = {
    ("draft", "approve"): "approved",
    ("draft", "edit"): "pending",
    ("draft", "snooze"): "snoozed",
    ("draft", "reject"): "rejected",
    ("pending", "approve"): "approved",
    ("pending", "edit"): "pending",
    ("pending", "snooze"): "snoozed",
    ("pending", "reject"): "rejected",
    ("snoozed", "approve"): "approved",
    ("snoozed", "edit"): "pending",
    ("snoozed", "snooze"): "snoozed",
    ("snoozed", "reject"): "rejected",
    ("approved", "undo"): "pending",
    ("unknown", "sent"): "done",
    ("unknown", "resend"): "approved",
    ("unknown", "reject"): "rejected",
}


def after(state: State, action: Action) -> State | None:
    """Return the state that `action` leads to from `state`, or None where it can't be done."""
    return _AFTER.get((state, action))


def possible(state: State) -> tuple[Action, ...]:
    """Return what a person may do in `state`, in the order that buttons stand."""
    return tuple(action for (at, action) in _AFTER if at == state)
