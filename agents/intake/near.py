"""Near-duplicates: records that may be one, offered to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from agents.intake.batch import table_of
from agents.intake.report import Offer
from agents.intake.writing import chunks
from infra.spine.models import Account, Contact, Deal, JoinOffer, Product, WaitingLink
from sales.names import near_pairs
from sales.shared_domains import FREE_MAIL

TEXT = "text:"
_NAMED: dict[str, Any] = {"account": Account, "product": Product, "contact": Contact}


def offer(session: Session, now: datetime) -> None:
    """Write an offer for each pair of records that may be one and was not decided yet; drop open ones that have lost their ground."""
    wanted: dict[tuple[str, str, str], str] = {}
    for kind, model in (("account", Account), ("product", Product)):
        for left, right, reason in _near_names(session, model):
            wanted[kind, left, right] = reason
    for left, right in _shared(session, Account, Account.domain):
        wanted.setdefault(("account", left, right), "same domain")
    for left, right in _shared(session, Contact, func.lower(Contact.email)):
        wanted["contact", left, right] = "same mail address"
    stored = {(row.kind, row.left_id, row.right_id): row.state for row in session.scalars(select(JoinOffer))}
    fresh = [
        {"kind": kind, "left_id": left, "right_id": right, "reason": reason, "state": "open", "offered_at": now}
        for (kind, left, right), reason in wanted.items()
        if (kind, left, right) not in stored
    ]
    for some in chunks(fresh):
        session.execute(insert(table_of(JoinOffer)), list(some))
    texts = _waiting_texts(session)
    for kind, left, right in [key for key, state in stored.items() if state == "open" and key not in wanted]:
        if (kind, right) not in texts or session.get(_NAMED[kind], left) is None:
            session.execute(
                delete(JoinOffer).where(JoinOffer.kind == kind, JoinOffer.left_id == left, JoinOffer.right_id == right)
            )


def _near_names(session: Session, model: Any) -> Iterator[tuple[str, str, str]]:
    ids: dict[str, list[str]] = defaultdict(list)
    for identity, name in session.execute(select(model.id, model.name).order_by(model.id)):
        ids[name].append(identity)
    for name, same in ids.items():
        for other in same[1:]:
            yield same[0], other, f"both are called {name}"[:200]
    for first, second, nearness in near_pairs(ids):
        left, right = sorted((ids[first][0], ids[second][0]))
        yield left, right, nearness.reason


def _shared(session: Session, model: Any, column: Any) -> Iterator[tuple[str, str]]:
    """Yield pairs of records that share a value; the first with each of the others."""
    several = select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1)
    groups: dict[str, list[str]] = defaultdict(list)
    for value, identity in session.execute(select(column, model.id).where(column.in_(several)).order_by(model.id)):
        groups[value].append(identity)
    for value, ids in groups.items():
        if value not in FREE_MAIL and len(ids) <= 50:
            for other in ids[1:]:
                yield ids[0], other


def _waiting_texts(session: Session) -> set[tuple[str, str]]:
    texts = {
        ("account", TEXT + text)
        for text in session.scalars(select(WaitingLink.text).where(WaitingLink.target == "account").distinct())
    }
    texts |= {("product", TEXT + text) for text in session.scalars(select(Deal.product).distinct()) if text}
    return texts


def open_offers(session: Session) -> list[Offer]:
    """Return the offers that nobody has decided, with names."""
    rows = session.scalars(
        select(JoinOffer)
        .where(JoinOffer.state == "open")
        .order_by(JoinOffer.kind, JoinOffer.left_id, JoinOffer.right_id)
    ).all()
    names: dict[tuple[str, str], str] = {}
    for kind, model in _NAMED.items():
        ids = {identity for row in rows if row.kind == kind for identity in (row.left_id, row.right_id)}
        for some in chunks(sorted(ids)):
            for identity, name in session.execute(select(model.id, model.name).where(model.id.in_(some))):
                names[kind, identity] = name
    return [
        Offer(
            row.kind,
            row.left_id,
            names.get((row.kind, row.left_id), row.left_id),
            row.right_id,
            names.get((row.kind, row.right_id), row.right_id.removeprefix(TEXT)),
            row.reason,
        )
        for row in rows
    ]
