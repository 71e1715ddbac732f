"""Questions that lean on the last answer of their thread: "and how much money was that altogether?"."""

from __future__ import annotations

import re

from pydantic import ValidationError

from agents.structured.plan import Measure, Plan

_LEANING = re.compile(
    r"^\W*(?:(?:and|so|ok|okay)\s+)*"
    r"(?P<asked>how\s+much|how\s+many|what(?:'s|\s+is|\s+was|\s+do|\s+did)?)\b"
    r"(?:\s+(?:money|of|the|in|total|totals?|value|amount|worth|sum|deals?|is|are|was|were|do|did|does))*"
    r"\s+(?:that|those|these|they|them)\b"
    r"(?:\s+(?:altogether|together|in|all|total|worth|add|up|to|come|came|overall|deals|ones|be|is|are|was|were|of))*\W*$",
    re.IGNORECASE,
)
_ADDED = re.compile(r"\b(?:totals?|sum|worth|value|amount|add\s+up|come\s+to|altogether)\b", re.IGNORECASE)


def leans(text: str) -> bool:
    """Tell whether the question asks for the number or the amount of what the last answer was about, and says nothing else."""
    found = _LEANING.match(text)
    return found is not None and (found["asked"].lower().startswith("how") or _ADDED.search(text) is not None)


def leaning_plan(previous: Plan, text: str) -> Plan | None:
    """Return the plan for the number or the amount of the records of `previous`; None where that plan has no such records."""
    found = _LEANING.match(text)
    if found is None or previous.subject != "deal" or previous.silence is not None or previous.branches:
        return None
    counted = re.sub(r"\s+", " ", found["asked"].lower()) == "how many"
    measure = Measure(aggregate="count") if counted else Measure(aggregate="sum", field="deal.amount")
    wanted = {
        "subject": previous.subject,
        "shape": "figure",
        "measures": [measure.model_dump(mode="json")],
        "where": previous.model_dump(mode="json")["where"],
        "defaults": list(previous.defaults),
    }
    if previous.limit is not None:
        return None
    try:
        return Plan.model_validate(wanted)
    except ValidationError:
        return None
