"""The desk: imports and what they kept aside, conversations, answers, the inbox of events, posts, feedback and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class ImportRun(Base):
    """One file of one import. `done_items` says where to take it up again; a finished run of the same content is not read twice."""

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    file: Mapped[str]
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(12))
    done_items: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class KeptAside(Base):
    """A row or file that could not be read, with its reason, until a person looks at it."""

    __tablename__ = "kept_aside"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), index=True)
    file: Mapped[str]
    line: Mapped[int]
    reason: Mapped[str]
    raw: Mapped[str]


class JoinOffer(Base):
    """Two records that may be one: offered to a person, never joined unasked. `state` is open, joined or refused."""

    __tablename__ = "join_offers"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    left_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    right_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(String(8), default="open")
    offered_at: Mapped[datetime]
    decided_by: Mapped[str | None]


class CustomField(Base):
    """A column that no field of ours claims, kept under the label it had; `type` is text, number, date or bool."""

    __tablename__ = "custom_fields"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    label: Mapped[str]
    type: Mapped[str] = mapped_column(String(8))


class Conversation(Base):
    """What a thread is about, so that "their" and "that deal" have a meaning. `context` is `agents.thread.Context` as JSON."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    surface: Mapped[str] = mapped_column(String(16))
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    updated_at: Mapped[datetime]


class StoredAnswer(Base):
    """An answer as it was given, for its evidence links, its buttons and the feedback on it."""

    __tablename__ = "answers"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    surface: Mapped[str] = mapped_column(String(16))
    question: Mapped[str]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Feedback(Base):
    """Whether an answer was useful to the person who asked."""

    __tablename__ = "feedback"

    answer_id: Mapped[str] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    useful: Mapped[bool]
    at: Mapped[datetime]


class InboxEvent(Base):
    """An event of a chat platform: stored before it is acknowledged, then drained. Its id is the platform's, so a repeated event is the same work.

    `state` is waiting, done or failed; `lane` (a channel) keeps answers in one channel in order and within its rate.
    """

    __tablename__ = "inbox"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    surface: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    lane: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)


Index("ix_inbox_state_received", InboxEvent.state, InboxEvent.received_at)


class Post(Base):
    """A message that we put somewhere: where it stands, so that it can be updated, and found again after a crash."""

    __tablename__ = "posts"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    surface: Mapped[str] = mapped_column(String(16))
    place: Mapped[dict[str, Any]]
    about: Mapped[str | None] = mapped_column(index=True)
    at: Mapped[datetime]


class AuditEntry(Base):
    """One line of the append-only trail: who did or was denied what, when, from where. Ids only, no customers' text."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    surface: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Fact(Base):
    """A small named value of this installation: the index's generation, when the sample was loaded, …"""

    __tablename__ = "facts"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]]
