"""Signals that still wait are looked at again when what they are judged by changes: the profile of whom we sell to, how they age, or the accounts that we know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from agents.signals.matching import Matcher
from infra.spine.base import Base
from infra.spine.database import Database
from infra.spine.desk import Fact
from infra.spine.models import Account, Signal
from sales.signals import Kind, Telling

_OPEN = ("judged", "review", "skipped", "handed_over")
_UNMATCHED = ("new", "judged", "review", "skipped", "nurtured", "drafted")
_CHUNK = 2_000
_RULES = "signals judged by"
_ACCOUNTS = "signals matched with"
_UNSYNCED = {"synchronize_session": False}


def _undecided(now: datetime) -> ColumnElement[bool]:
    """What waits: its time is not over, and no person has settled it."""
    return and_(
        or_(Signal.expires_at.is_(None), Signal.expires_at > now),
        Signal.judgement["decided_at"].as_string().is_(None),
    )


def reopen_for_rules(database: Database, versions: dict[str, int], now: datetime) -> int:
    """Let all that waits be judged anew where the profile or the curves are others than it was judged by; return how many. `versions` are those in force, by file.

    What is drafted already stays: its card is held by the profile at the click.
    """
    with database.session() as session:
        if not _is_news(session, _RULES, {"versions": versions}):
            return 0
    with database.transaction() as session:
        first = session.get(Fact, _RULES) is None and not versions
        session.merge(Fact(key=_RULES, value={"versions": versions}))
        if first:
            return 0
        again = update(Signal).where(Signal.state.in_(("judged", "review", "skipped")), _undecided(now))
        return int(session.execute(again.values(state="new"), execution_options=_UNSYNCED).rowcount)  # type: ignore[attr-defined]


def match_again(database: Database, now: datetime) -> int:
    """Find the accounts of signals that came before them, where accounts have come or changed since the last time; return how many were found.

    What is found and still waits is judged anew, as a company that we know has an owner, deals and a standing.
    """
    with database.session() as session:
        count, newest = session.execute(select(func.count(), func.max(Account.source_at))).one()
        stand = {"accounts": count, "newest": newest.isoformat() if newest else None}
        if not _is_news(session, _ACCOUNTS, stand):
            return 0
    found = 0
    after = ""
    with database.transaction() as session:
        while rows := _unmatched(session, now, after):
            found += _found(session, rows)
            after = rows[-1].id
        session.merge(Fact(key=_ACCOUNTS, value=stand))
    return found


def _is_news(session: Session, key: str, stand: dict[str, Any]) -> bool:
    held = session.get(Fact, key)
    return held is None or held.value != stand


def _unmatched(session: Session, now: datetime, after: str) -> list[Any]:
    columns = (
        Signal.id,
        Signal.kind,
        Signal.company,
        Signal.domain,
        Signal.person,
        Signal.person_email,
        Signal.title,
        Signal.occurred_at,
    )
    chosen = (
        select(*columns)
        .where(
            Signal.account_id.is_(None),
            Signal.state.in_(_UNMATCHED),
            or_(Signal.expires_at.is_(None), Signal.expires_at > now),
            Signal.id > after,
        )
        .order_by(Signal.id)
        .limit(_CHUNK)
    )
    return list(session.execute(chosen))


def _found(session: Session, rows: list[Any]) -> int:
    tellings = {row.id: _telling(row) for row in rows}
    matcher = Matcher(session, list(tellings.values()))
    told = []
    for identity, one in tellings.items():
        match = matcher.match(one)
        if match.account_id is not None:
            contact = match.contact.id if match.contact is not None else None
            told.append({"the_id": identity, "new_account": match.account_id, "new_contact": contact})
    if told:
        table = Base.metadata.tables["signals"]
        # Written out, for a list of values can't be bound where many rows are written at once.
        waits = or_(*(table.c.state == state for state in _OPEN))
        undecided = table.c.judgement["decided_at"].as_string().is_(None)
        values = {
            "account_id": bindparam("new_account"),
            "contact_id": func.coalesce(table.c.contact_id, bindparam("new_contact", type_=table.c.contact_id.type)),
            "state": case((and_(waits, undecided), "new"), else_=table.c.state),
        }
        session.execute(update(table).where(table.c.id == bindparam("the_id")).values(values), told)
    return len(told)


def _telling(row: Any) -> Telling:
    return Telling(
        source="spine",
        external_id=row.id,
        kind=Kind(row.kind),
        occurred_at=row.occurred_at,
        company=row.company,
        domain=row.domain,
        person=row.person,
        person_email=row.person_email,
        title=row.title,
    )
