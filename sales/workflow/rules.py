"""What a workflow is: stages that end with something the buyer does, and rules of trigger, action and longest delay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from sales.names import fold
from sales.workflow.delay import Delay

FILE = "workflow.toml"

Trigger = Literal[
    "interest",
    "question",
    "asks_for",
    "call_held",
    "meeting_cancelled",
    "new_stakeholder",
    "silence",
    "promise_due",
    "next_step_due",
    "stage_changed",
]
"""What starts the clock of an action."""
TRIGGERS: tuple[str, ...] = get_args(Trigger)

FIELDS = {
    "amount": "amount",
    "close_date": "close date",
    "next_step": "next step",
    "next_step_date": "date of the next step",
    "competitor": "competitor",
    "product": "product",
    "contact": "contact",
}
"""Fields that a stage may need, with how they are called."""

DOINGS = {
    "buyer_spoke": "the buyer wrote, called or met us",
    "meeting_held": "a call or meeting was held",
    "two_contacts": "two of their people took part",
    "buyer_answered": "the buyer spoke after the stage was entered",
}
"""What of a criterion is known by what the buyer does; the rest by what they say (`sales.qualifying.extract.TABLES`)."""


@dataclass(frozen=True)
class StageRule:
    """A stage: the team's own names for it, what the buyer has done when it is over, how that is known, and which fields it needs."""

    key: str
    label: str
    names: tuple[str, ...]
    exit: str
    met_by: tuple[str, ...]
    needs: tuple[str, ...]
    ask: str


@dataclass(frozen=True)
class Rule:
    """Trigger, action and longest delay. `stages` are keys, empty for all; `words` and `after_days` belong to the triggers that need them."""

    key: str
    trigger: Trigger
    action: str
    within: Delay
    stages: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    after_days: int = 0


@dataclass(frozen=True)
class Rules:
    """A whole workflow. What happened more than `look_back_days` before it is first seen asks for nothing."""

    stages: tuple[StageRule, ...]
    rules: tuple[Rule, ...]
    look_back_days: int

    def stage_of(self, name: str | None) -> StageRule | None:
        """Return the stage that the team's word for it stands for; None where the file does not name it."""
        return self._named.get(stage_key(name)) if name else None

    def stage(self, key: str) -> StageRule | None:
        """Return the stage of a key."""
        return next((one for one in self.stages if one.key == key), None)

    def rule(self, key: str) -> Rule | None:
        """Return the rule of a key."""
        return next((one for one in self.rules if one.key == key), None)

    def holds(self, rule: Rule, stage: str | None) -> bool:
        """Return whether a rule holds for a deal in the stage of this name. A rule for some stages says nothing of a stage that is not mapped."""
        if not rule.stages:
            return True
        found = self.stage_of(stage)
        return found is not None and found.key in rule.stages

    def place(self, name: str | None) -> int | None:
        """Return where a stage stands among the stages, from 0; None for one that is not mapped."""
        found = self.stage_of(name)
        return self.stages.index(found) if found is not None else None

    @cached_property
    def _named(self) -> dict[str, StageRule]:
        return {stage_key(name): stage for stage in self.stages for name in (stage.key, stage.label, *stage.names)}


def stage_key(name: str) -> str:
    """Return what two spellings of a stage's name have in common: no capitals, no punctuation, no number or percentage beside it."""
    words = re.findall(r"[^\W_]+", re.sub(r"\d+\s*%", " ", fold(name)))
    if len(words) > 1 and words[0] in ("stage", "phase", "step"):
        words = words[1:]
    told = [word for word in words if not word.isdigit()] or words
    return " ".join(told)
