"""References that no record answers to yet: kept as the words of the file until an import brings what they name."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from infra.spine.base import Base


class WaitingLink(Base):
    """A reference that could not be resolved: `field` of the record `kind`/`record_id` names `text`, of the kind `target`.

    While it waits the record's own column is NULL. `reason` is missing (nothing is called so), several (more than one is) or
    near (something is called nearly so: see the join offers).
    """

    __tablename__ = "waiting_links"

    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    field: Mapped[str] = mapped_column(String(12), primary_key=True)
    target: Mapped[str] = mapped_column(String(12))
    text: Mapped[str]
    reason: Mapped[str] = mapped_column(String(8), default="missing")
    system: Mapped[str] = mapped_column(default="import")


Index("ix_waiting_links_target", WaitingLink.target, WaitingLink.text)
