"""Users (our side), contacts (the buyer's side) and how a chat identity becomes a user."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class User(Base):
    """A person of our side. `role` is rep, manager or admin; `name_key` is `sales.names.person_key` of the name."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    role: Mapped[str] = mapped_column(String(16), default="rep")
    team: Mapped[str | None] = mapped_column(index=True)
    region: Mapped[str | None]
    manager_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    time_zone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


class Identity(Base):
    """Who a chat account is: `surface` slack or teams, `external_id` with its workspace or tenant in front (`T1:U1`)."""

    __tablename__ = "identities"

    surface: Mapped[str] = mapped_column(String(16), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    learned_at: Mapped[datetime]


class Contact(Base):
    """A person of the buyer's side. `role` is the one in the buying committee: champion, economic buyer, legal, blocker, …"""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    title: Mapped[str | None]
    role: Mapped[str | None]
    stance: Mapped[str | None]
    phone: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    note: Mapped[str | None]
    created_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


class Lead(Base):
    """Somebody who is not a contact of an account yet."""

    __tablename__ = "leads"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    company: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"), index=True)
    title: Mapped[str | None]
    phone: Mapped[str | None]
    lead_source: Mapped[str | None]
    created_at: Mapped[datetime | None]
    first_touch_at: Mapped[datetime | None]
    status: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    next_action: Mapped[str | None]
    next_action_at: Mapped[datetime | None]
    note: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


Index("ix_contacts_account_name", Contact.account_id, Contact.name_key)
