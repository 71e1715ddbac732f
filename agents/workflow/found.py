"""A trigger as it was found, with what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.intake.identity import stable_id
from sales.workflow.rules import Rule


@dataclass(frozen=True)
class Started:
    """Something that started a clock on an open deal: `seen_id` is the activity that shows it, `quote` its words; `done_at` is None while nothing came of it.

    `at` is when the clock starts. `detail` holds what else is told of it, as JSON values.
    """

    trigger: str
    deal_id: str
    owner_id: str | None
    stage: str | None
    trigger_id: str
    at: datetime
    seen_id: str | None = None
    quote: str | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    days: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a rule asks for because of a trigger."""

    rule: Rule
    started: Started

    @property
    def id(self) -> str:
        """The same trigger, rule and deal are the same action."""
        return stable_id("due", self.started.deal_id, self.rule.key, self.started.trigger_id)
