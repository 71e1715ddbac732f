"""What the delivery of reviews keeps: figures of pictures that stand in chats, and who wants no review by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class KeptPicture(Base):
    """The figures of a picture that a chat asks us for by a signed address, as JSON. `id` is made of them: the same figures are kept once.

    `kind` is the picture's key; `used_at` is when a message with it was made last.
    """

    __tablename__ = "kept_pictures"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    record: Mapped[dict[str, Any]]
    used_at: Mapped[datetime] = mapped_column(index=True)


class ReviewOptOut(Base):
    """Somebody who wants no weekly review by mail: they said so by the link in one."""

    __tablename__ = "review_opt_outs"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
