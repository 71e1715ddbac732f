"""Giving a record another id, and making two records one: everything that refers to the old id follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from agents.intake.writing import chunks, load
from infra.spine.models import Base, CrmLink, CrmWrite, JoinOffer, WaitingLink


def rekey(session: Session, table: Table, new_ids: Mapping[str, str]) -> None:
    """Give records the ids that `new_ids` tells (old to new; the new ones are free). What refers to them is moved along."""
    rows = load(session, table, new_ids)
    if not rows:
        return
    unique = [column.name for column in table.columns if column.unique]
    for some in chunks(list(rows)):
        # The copy can't bear a unique value while the original does.
        if unique:
            session.execute(update(table).where(table.c.id.in_(some)).values(dict.fromkeys(unique)))
        session.execute(insert(table), [{**rows[old], **dict.fromkeys(unique), "id": new_ids[old]} for old in some])
    move(session, table, {old: new_ids[old] for old in rows})
    for some in chunks(list(rows)):
        session.execute(delete(table).where(table.c.id.in_(some)))
    for name in unique:
        values = [{"the_id": new_ids[old], "value": row[name]} for old, row in rows.items() if row[name] is not None]
        if values:
            statement = update(table).where(table.c.id == bindparam("the_id")).values({name: bindparam("value")})
            session.execute(statement, values)


def move(session: Session, table: Table, new_ids: Mapping[str, str]) -> None:
    """Point everything that refers to an old id at its new one. The new records must stand already."""
    pairs = [{"the_old": old, "the_new": new} for old, new in new_ids.items()]
    for other in Base.metadata.sorted_tables:
        for column in other.columns:
            if any(key.column is table.c.id for key in column.foreign_keys):
                statement = (
                    update(other).where(column == bindparam("the_old")).values({column.name: bindparam("the_new")})
                )
                session.execute(statement, pairs)
    kind = table.name.removesuffix("s")
    links: Any = WaitingLink.__table__
    session.execute(
        update(links)
        .where(links.c.kind == kind, links.c.record_id == bindparam("the_old"))
        .values(record_id=bindparam("the_new")),
        pairs,
    )
    for bound in (CrmLink.__table__, CrmWrite.__table__):
        table_of_links: Any = bound
        session.execute(
            update(table_of_links)
            .where(table_of_links.c.kind == kind, table_of_links.c.record_id == bindparam("the_old"))
            .values(record_id=bindparam("the_new")),
            pairs,
        )
    _forget_offers(session, kind, list(new_ids))


def _forget_offers(session: Session, kind: str, ids: list[str]) -> None:
    for some in chunks(ids):
        open_ones = select(JoinOffer.left_id).where(JoinOffer.kind == kind).limit(1)
        if session.scalar(open_ones) is None:
            return
        session.execute(
            delete(JoinOffer).where(
                JoinOffer.kind == kind,
                JoinOffer.state == "open",
                JoinOffer.left_id.in_(some) | JoinOffer.right_id.in_(some),
            )
        )
