"""Accounts, deals with their history, products, territories and targets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class Account(Base):
    """A company that buys or may buy. `name_key` is `sales.names.account_key` of the name; `custom` holds columns no field claims."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    domain: Mapped[str | None] = mapped_column(index=True)
    website: Mapped[str | None]
    industry: Mapped[str | None]
    employees: Mapped[int | None]
    annual_revenue: Mapped[Decimal | None]
    region: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    tier: Mapped[str | None]
    type: Mapped[str | None]
    founded: Mapped[int | None]
    phone: Mapped[str | None]
    territory: Mapped[str | None]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    parent_name: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)
    note: Mapped[str | None]
    created_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


class Deal(Base):
    """One opportunity. `status` is open, won or lost; `stage` is the team's own word for it; `amount` is in `currency`."""

    __tablename__ = "deals"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    product: Mapped[str | None] = mapped_column(index=True)
    amount: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    stage: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(8), index=True)
    pipeline: Mapped[str | None]
    forecast_category: Mapped[str | None]
    probability: Mapped[Decimal | None]
    created_at: Mapped[datetime | None]
    close_date: Mapped[date | None] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    stage_entered_at: Mapped[datetime | None]
    next_step: Mapped[str | None]
    next_step_date: Mapped[date | None]
    type: Mapped[str | None]
    lead_source: Mapped[str | None]
    loss_reason: Mapped[str | None]
    competitor: Mapped[str | None]
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    quantity: Mapped[Decimal | None]
    note: Mapped[str | None]
    last_activity_at: Mapped[datetime | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    provenance: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


Index("ix_deals_status_close", Deal.status, Deal.close_date)


class DealChange(Base):
    """One change of a deal's field: stage, close_date, amount, forecast_category, owner. Values as text (ISO dates, plain decimals)."""

    __tablename__ = "deal_changes"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    field: Mapped[str] = mapped_column(String(40), index=True)
    old: Mapped[str | None]
    new: Mapped[str | None]
    at: Mapped[datetime]
    by: Mapped[str | None]
    source: Mapped[str]


_TOLD: ColumnElement[bool] = literal_column("source != 'difference'")
Index("ix_deal_changes_told", DealChange.field, DealChange.at, sqlite_where=_TOLD, postgresql_where=_TOLD)


class Stage(Base):
    """A stage of a pipeline, in order; `status` tells what a deal in it is (open, won, lost)."""

    __tablename__ = "stages"

    pipeline: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    status: Mapped[str] = mapped_column(String(8))


class Product(Base):
    """Something that we sell."""

    __tablename__ = "products"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    family: Mapped[str | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    description: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


class Territory(Base):
    """A part of the market and who works it."""

    __tablename__ = "territories"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    name: Mapped[str]
    team: Mapped[str | None]
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    source: Mapped[str]
    source_at: Mapped[datetime]


class Target(Base):
    """What a person or a team is to win in a fiscal quarter. Exactly one of `user_id` and `team` is set."""

    __tablename__ = "targets"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team: Mapped[str | None] = mapped_column(index=True)
    fiscal_year: Mapped[int]
    quarter: Mapped[int]
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str]
    source_at: Mapped[datetime]
