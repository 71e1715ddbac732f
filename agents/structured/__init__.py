"""Questions of figures and lists, answered without any language model: text to a typed plan, the plan to SQL, SQL to an Answer."""

from agents.structured.plan import Plan
from agents.structured.service import Clarify, NotStructured, Planned, PlanOutcome, Structured

__all__ = ["Clarify", "NotStructured", "Plan", "PlanOutcome", "Planned", "Structured"]
