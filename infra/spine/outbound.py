"""What waits or is connected: mailboxes, unasked messages, entries for the CRM, and rule files with their versions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base

CALENDARS = ("ics", "google_cal", "graph_cal")
"""Kinds of `Mailbox` that hold meetings and no mails."""


class Mailbox(Base):
    """A connected mailbox or calendar of a user. `cursor` says how far it was read; `secret` is sealed (`infra.sealing`).

    `state` is connected, or broken: a person must connect it again. `ends_at` is when the permission ends for good, None where it renews itself.
    """

    __tablename__ = "mailboxes"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(12), default="connected")
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secret: Mapped[str | None]
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    connected_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    trouble: Mapped[str | None]
    ends_at: Mapped[datetime | None]


class Notice(Base):
    """Something that we say unasked: it waits here for the person's hours and daily budget. `state` is waiting, sent, merged or dropped."""

    __tablename__ = "notices"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    urgent: Mapped[bool] = mapped_column(default=False)
    value: Mapped[Decimal | None]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


Index("ix_notices_state_due", Notice.state, Notice.due_at)


class CrmEntry(Base):
    """A send, reply or decision that a CRM is to be told, queued until one is connected."""

    __tablename__ = "crm_queue"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    record: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    at: Mapped[datetime]


class RuleFile(Base):
    """A version of a rule file (`icp.toml`, …): the newest is in force; an older one is rolled back to by adding it anew."""

    __tablename__ = "rule_files"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    by: Mapped[str | None]
    note: Mapped[str | None]
    at: Mapped[datetime]
