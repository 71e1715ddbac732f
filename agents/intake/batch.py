"""One batch of one file on its way into the spine: what references lead to, what has to wait, what is kept aside."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from agents.intake.directory import Directory
from agents.intake.identity import looks_like_id, slug, stable_id
from agents.intake.lookup import CompanyNames, Found, PersonNames
from agents.intake.report import ImportReport, Joined, Kept
from agents.intake.writing import chunks, load, storable
from infra.settings import Settings
from infra.spine.models import Account, Contact, CustomField, Fact, JoinOffer, KeptAside, Product, User, WaitingLink
from sales.names import account_key, person_key, split_display_name
from sales.records import Origin

PENDING = "intake.unsettled"
"""Name of the fact that something is still to be settled."""

Custom = Mapping[str, str | Decimal | date | bool]


def table_of(model: Any) -> Table:
    """Return the table of a model."""
    table: Table = model.__table__
    return table


@dataclass
class Work:
    """What all batches of one import share. `source` is written on every record in place of the file's system, where given.

    `cut_off` tells that an earlier import ended before it was settled, so that what it touched is not known here. `files` are the names of all files of this import.
    """

    settings: Settings
    now: datetime
    directory: Directory
    report: ImportReport
    source: str | None = None
    custom_fields: dict[tuple[str, str], str] = field(default_factory=dict)
    waiting_kinds: set[str] = field(default_factory=set)
    deals_touched: bool = False
    people_touched: bool = False
    deal_accounts: set[str | None] = field(default_factory=set)
    cut_off: bool = False
    files: frozenset[str] = frozenset()

    def source_of(self, origin: Origin) -> str:
        """Return what stands as the source of a record."""
        return self.source or origin.system

    def moment(self, value: object) -> datetime | None:
        """Return an instant: a day begins at midnight in the company's zone, a time without a zone is in it."""
        if isinstance(value, datetime):
            return (value if value.tzinfo else value.replace(tzinfo=self.settings.zone)).astimezone(UTC)
        if isinstance(value, date):
            return datetime.combine(value, time.min, tzinfo=self.settings.zone).astimezone(UTC)
        return None

    def day(self, value: object) -> date | None:
        """Return the day that a value is, as it was written; an instant's is told in the company's zone."""
        if isinstance(value, datetime):
            return value.astimezone(self.settings.zone).date() if value.tzinfo else value.date()
        return value if isinstance(value, date) else None


