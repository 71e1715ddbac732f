"""The one thing to do about a deal: what answers its weightiest reason that can be acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sales.health.reason import Finding

Verb = Literal["draft", "ask", "do"]


@dataclass(frozen=True)
class Act:
    """What to do: a label for the button, its verb, and the kind of reason that it answers."""

    label: str
    verb: Verb
    kind: str


_ACTS: dict[str, tuple[str, Verb]] = {
    "promise_broken_by_us": ("Give what we promised, today", "draft"),
    "champion_left": ("Find a second sponsor: ask for an introduction", "draft"),
    "refusal": ("Call them: hear why before it is final", "do"),
    "date_contradicted": ("Ask the buyer for the date, and set it in the CRM", "draft"),
    "legal_silent": ("Offer their legal a call on the open clauses", "draft"),
    "security_review": ("Send what their security asks for", "draft"),
    "competitor": ("Ask how they compare, and bring a reference", "draft"),
    "budget": ("Agree on who decides the money, and how", "draft"),
    "sceptic": ("Meet the person who is against it", "draft"),
    "on_hold": ("Ask what has to happen before it goes on", "draft"),
    "silence": ("Write with something new in it", "draft"),
    "meeting_cancelled": ("Offer a new date for the meeting", "draft"),
    "meeting_cadence": ("Offer a date for the next call", "draft"),
    "no_next_step": ("Agree on a next step with a date", "draft"),
    "next_step_overdue": ("Do the next step, or set a new day", "do"),
    "close_date_passed": ("Set a close date that the buyer has named", "do"),
    "close_date_slips": ("Ask the buyer for their own plan up to the signature", "draft"),
    "stage_age": ("Ask what keeps it in its stage", "draft"),
    "few_contacts": ("Ask for a second person to be brought in", "draft"),
    "no_senior_contact": ("Ask who will sign, and for a word with them", "draft"),
    "no_champion": ("Find who will argue for it inside", "do"),
    "promise_broken_by_buyer": ("Ask for what they promised", "draft"),
    "sentiment_falls": ("Ask what has changed since the last call", "draft"),
    "slow_replies": ("Ask whether it is still on their list", "draft"),
    "qualification_gap": ("Ask what is open before the next step", "ask"),
}
_FIRST = ("promise_broken_by_us",)
"""What is ours to put right comes before what we wish of the buyer, whatever weighs more."""


def next_act(findings: Sequence[Finding]) -> Act | None:
    """Return what to do about the findings, None where nothing speaks against the deal."""
    bad = [one for one in findings if one.tone == "bad" and one.kind in _ACTS]
    if not bad:
        return None
    chosen = next((one for kind in _FIRST for one in bad if one.kind == kind and one.weight >= 10), bad[0])
    label, verb = _ACTS[chosen.kind]
    return Act(label, verb, chosen.kind)
