"""Marks of change: how often deals and their histories were written, so that what was worked out from them can be kept until they are."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import BigInteger, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from infra.spine.base import Base

Watched = Literal["deals", "deal_changes"]
"""What is marked: of `deals` that one came, went, or changed its status or the day that it was created or closed; of `deal_changes` everything."""


class ChangeMark(Base):
    """Marks that one writer left on a table. The database's own triggers write them (migration 0023), in the transaction of whoever wrote.

    On SQLite there is one writer, 0; on PostgreSQL each server process has a row of its own, so that none waits for another.
    """

    __tablename__ = "change_marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    writer: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    marks: Mapped[int] = mapped_column(BigInteger)


def marks_of(session: Session, *names: Watched) -> tuple[int, ...] | None:
    """Return the marks of each of these, in their order: equal marks tell that nothing was written in between. None where they aren't kept.

    Read them before what they stand for: what is written in between is then seen under marks that are no longer asked for.
    """
    found: dict[str, int] = {
        name: int(marks)
        for name, marks in session.connection().execute(
            select(ChangeMark.name, func.sum(ChangeMark.marks))
            .where(ChangeMark.name.in_(names))
            .group_by(ChangeMark.name)
        )
    }
    return tuple(found[name] for name in names) if len(found) == len(names) else None
