"""Why something is asked for, in fixed words filled with facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sales.mail.turns import Purpose
from sales.workflow.rules import FIELDS

_WHY = {
    "interest": "They showed interest on {day}",
    "question": "They asked on {day}",
    "asks_for": "They asked for it on {day}",
    "call_held": "The talk of {day} has no recap yet",
    "meeting_cancelled": "The meeting of {day} was cancelled",
    "new_stakeholder": "{who} took part for the first time on {day}",
    "silence": "No word from either side since {day}",
    "promise_due": "Promised for {day}",
    "task": "The task was set for {day}",
    "next_step_due": "The next step was set for {day}",
    "stage_changed": "{stage} was entered on {day} without {missing}",
}
_TOPICS = {
    "interest": "a call",
    "question": "their question",
    "asks_for": "what they asked for",
    "call_held": "the recap of our talk",
    "meeting_cancelled": "a new date for our meeting",
    "new_stakeholder": "an introduction",
    "silence": "where it stands",
    "promise_due": "what we promised",
}
PURPOSE_OF: dict[str, Purpose] = {
    "question": "answer",
    "asks_for": "answer",
    "promise_due": "deliver",
    "new_stakeholder": "introduce",
    "meeting_cancelled": "reschedule",
    "call_held": "recap",
}
"""What the mail of a trigger is for, where it does not ask them for something."""
DRAFTED = frozenset(_TOPICS)
"""Triggers whose action is a mail that can be drafted."""


def why(trigger: str, day: str, detail: Mapping[str, Any], *, who: str | None, stage: str | None) -> str:
    """Return why a rule asks for something. `day` is the trigger's day as it is shown, `who` the person whom it is about."""
    if trigger == "promise_due" and detail.get("task"):
        trigger = "task"
    missing = [FIELDS.get(one, one) for one in detail.get("missing", ())]
    return _WHY[trigger].format(
        day=day,
        who=who or "Somebody new",
        stage=stage or "The stage",
        missing=in_a_row(missing),
    )


def topic(trigger: str, subject: str | None, *, named: bool = True) -> str:
    """Return what a mail for the action is about: the subject of what started it, where it has one, else what the trigger is called, "" where not `named`."""
    told = (subject or "").strip()
    while told[:3].casefold() in ("re:", "fw:") or told[:4].casefold() == "fwd:":
        told = told.partition(":")[2].strip()
    if told and trigger in ("interest", "question", "asks_for", "silence"):
        return told
    return _TOPICS[trigger] if named else ""


def in_a_row(words: list[str]) -> str:
    """Return words as they are counted up: "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def spoken_day(day: date, today: date) -> str:
    """Return a day as it is said, with its year where that is not this one."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {day:%b}{year}"
