"""What was heard in calls, mails and notes that bears on how a deal stands: read once when it comes in, so that a deal's health only counts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class Heard(Base):
    """An activity that was read for mentions: `made_from` is its content hash and the version of the rules, so that it is read anew when either changes."""

    __tablename__ = "heard_activities"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    made_from: Mapped[str] = mapped_column(String(90))
    made_at: Mapped[datetime] = mapped_column(index=True)


class Mentioned(Base):
    """Words that bear on a deal's health. `kind` is one of `sales.health.hearing`, or promise_by_us, promise_by_buyer, stance and feeling.

    `quote` is verbatim from the activity (from turn `position` of a call). `day` is a day that the words name: of a date, of a promise; `name` who or
    what they name, a stance, or a mean as plain text. `done_at` is when a promise was kept.
    """

    __tablename__ = "mentions"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    quote: Mapped[str]
    position: Mapped[int | None]
    speaker: Mapped[str | None]
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    sure: Mapped[bool]
    day: Mapped[date | None]
    name: Mapped[str | None]
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


Index("ix_mentions_at", Mentioned.at)
