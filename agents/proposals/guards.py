"""What may stop a proposal: suppression, caps, the gate, the kill switch; asked when drafting, at the click and right before the effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy.orm import Session

from agents.proposals.record import Content
from infra.spine.proposals import Proposal

Moment = Literal["draft", "click", "effect"]


@dataclass(frozen=True)
class Block:
    """Why it may not go. `rule` names the guardrail, `sentence` tells a person; `hard` is what no waiting changes (an opt-out)."""

    rule: str
    sentence: str
    hard: bool = False


class Guards(Protocol):
    """The guardrails. They read the spine only: what has to be asked outside (DNS, a verifier) was asked before and stands there."""

    def check(self, session: Session, proposal: Proposal, content: Content, moment: Moment) -> tuple[Block, ...]:
        """Return what stands in the way, the hardest first; nothing where it may go. Runs inside the transaction that acts on it."""
        ...


class NoGuards:
    """Where no guardrail is configured at all: in tests of one part."""

    def check(self, session: Session, proposal: Proposal, content: Content, moment: Moment) -> tuple[Block, ...]:
        """Return that nothing stands in the way."""
        return ()
