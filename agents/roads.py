"""The roads to an answer: the structured one, the narrative one, and a model's; and which of them a question takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agents.answer import Answer
from agents.mentions import Mentions
from agents.narrative.intents import Wanted
from agents.question import Progress, Question
from agents.structured import Clarify, Plan, Planned, PlanOutcome
from agents.thread import Context

Road = Literal["figures", "figures_if_nothing_else", "words"]

_SURE_OF_WORDS = 0.7
_UNSURE_OF_FIGURES = 0.5
_RECORDS = re.compile(
    r"\b(?:deals?|leads?|opportunit\w+|pipeline|accounts?|quotas?|targets?|win rate|bookings|closing)\b", re.I
)

_DEALINGS = re.compile(_RECORDS.pattern + r"|\b(?:bought|buy|sold|sell|spent|spend|revenue|sales|owns?|stage)\b", re.I)
"""Words of what stands in a CRM, said of somebody: "how much has Acme bought from us"."""


class StructuredRoad(Protocol):
    """Questions of figures, answered by SQL: `agents.structured.Structured`."""

    def plan(self, question: Question, mentions: Mentions | None = None, context: Any = None) -> PlanOutcome:
        """Tell whether the question is one of figures, and the plan for it."""
        ...

    def answer(self, plan: Plan, question: Question) -> Answer:
        """Answer a plan completely."""
        ...


@dataclass(frozen=True)
class Tool:
    """One thing that a model may look up: the same as the road without a model uses. `run` takes the model's arguments and returns text for it."""

    name: str
    description: str
    schema: dict[str, Any]
    run: Callable[..., str]


@dataclass(frozen=True)
class Modelled:
    """A model's answer, with what its thread and its footer need: the plan whose figures it shows, and the accounts that its claims are about."""

    answer: Answer
    plan: Plan | None = None
    accounts: tuple[str, ...] = ()


class ModelRoad(Protocol):
    """Questions answered with a language model. Its answer passes the same claim check."""

    def answer(
        self, question: Question, mentions: Mentions, context: Context, tools: Sequence[Tool], progress: Progress
    ) -> Modelled | None:
        """Return the model's answer, or None where it can't answer in its bounds of calls, time and tokens. Raises Retriable or Fatal when the provider fails."""
        ...


def road_of(outcome: PlanOutcome, wanted: Wanted, mentions: Mentions) -> Road:
    """Choose the road. A plan goes first unless the question is clearly after words about somebody it names; a question back only where nothing else answers."""
    about_somebody = any(mentions.of(kind) for kind in ("account", "contact", "deal"))
    if isinstance(outcome, Planned):
        after_words = wanted.sure >= 0.85 and about_somebody and outcome.confidence < _UNSURE_OF_FIGURES
        return "words" if after_words else "figures"
    if isinstance(outcome, Clarify):
        if about_somebody:
            counted = outcome.answer.kind == "clarify" and _DEALINGS.search(wanted.text) is not None
            return "figures_if_nothing_else" if counted and wanted.sure < _SURE_OF_WORDS else "words"
        if _of_many_records(wanted, mentions):
            return "figures"
        if wanted.sure >= _SURE_OF_WORDS:
            return "words"
        # An unknown name may be one that is only spoken of, such as a place or a competitor.
        stranger = outcome.answer.kind == "not_found"
        return "figures" if outcome.confidence >= _UNSURE_OF_FIGURES and not stranger else "figures_if_nothing_else"
    return "words"


def _of_many_records(wanted: Wanted, mentions: Mentions) -> bool:
    """Whether a question that names nobody is about records at large ("leads that nobody touched"), not about words."""
    if mentions.unknown_names or wanted.intent == "topic":
        return False
    return _RECORDS.search(wanted.text) is not None or (wanted.intent != "open" and bool(wanted.rest))
