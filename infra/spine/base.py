"""The base of all tables, and column types that keep time and money exact on SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

MONEY_SCALE = 10_000
"""Money stands in the database as a whole number of ten-thousandths, so that sums are exact on both databases."""


class Money(TypeDecorator[Decimal]):
    """An exact amount: Decimal in Python with at most four decimals, BIGINT of ten-thousandths in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Return ten-thousandths, half rounded up."""
        if value is None:
            return None
        return int((Decimal(value) * MONEY_SCALE).to_integral_value(rounding=ROUND_HALF_UP))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the amount as a Decimal."""
        return None if value is None else Decimal(value) / MONEY_SCALE


class Instant(TypeDecorator[datetime]):
    """A moment, always timezone-aware and in UTC. A naive datetime is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Return `timestamptz` on PostgreSQL and text that sorts by time on SQLite."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; SQLite keeps it without an offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_instant(value: Any) -> datetime:
    """Return a moment in UTC from what the driver gives for an `Instant` that was read as it stands: text on SQLite, a datetime on PostgreSQL."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    moment: datetime = value
    return moment.astimezone(UTC)


class JsonText(str):
    """JSON that is written already: a JSON column takes it as it stands."""

    __slots__ = ()


def write_json(value: Any) -> str:
    """Return a value as the text of a JSON column."""
    return value if isinstance(value, JsonText) else json.dumps(value)


class Base(DeclarativeBase):
    """Base of all tables of the spine."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: Instant,
        dict[str, Any]: JSON,
        list[dict[str, Any]]: JSON,
        list[str]: JSON,
        Decimal: Money,
    }
