"""Touches in sequences, what came back, and whom we do not write to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class Sequence(Base):
    """The touches to one person for one reason. `state` is active, paused, stopped or finished; `reason` says why it is not active."""

    __tablename__ = "sequences"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("leads.id", ondelete="SET NULL"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    signal_id: Mapped[str | None] = mapped_column(ForeignKey("signals.id", ondelete="SET NULL"), index=True)
    recipient: Mapped[str] = mapped_column(String(320), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    reason: Mapped[str | None]
    most_touches: Mapped[int] = mapped_column(default=3)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Touch(Base):
    """One touch of a sequence. `state` is planned, proposed, sent, skipped or dropped; `reason` is what is new to write about.

    `marker` is the Message-ID that it went out with; `variant` names the opener that was used, so that replies can be counted by it.
    """

    __tablename__ = "touches"
    __table_args__ = (UniqueConstraint("sequence_id", "number"),)

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    sequence_id: Mapped[str] = mapped_column(ForeignKey("sequences.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    due_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    variant: Mapped[str | None] = mapped_column(String(40))
    signal_kind: Mapped[str | None] = mapped_column(String(32))
    marker: Mapped[str | None] = mapped_column(String(250), index=True)
    sent_at: Mapped[datetime | None]
    activity_id: Mapped[str | None] = mapped_column(ForeignKey("activities.id", ondelete="SET NULL"))


Index("ix_touches_state_due", Touch.state, Touch.due_at)


class Reply(Base):
    """What came back for a touch. `kind` is positive, question, objection, not_now, unclear, out_of_office, opt_out, hard_bounce, soft_bounce or complaint.

    `id` is the incoming mail's Message-ID (or a stand-in of its content). `detail` holds the bounce's reason, the date of return, the
    words of the opt-out. `choice` is what the person chose (stop, pause, continue); None while nobody has.
    """

    __tablename__ = "replies"

    id: Mapped[str] = mapped_column(String(250), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    touch_id: Mapped[str | None] = mapped_column(ForeignKey("touches.id", ondelete="SET NULL"), index=True)
    activity_id: Mapped[str | None] = mapped_column(ForeignKey("activities.id", ondelete="SET NULL"))
    sender: Mapped[str | None] = mapped_column(String(320))
    recipient: Mapped[str | None] = mapped_column(String(320))
    domain: Mapped[str | None] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    choice: Mapped[str | None] = mapped_column(String(12))
    chosen_by: Mapped[str | None]


class Suppression(Base):
    """Somebody, or a whole domain, who is not written to. `kind` is person or domain; `value` is the address or domain in lower case.

    `reason` is opt_out, bounce, complaint, do_not_contact, legal_hold, customer or by_hand. An opt-out never ends; `until` ends the others.
    `also` holds the lighter reasons besides, each with its own end as ISO text or None: they stand again when the heavier one is taken off.
    """

    __tablename__ = "suppressions"

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    value: Mapped[str] = mapped_column(String(320), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))
    note: Mapped[str | None]
    source: Mapped[str]
    by: Mapped[str | None]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    also: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SendingDomain(Base):
    """A domain that we send from: whether it is paused and why, who resumed it, and the checks of its gate as they were last read."""

    __tablename__ = "sending_domains"

    domain: Mapped[str] = mapped_column(primary_key=True)
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]
    pause_reason: Mapped[str | None]
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[str | None]
    resume_reason: Mapped[str | None]
    checks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_at: Mapped[datetime | None]


class Verification(Base):
    """What is known of a mail address: `status` is good, bad, risky or unknown; `method` says how it was learned (syntax, mx, provider, a reply)."""

    __tablename__ = "verifications"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    status: Mapped[str] = mapped_column(String(8))
    method: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str | None]
    at: Mapped[datetime]
