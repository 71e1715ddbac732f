"""Proposals with their versions, decisions, effects and copies; and who decides while somebody is away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class Proposal(Base):
    """One exact effect that a person decides on. The content of its present version is `ProposalVersion`.

    `state` is draft, pending, snoozed, approved, executing, done, rejected, expired or unknown (`sales.proposal`). `kind` is outreach,
    follow_up, reply, crm_update, task, call or reactivation. `key` makes the same occasion the same proposal. `due_at` is when a snoozed one
    comes back, or when the effect of an approved one goes. `call_id` is the call that a card closes. `held` says why an approved effect could not go (a red gate, a paused domain).
    `revision` counts what changes it by itself, in whatever statement, so that a copy that shows an earlier one is found.
    """

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(default=1)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[str | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    signal_id: Mapped[str | None] = mapped_column(ForeignKey("signals.id", ondelete="SET NULL"), index=True)
    touch_id: Mapped[str | None] = mapped_column(String(60), index=True)
    call_id: Mapped[str | None] = mapped_column(String(200), index=True)
    headline: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    held: Mapped[str | None]
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1, server_default="1", onupdate=text("revision + 1"))


Index("ix_proposals_state_due", Proposal.state, Proposal.due_at)
Index("ix_proposals_state_expires", Proposal.state, Proposal.expires_at)
Index("ix_proposals_owner_state", Proposal.owner_id, Proposal.state)


class ProposalVersion(Base):
    """What stood on the card: the exact effect, its evidence and risks. `hash` covers all three; a decision binds to it."""

    __tablename__ = "proposal_versions"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    effect: Mapped[dict[str, Any]]
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    risks: Mapped[list[str]] = mapped_column(default=list)
    why: Mapped[list[str]] = mapped_column(default=list)
    by: Mapped[str | None]
    at: Mapped[datetime]


class Decision(Base):
    """A decision that took effect: who did what to which version, from where. `detail` holds what was ticked, of a card whose lines are ticked one by one."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    action: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    surface: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(index=True)


class Effect(Base):
    """One effect, done at most once. `key` is unique to what is done; `state` is planned, sending, done, failed, unknown or withdrawn.

    `sending` is written before the outside is touched: whoever finds it after a crash looks the `marker` (a mail's Message-ID) up before
    anything else. `carrier` names the sender that was asked, `receipt` what it answered.
    """

    __tablename__ = "effects"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    marker: Mapped[str | None] = mapped_column(String(250), index=True)
    carrier: Mapped[str | None] = mapped_column(String(24))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    receipt: Mapped[dict[str, Any]] = mapped_column(default=dict)


Index("ix_effects_state_due", Effect.state, Effect.due_at)


class Copy(Base):
    """Where a card of a proposal stands, so that every copy shows the outcome.

    `shown` is `<version>:<state>` as it was last drawn, `revision` the proposal's own then; None where that is not known.
    """

    __tablename__ = "copies"

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True)
    surface: Mapped[str] = mapped_column(String(16), primary_key=True)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ref: Mapped[dict[str, Any]] = mapped_column(default=dict)
    shown: Mapped[str | None]
    revision: Mapped[int | None]
    at: Mapped[datetime]


class Removal(Base):
    """A message of ours that tells of somebody who was forgotten: its words are taken out of it, then this row goes too. `ref` is as a copy's."""

    __tablename__ = "removals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    surface: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(200))
    ref: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Absence(Base):
    """While a user is away their cards go to the delegate."""

    __tablename__ = "absences"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    begins_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime | None]
    delegate_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
