"""What the workflow asks for, as records that the reviews, the health of deals and the metrics work on."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agents.answer import Evidence

State = Literal["waiting", "done", "dropped", "paused"]
Verb = Literal["draft", "ask", "open", "do"]
"""How a next step is taken from the place: a draft is made, a question is put, a record is opened, or it is done elsewhere."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


TASK = "Task: "
"""Stands before the words of a person's own task in the label of what it asks for; left out where it is plain that a task is told of."""


class Due(_Frozen):
    """Something that a rule asks for on a deal: what started its clock, and until when it is to be done.

    `trigger` is the kind of trigger, `trigger_id` the activity, change or person that it was. `seen` are verbatim words of it, where it has any.
    `late` is how long it has been overdue; `took` how long it took where it is done.
    """

    id: str
    deal_id: str
    deal: str
    account_id: str | None
    account: str | None
    owner_id: str | None
    owner: str | None
    amount: Decimal | None
    currency: str
    stage: str | None
    rule: str
    trigger: str
    label: str
    why: str
    trigger_id: str
    triggered_at: datetime
    due_at: datetime
    state: State
    done_at: datetime | None = None
    overdue: bool = False
    late: timedelta | None = None
    took: timedelta | None = None
    verb: Verb = "open"
    value: str = ""
    evidence: Evidence | None = None


class NextStep(_Frozen):
    """The most useful next thing on an open deal. `rule` is the rule of workflow.toml that asks for it, else `next_step`, `meeting`, `exit` or `plan`.

    `value` is what `verb` needs: the words to ask for a draft with, a question, or the deal's id.
    """

    deal_id: str
    label: str
    rule: str
    due_at: datetime | None
    overdue: bool
    verb: Verb
    value: str
    why: str
    due_id: str | None = None


class Latency(_Frozen):
    """How long it took from a trigger to its action, for one rule in a window of triggers.

    `triggers` were counted, `done` of them were acted on, `in_time` within the rule's delay; `waiting` are still within it, `overdue` are not.
    `median_s` and `slow_s` (nine of ten were quicker) are seconds, None where nothing was done.
    """

    rule: str
    label: str
    delay: str
    triggers: int
    done: int
    in_time: int
    waiting: int
    overdue: int
    median_s: int | None
    slow_s: int | None


class Criterion(_Frozen):
    """One thing that the buyer does or says before a stage is left. `met` is None where nothing is recorded that could tell."""

    check: str
    label: str
    met: bool | None
    evidence: tuple[Evidence, ...] = ()


class StageAsk(_Frozen):
    """What a change of stage asks for: fields that are empty, and the criterion of the stage that was left where the buyer has not met it.

    It questions the change and blocks nothing. `question` is None where nothing speaks against it.
    """

    deal_id: str
    deal: str
    owner_id: str | None
    change_id: str | None
    left: str | None
    entered: str | None
    at: datetime | None
    missing: tuple[str, ...]
    exit: str | None
    criteria: tuple[Criterion, ...]
    question: str | None
    unmapped: tuple[str, ...] = ()


class Refreshed(_Frozen):
    """What looking again changed: actions newly asked for, done, and dropped because their deal ended or their reason went away."""

    opened: int
    done: int
    dropped: int


class Workflow(_Frozen):
    """The workflow of the deals in a scope as of a moment: what is overdue, what is due, and stages that the file does not name."""

    as_of: datetime
    overdue: tuple[Due, ...]
    due: tuple[Due, ...]
    next: tuple[NextStep, ...] = ()
    unmapped: tuple[tuple[str, int], ...] = ()

    def public(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return self.model_dump(mode="json")
