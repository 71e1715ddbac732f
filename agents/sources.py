"""The records that evidence points to, read inside the asker's scope: their verbatim texts, their facts, and who was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from agents.answer import Evidence
from infra.spine.models import (
    Account,
    Activity,
    Contact,
    Deal,
    DealChange,
    Lead,
    Participant,
    Sighting,
    Signal,
    Turn,
    User,
)
from infra.spine.scope import Scope

ACTIVITY_SOURCES = frozenset({"call", "meeting", "mail", "note", "task"})
_INTERNAL = frozenset(
    {"name_key", "content_hash", "provenance", "source", "source_at", "custom", "parent_id", "thread_key"}
)


@dataclass
class Source:
    """One record that may be cited.

    `texts` may be quoted in part, `values` as a whole; `turns` are a call's turns by their ids, with the speaker. `names` are the words of
    everybody and everything that belongs to the record; `days` its dates in the company's zone; `numbers` its figures.
    """

    kind: str
    id: str
    at: datetime | None = None
    label: str | None = None
    texts: list[str] = field(default_factory=list)
    values: set[str] = field(default_factory=set)
    turns: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    speakers: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    currency: str | None = None


class Sources:
    """Reads all records that some evidence cites, in a handful of queries. What is not visible is simply not there."""

    def __init__(self, session: Session, scope: Scope, zone: ZoneInfo) -> None:
        self._session = session
        self._scope = scope
        self._zone = zone
        self._found: dict[tuple[str, str], Source] = {}
        self._accounts: dict[str, str] = {}

    def read(self, evidence: Iterable[Evidence]) -> dict[tuple[str, str], Source]:
        """Return the visible records by kind and id. An activity stands under the kind that it is, whatever the evidence called it."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for one in evidence:
            wanted["activity" if one.source in ACTIVITY_SOURCES else one.source].add(one.id)
        self._read_activities(sorted(wanted["activity"]))
        self._read_deals(sorted(wanted["deal"]))
        self._read_changes(sorted(wanted["change"]))
        self._read_plain(Account, "account", sorted(wanted["account"]))
        self._read_plain(Contact, "contact", sorted(wanted["contact"]))
        self._read_plain(Lead, "lead", sorted(wanted["lead"]))
        self._read_signals(sorted(wanted["signal"]))
        return self._found

    def _read_activities(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        rows = self._session.scalars(select(Activity).where(Activity.id.in_(ids), self._scope.activities())).all()
        kept = [row.id for row in rows]
        names = self._names_of_accounts({row.account_id for row in rows})
        for row in rows:
            source = Source(row.kind, row.id, row.at, row.subject, [text for text in (row.body, row.subject) if text])
            source.names += [text for text in (row.subject, names.get(row.account_id or "")) if text]
            source.days |= {self._day(at) for at in (row.at, row.ended_at, row.due_at) if at is not None}
            self._found[row.kind, row.id] = source
            for kind in ACTIVITY_SOURCES:
                self._found.setdefault((kind, row.id), source)
        self._read_people(kept)
        for turn in self._session.execute(
            select(Turn.activity_id, Turn.turn_id, Turn.speaker, Turn.text).where(Turn.activity_id.in_(kept))
        ).all():
            source = self._found["call", turn.activity_id]
            source.turns[turn.turn_id] = (turn.speaker, turn.text)
            if turn.speaker:
                source.speakers.add(turn.speaker)
                source.names.append(turn.speaker)

    def _read_people(self, ids: Sequence[str]) -> None:
        rows = self._session.execute(
            select(
                Participant.activity_id, Participant.name, Participant.email, Contact.name, Contact.title, Contact.role
            )
            .outerjoin(Contact, Contact.id == Participant.contact_id)
            .where(Participant.activity_id.in_(ids))
        ).all()
        for activity_id, name, email, contact_name, title, role in rows:
            source = self._found["call", activity_id]
            source.speakers |= {text for text in (name, contact_name) if text}
            source.names += [text for text in (name, email, contact_name, title, role) if text]
        owners = self._session.execute(
            select(Activity.id, User.name).join(User, User.id == Activity.owner_id).where(Activity.id.in_(ids))
        ).all()
        for activity_id, owner in owners:
            self._found["call", activity_id].speakers.add(owner)
            self._found["call", activity_id].names.append(owner)

    def _read_deals(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        rows = self._session.execute(
            select(Deal, User.name)
            .outerjoin(User, User.id == Deal.owner_id)
            .where(Deal.id.in_(ids), self._scope.deals())
        ).all()
        names = self._names_of_accounts({deal.account_id for deal, _ in rows})
        for deal, owner in rows:
            source = self._plain(deal, "deal")
            source.currency = deal.currency
            source.names += [text for text in (owner, names.get(deal.account_id or "")) if text]
            if owner:
                source.values.add(owner)
            self._found["deal", deal.id] = source
        changes = self._session.execute(
            select(DealChange).where(DealChange.deal_id.in_([deal.id for deal, _ in rows]))
        ).scalars()
        for change in changes:
            # A field's former value is a fact of the deal too: an answer for a past day cites it.
            source = self._found["deal", change.deal_id]
            for text in (change.old, change.new):
                if text:
                    self._fact(source, text)

    def _read_changes(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        rows = self._session.execute(
            select(DealChange, Deal.name, Deal.currency)
            .join(Deal, Deal.id == DealChange.deal_id)
            .where(DealChange.id.in_(ids), self._scope.deals())
        ).all()
        for change, deal_name, currency in rows:
            source = Source("change", change.id, change.at, change.field.replace("_", " "), currency=currency)
            source.names += [text for text in (deal_name, change.by) if text]
            source.speakers |= {change.by} if change.by else set()
            source.days.add(self._day(change.at))
            for text in (change.old, change.new):
                if text:
                    self._fact(source, text)
            self._found["change", change.id] = source

    def _read_plain(self, table: Any, kind: str, ids: Sequence[str]) -> None:
        if not ids:
            return
        condition = {"account": self._scope.accounts, "contact": self._scope.contacts, "lead": self._scope.leads}[
            kind
        ]()
        rows = self._session.scalars(select(table).where(table.id.in_(ids), condition)).all()
        names = self._names_of_accounts({getattr(row, "account_id", None) for row in rows})
        for row in rows:
            source = self._plain(row, kind)
            if (company := names.get(getattr(row, "account_id", None) or "")) is not None:
                source.names.append(company)
            self._found[kind, row.id] = source

    def _read_signals(self, ids: Sequence[str]) -> None:
        """A signal may be quoted in its own words and in those of every source that told of it; its company and person are its names."""
        if not ids:
            return
        rows = self._session.scalars(select(Signal).where(Signal.id.in_(ids), self._scope.signals())).all()
        names = self._names_of_accounts({row.account_id for row in rows})
        for row in rows:
            source = Source("signal", row.id, row.occurred_at, row.title or row.company)
            source.texts += [text for text in (row.title, row.text) if text]
            source.values |= {text for text in (row.url, row.company, row.person, row.title) if text}
            source.names += [
                text for text in (row.company, row.person, row.title, names.get(row.account_id or "")) if text
            ]
            source.days.add(self._day(row.occurred_at))
            self._found["signal", row.id] = source
        for signal_id, text, url in self._session.execute(
            select(Sighting.signal_id, Sighting.text, Sighting.url).where(
                Sighting.signal_id.in_([row.id for row in rows])
            )
        ).all():
            source = self._found["signal", signal_id]
            source.texts += [text] if text else []
            source.values |= {url} if url else set()

    def _plain(self, row: Any, kind: str) -> Source:
        source = Source(kind, row.id, row.source_at, row.name)
        for column in inspect(type(row)).columns:
            value = getattr(row, column.key)
            if value is None or column.key in _INTERNAL or column.key.endswith("_id"):
                continue
            if isinstance(value, list):
                source.texts += [str(one) for one in value]
            else:
                self._fact(source, value)
        for label, value in (row.custom or {}).items():
            self._fact(source, value if isinstance(value, str) else str(value))
            source.names.append(label)
        return source

    def _fact(self, source: Source, value: object) -> None:
        if isinstance(value, datetime):
            source.days.add(self._day(value))
            source.values |= {value.isoformat(), self._day(value).isoformat()}
        elif isinstance(value, date):
            source.days.add(value)
            source.values.add(value.isoformat())
        elif isinstance(value, bool):
            source.values.add(str(value))
        elif isinstance(value, int | Decimal):
            source.numbers.add(Decimal(value))
            source.values |= {str(value), f"{Decimal(value).normalize():f}", f"{Decimal(value):.2f}"}
        else:
            self._text(source, str(value))

    def _text(self, source: Source, text: str) -> None:
        source.texts.append(text)
        source.values.add(text)
        source.names.append(text)
        with suppress(ValueError):
            source.days.add(date.fromisoformat(text[:10]))

    def _names_of_accounts(self, ids: set[str | None]) -> dict[str, str]:
        wanted = [one for one in ids if one and one not in self._accounts]
        if wanted:
            self._accounts |= dict(
                self._session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted))).all()
            )
        return self._accounts

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()
