"""Follow-ups in a thread: the last plan changed by a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.mentions import Mentions
from agents.question import Question
from agents.structured.plan import Plan

if TYPE_CHECKING:
    from agents.structured.service import PlanOutcome, Structured


def refined(road: Structured, previous: Plan, question: Question, mentions: Mentions) -> PlanOutcome | None:
    """Return the previous plan with what a fragment adds or replaces; None where the question stands by itself."""
    return None
