"""What each stage of outreach hands to the next: records of a few fields, kept as JSON with the signal.

Research and Qualification stand in `Signal.research` and `Signal.judgement` (under `qualification`); Outreach beside it (under `outreach`);
a FollowUp is made when a reply comes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Evidence
from agents.proposals.record import Mail
from sales.qualification import Decision, Rule


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Recipient(_Frozen):
    """Whom a mail would go to. `via` says how we know them: signal, contact, lead, enrichment or person (somebody of ours named them)."""

    name: str | None = None
    email: str | None = None
    title: str | None = None
    role: str | None = Field(None, description="Part in the buying committee: champion, economic buyer, …")
    contact_id: str | None = None
    lead_id: str | None = None
    via: str = "signal"


class Peer(_Frozen):
    """A customer that resembles the company, and what shows it: the won deal and what the two have in common."""

    account_id: str
    name: str
    likeness: Literal["industry", "size"]
    product: str | None = None
    evidence: tuple[Evidence, ...]


class Research(_Frozen):
    """Who could be written to about which signal, in what role, by what channel, with which probable problem, and how sure that is (0 to 1)."""

    who: Recipient | None
    signal_id: str
    kind: str
    company: str | None
    role: str | None = None
    channel: Literal["mail", "none"] = "none"
    problem: str | None = None
    confidence: float = Field(0.0, ge=0, le=1)
    known: tuple[str, ...] = Field((), description="What we know besides, a few words each: a past deal, a champion.")
    peer: Peer | None = None
    evidence: tuple[Evidence, ...] = ()


class Qualification(_Frozen):
    """What was decided, by which rule, resting on what. `decision` ask waits for a person; nurture comes back at `revisit_at`."""

    decision: Decision
    rule: Rule
    reason: str
    evidence_note: str
    buyer_role: str | None = None
    risk: str | None = None
    missing: tuple[str, ...] = ()
    revisit_at: datetime | None = None
    decided_by: str | None = Field(None, description="Id of the user who settled a question; None for a rule.")


class Outreach(_Frozen):
    """The message as drafted, which opener it uses, the signal behind it, when the next touch would be due, and what ends it."""

    message: Mail
    variant: str
    signal_used: str
    next_touch_on: date | None
    stop_condition: str
    by: Literal["templates", "model"] = "templates"


class FollowUp(_Frozen):
    """What a reply asks of us: its class, their objection or question, who does what next, and what happened to the sequence."""

    reply_status: str
    objection_or_question: str | None
    next_action: str
    owner_id: str | None
    rule: str
    movement: Literal["go_on", "skip", "pause", "stop"]
    until: datetime | None = None
