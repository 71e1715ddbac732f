"""What came in and was not looked at yet: the marks that the database's triggers leave (migration 0020), from whatever process."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select, union, update
from sqlalchemy.orm import Session

from infra.spine.business import Deal
from infra.spine.database import Database
from infra.spine.watch import Stirred


@dataclass(frozen=True)
class Arrived:
    """The open deals that something happened to, None for so many that all are looked at; `upto` is the last mark that this covers."""

    deals: tuple[str, ...] | None
    upto: int


def something_came(session: Session) -> bool:
    """Return whether there is anything to take up. Cheap: it needs no turn to write."""
    return bool(session.scalar(select(exists().where(Stirred.id.is_not(None)))))


def take_up(database: Database, most: int) -> Arrived | None:
    """Mark what waits as taken and return its deals; None where nothing waits. What happens from here on is noted anew."""
    with database.transaction() as session:
        session.execute(update(Stirred).where(~Stirred.taken).values(taken=True))
        upto = session.scalar(select(func.max(Stirred.id)).where(Stirred.taken))
    if upto is None:
        return None
    with database.session() as session:
        of_deals = select(Stirred.deal_id).where(Stirred.taken, Stirred.id <= upto, Stirred.deal_id.is_not(None))
        of_accounts = select(Stirred.account_id).where(Stirred.taken, Stirred.id <= upto, Stirred.deal_id.is_(None))
        found = session.scalars(
            union(
                select(Deal.id).where(Deal.id.in_(of_deals)),
                select(Deal.id).where(Deal.account_id.in_(of_accounts)),
            ).limit(most + 1)
        ).all()
    return Arrived(tuple(sorted(found)) if len(found) <= most else None, upto)


def looked_at(session: Session, arrived: Arrived) -> None:
    """Take the marks away, in the transaction that writes down what was seen."""
    session.execute(delete(Stirred).where(Stirred.taken, Stirred.id <= arrived.upto))
