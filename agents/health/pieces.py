"""What waits to be heard, and its words piece by piece: a turn of a call, a mail, a note, with who said it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from infra.spine.models import Activity, CallNote, Contact, Deal, Heard, Participant, Turn

_KINDS = ("call", "mail", "meeting", "note")
_ACCOUNTS_AT_ONCE = 25
_NOTED = "n"
"""Marks what was heard together with a call's notes: a call whose notes come later is heard again."""


@dataclass(frozen=True)
class Words:
    """Words of one person. `position` is a turn's place in its call, None in a mail or note; `side` is buyer, seller or note."""

    text: str
    side: str
    position: int | None = None
    speaker: str | None = None
    contact_id: str | None = None


@dataclass(frozen=True)
class Source:
    """One activity with its words, and the buyer's people of its account by their ids."""

    id: str
    kind: str
    account_id: str | None
    deal_id: str | None
    at: datetime
    automatic: bool
    made_from: str
    words: tuple[Words, ...]
    people: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] | None = None


def waiting(version: str) -> Select[str]:
    """Return the ids of activities that were not heard by these rules, or whose words or notes have changed since; the newest first."""
    stale = or_(
        Heard.activity_id.is_(None),
        Heard.made_from != Activity.content_hash + f".{version}" + case((CallNote.state == "ready", _NOTED), else_=""),
        CallNote.made_at > Heard.made_at,
    )
    return (
        select(Activity.id)
        .outerjoin(Heard, Heard.activity_id == Activity.id)
        .outerjoin(CallNote, CallNote.activity_id == Activity.id)
        .where(Activity.kind.in_(_KINDS), Activity.status == "done", Activity.at.is_not(None), stale)
        .order_by(Activity.at.desc(), Activity.id)
    )


def waiting_together(session: Session, version: str, limit: int) -> list[str]:
    """Return up to `limit` ids that wait, those of one account next to each other: its promises are followed once for all of them.

    Where more than that wait, everything of the accounts with the newest words comes first.
    """
    newest = session.execute(waiting(version).add_columns(Activity.account_id).limit(limit)).all()
    of: dict[str, list[str]] = defaultdict(list)
    for id_, account_id in newest:
        of[account_id or ""].append(id_)
    if len(newest) < limit:
        return [id_ for ids in of.values() for id_ in ids]
    found = of.pop("", [])
    accounts = list(of)
    for start in range(0, len(accounts), _ACCOUNTS_AT_ONCE):
        if len(found) >= limit:
            break
        of.clear()
        part = accounts[start : start + _ACCOUNTS_AT_ONCE]
        for id_, account_id in session.execute(
            waiting(version).add_columns(Activity.account_id).where(Activity.account_id.in_(part))
        ):
            of[account_id].append(id_)
        found += [id_ for account_id in part for id_ in of[account_id]]
    return found[:limit]


def of_deal(deal_id: str) -> Any:
    """Return the condition that an activity is of a deal's account, or of the deal itself."""
    account = select(Deal.account_id).where(Deal.id == deal_id, Deal.account_id.is_not(None))
    return or_(Activity.deal_id == deal_id, Activity.account_id.in_(account))


def read_sources(session: Session, ids: Sequence[str], version: str) -> list[Source]:
    """Return activities with their words, in the order of `ids`."""
    rows = {
        row.id: row
        for row in session.execute(
            select(
                Activity.id, Activity.kind, Activity.direction, Activity.automatic, Activity.account_id, Activity.deal_id, Activity.at,
                Activity.body, Activity.content_hash, CallNote.record,
            )
            .outerjoin(CallNote, and_(CallNote.activity_id == Activity.id, CallNote.state == "ready"))
            .where(Activity.id.in_(ids))
        )
    }  # fmt: skip
    senders = _senders(session, ids)
    turns: dict[str, list[Words]] = defaultdict(list)
    for turn in session.execute(
        select(Turn.activity_id, Turn.position, Turn.speaker, Turn.side, Turn.contact_id, Turn.text)
        .where(Turn.activity_id.in_(ids))
        .order_by(Turn.activity_id, Turn.position)
    ):
        turns[turn.activity_id].append(Words(turn.text, turn.side, turn.position, turn.speaker, turn.contact_id))
    people = _people(session, {row.account_id for row in rows.values() if row.account_id})
    made = []
    for id_ in ids:
        row = rows.get(id_)
        if row is None:
            continue
        words = tuple(turns.get(id_, ())) or _written(row, senders.get(id_))
        made.append(
            Source(
                row.id, row.kind, row.account_id, row.deal_id, row.at, row.automatic, f"{row.content_hash}.{version}{_NOTED if row.record is not None else ''}",
                words, people.get(row.account_id or "", {}), row.record,
            )
        )  # fmt: skip
    return made


def _written(row: Any, sender: Any) -> tuple[Words, ...]:
    """Return a mail as its sender's word, anything else as our own note; an automatic mail is nobody's word, but may tell that somebody left."""
    if not row.body:
        return ()
    if row.kind != "mail" or row.automatic:
        return (Words(row.body, "note", speaker=sender.name if sender and row.kind == "mail" else None),)
    side = {"inbound": "buyer", "outbound": "seller"}.get(row.direction, "note")
    return (
        Words(
            row.body,
            side,
            speaker=sender.name if sender else None,
            contact_id=sender.contact_id if sender else None,
        ),
    )


def _senders(session: Session, ids: Sequence[str]) -> dict[str, Any]:
    rows = session.execute(
        select(Participant.activity_id, func.coalesce(Contact.name, Participant.name).label("name"), Participant.contact_id)
        .outerjoin(Contact, Contact.id == Participant.contact_id)
        .where(Participant.activity_id.in_(ids), Participant.role == "from")
    )  # fmt: skip
    return {row.activity_id: row for row in rows}


def _people(session: Session, accounts: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    if accounts:
        for row in session.execute(
            select(Contact.account_id, Contact.id, Contact.name).where(Contact.account_id.in_(accounts))
        ):
            found[row.account_id][row.id] = row.name
    return found
