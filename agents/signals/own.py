"""What the spine itself shows: a contact whose title or company changed at an import, and somebody new on a call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Fact, Participant
from sales.names import person_key
from sales.signals import Kind, Telling, title_words

SOURCE = "spine"
MOVED = "signals:moved:"
_SEEN = "signals:calls-until"
_SOON = timedelta(hours=1)
_LOOK_BACK = timedelta(days=4)
"""A call that is imported later than this is no news."""


def note_moves(
    session: Session, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], now: datetime
) -> int:
    """Note contacts whose title or company an import has changed, in its own transaction; return how many.

    A first title is no change, nor is another spelling of the same one.
    """
    noted = 0
    for identity, old in before.items():
        new = after[identity]
        if _has_moved(old, new) or _has_risen(old, new):
            told = {
                "contact": identity,
                "account": old["account_id"],
                "title": old["title"],
                "new_account": new["account_id"],
                "new_title": new["title"],
                "role": old["role"],
                "at": now.isoformat(),
            }
            session.merge(Fact(key=moved_key(identity), value=told))
            noted += 1
    return noted


def moved_key(contact: str) -> str:
    """Return the key of the fact that notes a contact's move until it is taken up."""
    return MOVED + hashlib.sha256(contact.encode("utf-8", "replace")).hexdigest()[:32]


def _has_moved(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return bool(old["account_id"] and new["account_id"] and old["account_id"] != new["account_id"])


def _has_risen(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if not (old["title"] and new["title"] and old["name_key"] == new["name_key"]):
        return False
    return title_words(old["title"]) != title_words(new["title"])


def tellings_of_spine(database: Database, now: datetime) -> list[Telling]:
    """Return what the spine shows since it was last asked. Call `settle` when they are kept."""
    with database.session() as session:
        return [*_moves(session), *_new_people(session, now)]


def settle(database: Database, tellings: Sequence[Telling], now: datetime) -> None:
    """Note that these were kept, so that they are not told again."""
    if not tellings:
        with database.session() as session:
            seen = session.get(Fact, _SEEN)
        if seen is not None and now - datetime.fromisoformat(seen.value["at"]) < _SOON:
            return
    contacts = [one.about["moved_contact"] for one in tellings if "moved_contact" in one.about]
    with database.transaction() as session:
        for start in range(0, len(contacts), 500):
            keys = [moved_key(contact) for contact in contacts[start : start + 500]]
            session.execute(delete(Fact).where(Fact.key.in_(keys)))
        session.merge(Fact(key=_SEEN, value={"at": now.isoformat()}))


def _moves(session: Session) -> list[Telling]:
    facts = session.scalars(select(Fact).where(Fact.key.startswith(MOVED, autoescape=True)).order_by(Fact.key)).all()
    contacts = {fact.value["contact"]: fact.value for fact in facts}
    found: list[Telling] = []
    ids = list(contacts)
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(Contact.id, Contact.name, Contact.email, Contact.title, Contact.account_id).where(
                Contact.id.in_(ids[start : start + 500])
            )
        )
        for row in rows:
            told = contacts[row.id]
            at = datetime.fromisoformat(told["at"])
            moved = told["account"] != told["new_account"]
            common: dict[str, Any] = {
                "source": SOURCE,
                "occurred_at": at,
                "person": row.name,
                "person_email": row.email,
                "about": {"moved_contact": row.id, "was": told["role"] or "", "sure": "yes"},
            }
            if moved:
                opening = f"moved:{row.id}:{told['new_account']}"
                found.append(
                    Telling(
                        external_id=opening,
                        kind=Kind.CHAMPION_JOINED,
                        company=told["new_account"],
                        title=row.title,
                        **common,
                    )
                )
                risk = f"moved:{row.id}:{told['account']}:left"
                # The address is the new one by now: the old account is told of by name.
                common["person_email"] = None
                found.append(
                    Telling(
                        external_id=risk,
                        kind=Kind.CHAMPION_LEFT,
                        company=told["account"],
                        title=told["title"],
                        **common,
                    )
                )
            elif row.account_id:
                risen = f"moved:{row.id}:{person_key(row.title or '')}"
                text = f"{row.name} was {told['title']} and is now {row.title}."
                found.append(
                    Telling(
                        external_id=risen,
                        kind=Kind.JOB_CHANGE,
                        company=row.account_id,
                        title=row.title,
                        text=text,
                        **common,
                    )
                )
    return found


def _new_people(session: Session, now: datetime) -> list[Telling]:
    """Somebody of the buyer's side who was never with us before, on a call of an account that we have talked to before."""
    seen = session.get(Fact, _SEEN)
    since = max(datetime.fromisoformat(seen.value["at"]) if seen else now - _LOOK_BACK, now - _LOOK_BACK) - timedelta(
        days=1
    )
    earlier, before = aliased(Participant), aliased(Activity)
    was_there = (
        select(earlier.id)
        .join(before, before.id == earlier.activity_id)
        .where(earlier.contact_id == Participant.contact_id, before.at < Activity.at)
        .exists()
    )
    talked = select(before.id).where(
        before.account_id == Activity.account_id,
        before.kind.in_(("call", "meeting")),
        before.at < Activity.at,
        before.status == "done",
    )
    rows = session.execute(
        select(
            Contact.id,
            Contact.name,
            Contact.email,
            Contact.title,
            Activity.account_id,
            Account.name.label("account"),
            func.min(Activity.at).label("at"),
        )
        .join(Participant, Participant.contact_id == Contact.id)
        .join(Activity, Activity.id == Participant.activity_id)
        .join(Account, Account.id == Activity.account_id)
        .where(
            Activity.kind.in_(("call", "meeting")), Activity.status == "done", Activity.at > since, Activity.at <= now
        )
        .where(Participant.side == "buyer", ~was_there, talked.exists())
        .group_by(Contact.id, Contact.name, Contact.email, Contact.title, Activity.account_id, Account.name)
    )
    return [
        Telling(
            source=SOURCE,
            external_id=f"new:{row.id}",
            kind=Kind.NEW_PERSON,
            occurred_at=row.at,
            company=row.account_id,
            person=row.name,
            person_email=row.email,
            title=row.title,
        )
        for row in rows
    ]
