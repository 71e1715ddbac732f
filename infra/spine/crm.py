"""What binds the spine to systems of record: which record is which there, how far they were read, what is to be written there, and what could not be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class CrmLink(Base):
    """A record of ours as it stands in a system: `remote` is the system's own word for the object (`contacts`, `Opportunity`), `external_id` its id there.

    `kind` is ours: user, account, contact, lead, deal, activity or stage. `seen` holds the values that were last read of what we may write, under the
    system's own names. `merged_into` is the external id that took this one over; a deleted one stays, so that it isn't made anew.
    """

    __tablename__ = "crm_links"

    system: Mapped[str] = mapped_column(String(16), primary_key=True)
    remote: Mapped[str] = mapped_column(String(40), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[str] = mapped_column(String(200))
    remote_at: Mapped[datetime | None]
    seen: Mapped[dict[str, Any]] = mapped_column(default=dict)
    deleted: Mapped[bool] = mapped_column(default=False, server_default=false())
    merged_into: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


Index("ix_crm_links_record", CrmLink.kind, CrmLink.record_id, CrmLink.system)


class SyncState(Base):
    """How far a stream of a system was read. `cursor` is the connector's own; it is stored together with what was read up to it.

    `state` is never, running, done, or failed with its `trouble` (a fixed sentence). The counts are of the run that `started_at` begins.
    """

    __tablename__ = "sync_states"

    system: Mapped[str] = mapped_column(String(16), primary_key=True)
    stream: Mapped[str] = mapped_column(String(40), primary_key=True)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12), default="never")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    read: Mapped[int] = mapped_column(default=0)
    applied: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[int] = mapped_column(default=0)
    requests: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str | None]


class DeadLetter(Base):
    """Something that could not be read or written, kept whole with its reason until a person has it tried again or drops it.

    `direction` is read or write; `key` is the external id or the key of the write; `code` is a fixed word for the cause. `state` is waiting, replayed or dropped.
    """

    __tablename__ = "dead_letters"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    system: Mapped[str] = mapped_column(String(16))
    direction: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(200))
    record: Mapped[dict[str, Any]] = mapped_column(default=dict)
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    at: Mapped[datetime]
    last_at: Mapped[datetime]


Index("ix_dead_letters_state_at", DeadLetter.state, DeadLetter.at)
Index("ix_dead_letters_key", DeadLetter.system, DeadLetter.direction, DeadLetter.kind, DeadLetter.key)


class CrmWrite(Base):
    """One change that a system is to take, done at most once. `system` is None until one is connected.

    `operation` is update, create, associate or log. `fields` are the new values and `expected` those that the proposer saw, under our field keys, as JSON values;
    `found` holds what the system had instead where they differ. `state` is waiting (no system yet), planned, sending, done, conflict, failed, unknown or dead.
    `marker` is what a created record carries, to be looked up before it is tried again. `attempts` counts its plannings; `holder` is the run that has it.
    """

    __tablename__ = "crm_writes"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    system: Mapped[str | None] = mapped_column(String(16))
    operation: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[str] = mapped_column(String(200))
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    links: Mapped[dict[str, Any]] = mapped_column(default=dict)
    marker: Mapped[str] = mapped_column(String(80), unique=True)
    state: Mapped[str] = mapped_column(String(12))
    proposal_id: Mapped[str | None] = mapped_column(ForeignKey("proposals.id", ondelete="SET NULL"), index=True)
    row: Mapped[str | None] = mapped_column(String(80))
    why: Mapped[str | None]
    by: Mapped[str | None] = mapped_column(String(80))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    holder: Mapped[str | None] = mapped_column(String(40))
    attempted_at: Mapped[datetime | None]
    spine_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(200))
    receipt: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trouble: Mapped[str | None]
    at: Mapped[datetime]


Index("ix_crm_writes_state_due", CrmWrite.state, CrmWrite.due_at)
Index("ix_crm_writes_record", CrmWrite.kind, CrmWrite.record_id)


class Connection(Base):
    """A system that was connected by a person's consent: its tokens, sealed (`infra.sealing`). One that is connected by a setting has no row, or one without a secret.

    `state` is connected or broken (a person must connect it again). `ends_at` is when the permission ends unless somebody renews it, None where it renews itself.
    """

    __tablename__ = "connections"

    system: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), default="connected")
    secret: Mapped[str | None]
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    connected_at: Mapped[datetime]
    connected_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ends_at: Mapped[datetime | None]
    trouble: Mapped[str | None]


class RemoteChange(Base):
    """A change that a system told of by itself (a webhook), stored before it is acknowledged. Its id is the system's, so a repeated one is the same.

    `change` is changed, deleted, merged or associated. `state` is waiting or done: the next sync reads what changed and ticks it.
    """

    __tablename__ = "remote_changes"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    system: Mapped[str] = mapped_column(String(16))
    remote: Mapped[str] = mapped_column(String(40))
    external_id: Mapped[str] = mapped_column(String(200))
    change: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    happened_at: Mapped[datetime]
    at: Mapped[datetime]


Index("ix_remote_changes_state", RemoteChange.system, RemoteChange.state, RemoteChange.at)
