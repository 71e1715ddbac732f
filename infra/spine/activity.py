"""What passed between the two sides: calls, meetings, mails, notes and tasks, who was there, and what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base
from infra.spine.spoken import from_buyer, from_us, is_booked, is_talk


class Activity(Base):
    """One thing that happened, or is booked.

    `direction` is inbound (the buyer acted), outbound (we did), mutual (a held call or meeting), internal or unknown. `automatic` marks
    auto-replies and bounces, which are nobody's word. `status` is done, booked, cancelled or open (a task). A mail's id is its Message-ID.
    `content_hash` covers the words that can be found; `indexed_as` is the hash that the passages were cut from, None while they wait.
    """

    __tablename__ = "activities"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), index=True)
    direction: Mapped[str] = mapped_column(String(12))
    automatic: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(12), default="done")
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[str | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    subject: Mapped[str | None]
    body: Mapped[str | None]
    at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    thread_key: Mapped[str | None] = mapped_column(index=True)
    url: Mapped[str | None]
    content_hash: Mapped[str] = mapped_column(String(64))
    indexed_as: Mapped[str | None] = mapped_column(String(80))
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str]
    source_at: Mapped[datetime]


# Narrow on purpose: one that holds more would lure SQLite from the partial ones below, which are a single step for a deal's clocks.
Index("ix_activities_deal_at", Activity.deal_id, Activity.at)
Index("ix_activities_account_at", Activity.account_id, Activity.at)


def _partial(name: str, place: Any, condition: Any) -> Index:
    return Index(name, place, Activity.at, sqlite_where=condition, postgresql_where=condition)


# The last word, ours and theirs, and the next meeting of a deal: one step into an index each, however long the deal's history is.
_partial("ix_activities_from_buyer", Activity.deal_id, from_buyer(Activity))
_partial("ix_activities_from_us", Activity.deal_id, from_us(Activity))
_partial("ix_activities_booked", Activity.deal_id, is_booked(Activity))
_partial("ix_activities_talk", Activity.account_id, is_talk(Activity))
# What names no deal is sought by its account: by the missing deal, all that is loose in the company would be read for one.
_partial("ix_activities_loose", Activity.account_id, Activity.deal_id.is_(None))


class Participant(Base):
    """Somebody who was there. At most one of `contact_id` and `user_id` is set; `side` is buyer, seller or unknown."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("activity_id", "role", "name", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    name: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    role: Mapped[str] = mapped_column(String(16))
    side: Mapped[str] = mapped_column(String(8), default="unknown")
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)


class Turn(Base):
    """One turn of a transcript. `position` counts from 0; `turn_id` is as imported; `start_s`/`end_s` are seconds into the call.

    `id_is_text` is set where the id came as text, so that "12" is not given back as 12.
    """

    __tablename__ = "turns"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[str]
    id_is_text: Mapped[bool] = mapped_column(default=False, server_default=false())
    speaker: Mapped[str | None]
    side: Mapped[str] = mapped_column(String(8), default="unknown")
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]
    text: Mapped[str]


class Passage(Base):
    """A stretch of one source that can be found: an activity's words, or a change of a deal's field. Exactly one of `activity_id` and `change_id` is set.

    `ordinal` is its place among the source's passages; `first`/`last` are the positions of its first and last turn (of a call) or paragraph. `stems` are
    the words as `retrieval.words` cuts them, joined by blanks, `terms` how many they are, `speakers` how many words each speaker says, `words` how many words were said; `embedded_as` is the fingerprint of the encoder whose vector the
    index holds, or None while it waits.
    """

    __tablename__ = "passages"
    # Without AUTOINCREMENT, SQLite gives a deleted passage's id to the next one, which would inherit its vector.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    activity_id: Mapped[str | None] = mapped_column(ForeignKey("activities.id", ondelete="CASCADE"))
    change_id: Mapped[str | None] = mapped_column(ForeignKey("deal_changes.id", ondelete="CASCADE"), index=True)
    ordinal: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    deal_id: Mapped[str | None] = mapped_column(ForeignKey("deals.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime | None]
    first: Mapped[int]
    last: Mapped[int]
    speakers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str]
    stems: Mapped[str]
    terms: Mapped[int]
    words: Mapped[int]
    embedded_as: Mapped[str | None] = mapped_column(String(64))


Index("ix_passages_activity_ordinal", Passage.activity_id, Passage.ordinal, unique=True)
# A full index on the encoder's name would lure the planner away from the account's: nearly every row has the same one.
Index(
    "ix_passages_waiting",
    Passage.id,
    sqlite_where=Passage.embedded_as.is_(None),
    postgresql_where=Passage.embedded_as.is_(None),
)


class StemCount(Base):
    """In how many passages a stem stands: what BM25 is computed from on both databases."""

    __tablename__ = "stem_counts"

    stem: Mapped[str] = mapped_column(String(64), primary_key=True)
    passages: Mapped[int]
