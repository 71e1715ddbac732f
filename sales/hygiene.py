"""What makes records of a CRM unfit to be relied on: the rules of the pass before roll-out, with their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Rule = Literal["stale_close_date", "zombie", "no_next_step", "blank_fields", "stage_outside", "quiet_contact"]

ZOMBIE_DAYS = 60
"""An open deal about which nobody spoke for so many calendar days, with nothing booked: ours, two monthly forecasts without a word."""
QUIET_CONTACT_DAYS = 180
"""A contact who was part of nothing for so many calendar days: the issue's own figure, half a year."""
BATCH = 10
"""Proposals at a time: as many as a person clears in a few minutes; the next ten come when these are decided."""
FIELDS = {
    "owner": "owner",
    "amount": "amount",
    "close_date": "close date",
    "stage": "stage",
    "next_step": "next step",
    "next_step_date": "date of the next step",
    "product": "product",
    "type": "type",
    "lead_source": "lead source",
    "forecast_category": "forecast category",
    "probability": "probability",
    "competitor": "competitor",
    "contact": "primary contact",
}
"""Fields of a deal that a team may require, with what people call them."""
REQUIRED = ("owner", "amount", "close_date", "stage")
"""Fields that every open deal has to have before a forecast means anything, unless the team says otherwise."""


@dataclass(frozen=True)
class Wording:
    """How a rule is called, what it means in one sentence, and what is to be done about a record."""

    label: str
    meaning: str


WORDINGS: dict[Rule, Wording] = {
    "stale_close_date": Wording("Close date has passed", "Open deals whose close date is before today."),
    "zombie": Wording(
        "Zombie deals", "Open deals about which neither side said a word for {zombie_days} days, with nothing booked."
    ),
    "no_next_step": Wording("No next step with a date", "Open deals without a next step, or without its date."),
    "blank_fields": Wording("Required fields are blank", "Open deals in which one of {required} is blank."),
    "stage_outside": Wording("Stage outside the definition", "Deals in a stage that the pipeline does not have."),
    "quiet_contact": Wording("Quiet contacts", "Contacts who were part of nothing for {quiet_days} days."),
}
"""Every rule, the most urgent first."""


def todo(rule: Rule, name: str, *, value: str | None = None, blank: Sequence[str] = ()) -> str:
    """Return the task that puts a record right, in one line. `value` is what stands there now; `blank` are the labels of what doesn't."""
    if rule == "stale_close_date":
        return f"{name}: the close date {value} has passed; set the real one, or close the deal"
    if rule == "zombie":
        last = f"since {value}" if value else "as far as is known"
        return f"{name}: not a word {last}; take it up again, or close it"
    if rule == "no_next_step":
        return f"{name}: agree on a next step with the buyer, and write it down with its date"
    if rule == "blank_fields":
        return f"{name}: fill in {_listed(blank)}"
    if rule == "stage_outside":
        return f"{name}: the stage “{value}” is none of the pipeline's; choose one that is"
    return f"{name}: see whether they are still there; archive the contact if not"


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
