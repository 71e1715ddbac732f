"""What was made of a call: its notes, the qualification elements it fills, the objections that came up, and how it was led."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class CallNote(Base):
    """The notes of one call: `agents.notes.record.CallNotes` as JSON.

    `state` is ready, or review: the transcript is too poor to be read, and `trouble` says why. `made_from` is the activity's content hash and
    `reader` the version of the rules, so that notes are made anew when either changes. `scored_at` is when scorecards were made of them, by the rules `scored_as`.
    """

    __tablename__ = "call_notes"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8), index=True)
    trouble: Mapped[str | None]
    record: Mapped[dict[str, Any]]
    made_from: Mapped[str] = mapped_column(String(64))
    reader: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    scored_at: Mapped[datetime | None]
    scored_as: Mapped[str | None] = mapped_column(String(40))


class Element(Base):
    """One statement that fills an element of the qualification of a deal (of an account where no deal is known), or contradicts an earlier one.

    Every call adds rows and changes none: the history of an element are its rows by `at`; the newest tells how it stands. `element` is a key
    of the team's framework. `quote` is verbatim from turn `position` of the call.
    """

    __tablename__ = "qualification_elements"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[str | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"))
    framework: Mapped[str] = mapped_column(String(24))
    element: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12))
    text: Mapped[str]
    quote: Mapped[str]
    position: Mapped[int]
    speaker: Mapped[str | None]
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    contradicts: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


Index("ix_qualification_elements_deal_element", Element.deal_id, Element.element, Element.at)


class Objection(Base):
    """An objection of the buyer and the answer that was given to it, verbatim both. What came of it is read from the deal.

    `topic` is a key of `sales.objections`, `answer_kind` one of `sales.objection_answers`; `handled` is answered, open or unknown.
    """

    __tablename__ = "objections"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[str | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    topic: Mapped[str] = mapped_column(String(40))
    quote: Mapped[str]
    position: Mapped[int]
    speaker: Mapped[str | None]
    answer: Mapped[str | None]
    answer_position: Mapped[int | None]
    answered_by: Mapped[str | None]
    answer_kind: Mapped[str | None] = mapped_column(String(24))
    handled: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]


Index("ix_objections_topic_at", Objection.topic, Objection.at)


class Scorecard(Base):
    """How a call was led by one of ours: `agents.coaching.record.Scorecard` as JSON. For that person and their manager only."""

    __tablename__ = "scorecards"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    record: Mapped[dict[str, Any]]
    made_from: Mapped[str] = mapped_column(String(64))
    reader: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(index=True)


class Briefed(Base):
    """A booked meeting whose brief was posted, so that it is posted once."""

    __tablename__ = "briefed"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    meeting_at: Mapped[datetime]
    at: Mapped[datetime]