class Batch:
    """The references, leftovers and refusals of one batch, written at its end by `finish`."""

    def __init__(self, work: Work, session: Session, run_id: str) -> None:
        self.work = work
        self.session = session
        self.directory = work.directory
        self._run_id = run_id
        self._made: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._links: dict[tuple[str, str, str], tuple[str, str, str, str] | None] = {}
        self._offers: dict[tuple[str, str, str], str] = {}
        self._kept: dict[str, dict[str, Any]] = {}
        self._fields: dict[tuple[str, str], tuple[str, str]] = {}

    def account(self, text: str, origin: Origin, *, create: bool) -> Found:
        """Resolve an account; where nothing is called so or nearly so, and it is a name, a new one may be made of it."""
        found = self._company(self.directory.accounts, text, origin)
        if found.reason == "missing" and create and account_key(text) and not looks_like_id(text) and "@" not in text:
            identity = stable_id("account", account_key(text))
            self._make(Account, identity, text, account_key(text), origin)
            self.directory.add_account(identity, text)
            return Found(identity, "found")
        return found

    def product(self, text: str, origin: Origin) -> str:
        """Return the name of the product that a text means; an unknown one is made, a near one is offered and the text stays."""
        found = self._company(self.directory.products, text, origin)
        if found.id is not None:
            return self.directory.products.names[found.id]
        if ";" in text:
            parts = [self.directory.products.find(part.strip()) for part in text.split(";")]
            if all(part.id for part in parts):
                return "; ".join(self.directory.products.names[part.id] for part in parts if part.id)
        elif found.reason == "missing" and account_key(text) and not looks_like_id(text):
            identity = stable_id("product", account_key(text))
            self._make(Product, identity, text, account_key(text), origin, currency=self.work.settings.currency)
            self.directory.products.add(identity, text)
        return text

    def user(self, text: str, origin: Origin, *, role: str = "rep", create: bool = True) -> Found:
        """Resolve a user; an unknown name or mail address becomes a new one."""
        found = self.directory.users.find(text)
        if found.reason != "missing" or not create or (looks_like_id(text) and "@" not in text):
            return found
        email, name = address_and_name(text)
        if email and email in self.directory.users.emails:
            return Found(self.directory.users.emails[email], "found")
        key = person_key(name)
        if not key:
            return found
        identity = stable_id("user", email or key)
        self._make(User, identity, name, key, origin, email=email, role=role, active=True)
        self.directory.add_user(identity, name, email)
        self.work.people_touched = True
        return Found(identity, "found")

    def new_contact(self, name: str | None, email: str | None, account: str, origin: Origin, title: str | None) -> str:
        """Make a contact of somebody of the buyer's side who was on a call."""
        shown = name or address_and_name(email or "")[1]
        identity = stable_id("contact", email or account, "" if email else person_key(shown))
        if identity not in self.directory.contacts:
            self._make(
                Contact, identity, shown, person_key(shown), origin, email=email, account_id=account, title=title
            )
            self._made["contacts"][-1]["source"] = self.work.source or "call"
            self.directory.contacts.add(identity, shown, email, account)
        return identity

    def _company(self, lookup: CompanyNames, text: str, origin: Origin) -> Found:
        found = lookup.find(text)
        if found.id is not None and found.id != text and lookup.names[found.id] != text:
            self._note_joined(lookup, text, found.id)
        if found.reason == "near" and len(text) <= 75:
            nearest, nearness = found.near[0]
            self._offers[lookup.kind, nearest, f"text:{text}"] = nearness.reason
        return found

    def _note_joined(self, lookup: CompanyNames, text: str, identity: str) -> None:
        if account_key(text) == account_key(lookup.names[identity]):
            joined = Joined(lookup.kind, text, lookup.names[identity])
            if joined not in self.work.report.joined:
                self.work.report.joined.append(joined)

    def _make(self, model: Any, identity: str, name: str, key: str, origin: Origin, **values: Any) -> None:
        row: dict[str, Any] = {"id": identity, "name": storable(name), "name_key": key, "custom": {}, **values}
        if model is Account:
            row |= {"aliases": [], "provenance": {"file": origin.file, "line": origin.line}}
        row |= {"source": self.work.source_of(origin), "source_at": self.work.now}
        self._made[model.__tablename__].append(row)

    def flush_made(self) -> None:
        """Write the records that references made, before those that refer to them."""
        for model in (User, Account, Product, Contact):
            rows = self._made.pop(model.__tablename__, [])
            if rows:
                known = load(self.session, table_of(model), (row["id"] for row in rows))
                fresh = {row["id"]: row for row in rows if row["id"] not in known}
                if fresh:
                    self.session.execute(insert(table_of(model)), list(fresh.values()))
                    self.work.report.of(model.__tablename__.removesuffix("s")).added += len(fresh)

    def link(
        self, kind: str, record_id: str, name: str, target: str, text: str | None, found: Found, system: str
    ) -> None:
        """Note that a reference waits, or that it does not (any more)."""
        waits = text is not None and found.id is None
        if waits:
            assert text is not None
            self._links[kind, record_id, name] = target, text, found.reason, system
        elif kind in self.work.waiting_kinds:
            self._links[kind, record_id, name] = None

    def unlink(self, kind: str, record_ids: Iterable[str]) -> None:
        """Drop the notes on records that were refused."""
        gone = set(record_ids)
        self._links = {key: value for key, value in self._links.items() if key[0] != kind or key[1] not in gone}

    def custom(self, kind: str, custom: Custom) -> dict[str, Any]:
        """Return named fields as JSON values under their keys, and register them."""
        values: dict[str, Any] = {}
        for label, value in custom.items():
            key = slug(label)
            type_, stored = _as_json(value)
            known = self.work.custom_fields.get((kind, key))
            if known is None or (known != type_ and known != "text"):
                self.work.custom_fields[kind, key] = type_ if known is None else "text"
                self._fields[kind, key] = label, self.work.custom_fields[kind, key]
            values[key] = stored
        return values

    def keep_aside(self, kind: str, origin: Origin, reason: str, raw: str = "") -> None:
        """Keep a row or file aside, with its reason."""
        reason = storable(reason)
        identity = stable_id("kept", origin.file, origin.line, reason, raw if origin.line == 0 else "")
        if identity not in self._kept:
            self.work.report.of(kind).kept_aside += 1
            self.work.report.kept_aside.append(Kept(origin.file, origin.line, reason))
        self._kept[identity] = {
            "id": identity,
            "run_id": self._run_id,
            "file": origin.file,
            "line": origin.line,
            "reason": reason,
            "raw": storable(raw)[:10_000],
        }

    def finish(self) -> None:
        """Write waiting links, offers, named fields and what is kept aside."""
        self.flush_made()
        self._write_links()
        self._write_offers()
        for some in chunks(list(self._kept)):
            self.session.execute(delete(KeptAside).where(KeptAside.id.in_(some)))
            self.session.execute(insert(KeptAside), [self._kept[identity] for identity in some])
        for (kind, key), (label, type_) in self._fields.items():
            known = self.session.get(CustomField, (kind, key))
            if known is None:
                self.session.add(CustomField(kind=kind, key=key, label=storable(label), type=type_))
            else:
                known.type = type_
        self.session.flush()

    def _write_links(self) -> None:
        keys = list(self._links)
        for some in chunks(keys, 300):
            columns = tuple_(WaitingLink.kind, WaitingLink.record_id, WaitingLink.field)
            self.session.execute(
                delete(WaitingLink).where(columns.in_(some)), execution_options={"synchronize_session": False}
            )
        rows = [
            {
                "kind": key[0],
                "record_id": key[1],
                "field": key[2],
                "target": value[0],
                "text": storable(value[1]),
                "reason": value[2],
                "system": value[3],
            }
            for key, value in self._links.items()
            if value is not None
        ]
        if rows:
            self.session.execute(insert(WaitingLink), rows)
            self.work.waiting_kinds |= {row["kind"] for row in rows}

    def _write_offers(self) -> None:
        for (kind, left, right), reason in self._offers.items():
            if self.session.get(JoinOffer, (kind, left, right)) is None:
                self.session.add(
                    JoinOffer(kind=kind, left_id=left, right_id=right, reason=reason, offered_at=self.work.now)
                )


