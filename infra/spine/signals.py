"""Signals: what happened at a company that may be a reason to write, where it was seen, and what providers told besides."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class Signal(Base):
    """Something that happened at a company and may be a reason to write. One row an event, however many sources told of it.

    `key` is what makes two tellings the same event (`sales.signals.event_key`). `state` is new, judged, drafted, handed_over (an open deal's
    owner was told), nurtured, skipped, review (a person is asked) or expired. `late_at` and `expires_at` follow from kind and working hours.
    `strength`, `fit` and `rank` are between 0 and 1. `research` and `judgement` are the records of `agents.outreach` as JSON.
    """

    __tablename__ = "signals"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    state: Mapped[str] = mapped_column(String(12), default="new")
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    lead_id: Mapped[str | None] = mapped_column(ForeignKey("leads.id", ondelete="SET NULL"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    company: Mapped[str | None]
    domain: Mapped[str | None] = mapped_column(index=True)
    person: Mapped[str | None]
    person_email: Mapped[str | None] = mapped_column(String(320))
    title: Mapped[str | None]
    text: Mapped[str | None]
    url: Mapped[str | None]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    late_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    strength: Mapped[float] = mapped_column(default=0.0)
    fit: Mapped[float | None]
    rank: Mapped[float] = mapped_column(default=0.0)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    research: Mapped[dict[str, Any]] = mapped_column(default=dict)
    judgement: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revisit_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)


Index("ix_signals_owner_state_rank", Signal.owner_id, Signal.state, Signal.rank)
Index("ix_signals_state_received", Signal.state, Signal.received_at)


class Sighting(Base):
    """One telling of a signal: `source` names the integration, `external_id` the source's own id, so that a repeated telling is known."""

    __tablename__ = "sightings"

    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    signal_id: Mapped[str] = mapped_column(ForeignKey("signals.id", ondelete="CASCADE"), index=True)
    url: Mapped[str | None]
    text: Mapped[str | None]
    at: Mapped[datetime]


class Enrichment(Base):
    """A fact about a company or person that a provider told: who said what, when. Never overwrites; the newest sure one is used."""

    __tablename__ = "enrichments"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject_kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = mapped_column(String(80))
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str]
    provider: Mapped[str] = mapped_column(String(40))
    url: Mapped[str | None]
    at: Mapped[datetime]


Index("ix_enrichments_subject", Enrichment.subject_kind, Enrichment.subject_id, Enrichment.field)
