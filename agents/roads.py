"""The roads to an answer that the pipeline can take: Protocols, so that each road is written and tested by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.answer import Answer
from agents.mentions import Mentions
from agents.question import Progress, Question
from agents.thread import Context


class PlanOutcome(Protocol):
    """What the structured road makes of a question: a plan, a question back, or neither; and how sure it is, 0 to 1."""

    @property
    def confidence(self) -> float:
        """How sure the road is that this question is its own."""
        ...


class StructuredRoad(Protocol):
    """Questions of figures, answered by SQL."""

    def plan(self, question: Question, mentions: Mentions, context: Context) -> PlanOutcome:
        """Tell whether the question is one of figures, and the plan for it."""
        ...

    def answer(self, plan: Any, question: Question) -> Answer:
        """Answer a plan completely."""
        ...


@dataclass(frozen=True)
class Tool:
    """One thing that a model may look up: the same as the road without a model uses. `run` takes the model's arguments and returns text for it."""

    name: str
    description: str
    schema: dict[str, Any]
    run: Callable[..., str]


class ModelRoad(Protocol):
    """Questions answered with a language model. Its answer passes the same claim check."""

    def answer(
        self, question: Question, mentions: Mentions, context: Context, tools: Sequence[Tool], progress: Progress
    ) -> Answer | None:
        """Return the model's answer, or None where it can't answer in its bounds of calls, time and tokens. Raises Retriable or Fatal when the provider fails."""
        ...
