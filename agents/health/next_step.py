"""The one next action of a deal: the workflow's, where it has one, else what the reasons of its health call for. Shown alike wherever a deal is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from agents.health.record import Health, NextAction
from agents.workflow.record import NextStep


class NextSteps(Protocol):
    """What the workflow asks for next: `agents.workflow.service.Workflows`."""

    def next_actions(
        self, session: Session, deal_ids: Sequence[str] | None = None, *, as_of: datetime | None = None
    ) -> Mapping[str, NextStep]:
        """Return the next step of each of these open deals."""
        ...


def with_next_steps(
    steps: NextSteps, session: Session, found: Sequence[Health], as_of: datetime | None = None
) -> list[Health]:
    """Return how deals stand, each with its one next action."""
    told = next_actions_of(steps, session, [one.deal_id for one in found], as_of)
    return [one.model_copy(update={"next_action": told[one.deal_id]}) if one.deal_id in told else one for one in found]


def next_actions_of(
    steps: NextSteps, session: Session, deal_ids: Sequence[str], as_of: datetime | None = None
) -> dict[str, NextAction]:
    """Return the one next action of each of these open deals, by its id."""
    told = steps.next_actions(session, deal_ids, as_of=as_of) if deal_ids else {}
    return {deal_id: _next_action(step) for deal_id, step in told.items()}


def _next_action(step: NextStep) -> NextAction:
    label = f"{step.label} (late)" if step.overdue else step.label
    if step.verb == "draft":
        return NextAction(label=label, verb="draft", value=step.deal_id, why=step.rule)
    # Where no console runs, a record has no address to be opened at.
    verb = "do" if step.verb == "open" and step.value == step.deal_id else step.verb
    return NextAction(label=label, verb=verb, value=step.value, why=step.rule)