def _as_json(value: str | Decimal | date | bool) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, Decimal):
        if value.is_finite() and value == value.to_integral_value() and abs(value) < 2**53:
            return "number", int(value)
        plain = float(value)
        return "number", plain if value.is_finite() and Decimal(repr(plain)) == value else str(value)
    if isinstance(value, date):
        return "date", value.isoformat()
    return "text", storable(value)


def address_and_name(text: str) -> tuple[str | None, str]:
    """Return the mail address in a text, if there is one, and a name: the one beside it, or one made of its first part."""
    found = re.search(r"[^\s<>\"',;]+@[^\s<>\"',;]+", text)
    if found is None:
        return None, split_display_name(text).name
    email = found.group().lower()
    beside = split_display_name(re.sub(r"[<>\"]", " ", text.replace(found.group(), " "))).name.strip()
    if beside:
        return email, beside
    local = re.split(r"[+@]", email, maxsplit=1)[0]
    words = [word.capitalize() for word in re.split(r"[._\-]+", local) if word and not word.isdigit()]
    return email, " ".join(words) or local


def load_work(session: Session, settings: Settings, now: datetime, report: ImportReport, source: str | None) -> Work:
    """Read what batches need to know beforehand."""
    work = Work(settings, now, Directory.load(session, settings), report, source)
    work.custom_fields = {(row.kind, row.key): row.type for row in session.scalars(select(CustomField))}
    work.cut_off = session.get(Fact, PENDING) is not None
    work.waiting_kinds = set(session.scalars(select(WaitingLink.kind).distinct()))
    _learn_joined(session, work.directory)
    return work


def _learn_joined(session: Session, directory: Directory) -> None:
    """What a person joined stays joined: the id or the spelling that went leads to the record that stayed."""
    columns = (JoinOffer.kind, JoinOffer.left_id, JoinOffer.right_id)
    went = {
        (kind, right): left
        for kind, left, right in session.execute(select(*columns).where(JoinOffer.state == "joined"))
    }
    lookups: dict[str, CompanyNames | PersonNames] = {
        "account": directory.accounts,
        "product": directory.products,
        "contact": directory.contacts,
    }
    for (kind, right), left in went.items():
        seen = {right}
        while (kind, left) in went and left not in seen:
            seen.add(left)
            left = went[kind, left]
        if kind not in lookups or left not in lookups[kind]:
            continue
        lookups[kind].joined[right] = left
        if kind == "product" and right.startswith("text:"):
            directory.products.add(left, directory.products.names[left], aliases=(right.removeprefix("text:"),))
