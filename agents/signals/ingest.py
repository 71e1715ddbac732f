"""From tellings to signals: one row an event, however many sources tell of it. Set by set: ten thousand cost a few dozen statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, String, bindparam, case, func, insert, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from agents.intake.identity import stable_id
from agents.intake.writing import storable
from agents.signals.matching import Match, Matcher, chunked, company_domain
from infra.spine.base import Base
from infra.spine.database import Database
from infra.spine.models import Sighting, Signal
from sales.freshness import Curve, late_at
from sales.names import account_key
from sales.signals import MEANINGS, Kind, Telling, Unread, event_keys, is_same_event, round_of, subject_of, who_is_meant

BATCH = 2_000
_LOCK = 7_281_342
_UNKNOWN_SINCE = timedelta(days=90)
_FILLED = ("company", "domain", "person", "person_email", "title", "text", "url", "contact_id", "lead_id")
_LENGTHS = {"external_id": 200, "person_email": 320, "source": 60, "title": 400, "company": 300, "person": 300, "text": 8_000, "url": 2_000}  # fmt: skip
_BUYING = ("champion", "decision", "economic", "sponsor")


@dataclass
class Ingested:
    """What became of tellings: `signals` are ids of new signals, `merged` of those that another source had told, `duplicates` counts tellings known from before."""

    accepted: int = 0
    duplicates: int = 0
    signals: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    refused: list[Unread] = field(default_factory=list)

    def add(self, other: Ingested) -> None:
        """Take in what became of another batch."""
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.signals += other.signals
        self.merged += other.merged
        self.refused += other.refused


def ingest(database: Database, tellings: Sequence[Telling], now: datetime, curves: dict[Kind, Curve]) -> Ingested:
    """Keep tellings as signals with their sightings; the same telling again changes nothing. Each batch is one transaction."""
    done = Ingested()
    for start in range(0, len(tellings), BATCH):
        with database.transaction() as session:
            if not database.is_sqlite:
                # Two that ingest at once would each take the other's event for unknown; SQLite has one writer anyway.
                session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            done.add(_Batch(session, now, curves).take([_fitted(one) for one in tellings[start : start + BATCH]]))
    return done


def _fitted(telling: Telling) -> Telling:
    """Return a telling without what a database can't hold, and no text longer than what is kept."""
    changed: dict[str, Any] = {}
    for name, length in _LENGTHS.items():
        value = getattr(telling, name)
        if value is None:
            continue
        clean = storable(value)
        if len(clean) > length:
            clean = stable_id("long", clean) if name == "external_id" else clean[:length]
        changed[name] = clean
    return replace(telling, **changed)


@dataclass
class _Event:
    """An event that is known, or about to be."""

    id: str
    at: datetime
    round: str | None
    custom: dict[str, Any] = field(default_factory=dict)
    state: str = "new"
    row: dict[str, Any] | None = None
    fill: dict[str, Any] = field(default_factory=dict)


class _Batch:
    """One batch in one transaction."""

    def __init__(self, session: Session, now: datetime, curves: dict[Kind, Curve]) -> None:
        self._session = session
        self._now = now
        self._curves = curves
        self._events: dict[str, _Event] = {}
        self._domains: dict[str, str] = {}
        self._sightings: list[dict[str, Any]] = []

    def take(self, tellings: Sequence[Telling]) -> Ingested:
        """Keep one batch of tellings."""
        done = Ingested()
        fresh = self._unknown(tellings, done)
        if not fresh:
            return done
        matcher = Matcher(self._session, fresh)
        matched = [(one, matcher.match(one)) for one in fresh]
        self._learn_domains(matched)
        expanded = [part for one in matched for part in _parts(*one)]
        placed = [(telling, match, moved, self._keys(telling, match)) for telling, match, moved in expanded]
        self._load_events({key for *_, keys in placed for key in keys})
        for telling, match, moved, keys in placed:
            if not keys:
                done.refused.append(Unread(telling.external_id, "It names no company that we know, nor a domain."))
                continue
            self._keep(telling, match, moved, keys, done)
        self._write()
        refused = {one.id for one in done.refused}
        done.accepted = sum(1 for one in fresh if one.external_id not in refused)
        return done

    def _unknown(self, tellings: Sequence[Telling], done: Ingested) -> list[Telling]:
        by_id = {(one.source, one.external_id): one for one in reversed(tellings)}
        columns = tuple_(Sighting.source, Sighting.external_id)
        known: set[tuple[str, str]] = set()
        ids = list(by_id)
        for start in range(0, len(ids), 400):
            found = select(Sighting.source, Sighting.external_id).where(columns.in_(ids[start : start + 400]))
            known.update((source, external) for source, external in self._session.execute(found))
        fresh = [one for key, one in reversed(by_id.items()) if key not in known]
        done.duplicates = len(tellings) - len(fresh)
        return fresh

    def _learn_domains(self, matched: Sequence[tuple[Telling, Match]]) -> None:
        """Companies that we don't know meet by domain where one telling has it and another only the name."""
        nameless = {
            account_key(one.company)
            for one, match in matched
            if one.company and not match.account_id and not company_domain(one)
        }
        if not nameless:
            return
        found: dict[str, set[str]] = {}
        for one, match in matched:
            if one.company and not match.account_id and (domain := company_domain(one)):
                found.setdefault(account_key(one.company), set()).add(domain)
        stored = (
            select(Signal.company, Signal.domain)
            .where(Signal.account_id.is_(None), Signal.company.is_not(None), Signal.domain.is_not(None))
            .where(Signal.received_at > self._now - _UNKNOWN_SINCE)
            .distinct()
        )
        for company, domain in self._session.execute(stored):
            if (key := account_key(company or "")) in nameless and domain:
                found.setdefault(key, set()).add(domain)
        self._domains = {key: next(iter(domains)) for key, domains in found.items() if len(domains) == 1}

    def _domain(self, telling: Telling, match: Match) -> str | None:
        told = company_domain(telling)
        if told is None and telling.company and not match.account_id:
            return self._domains.get(account_key(telling.company))
        return told

    def _keys(self, telling: Telling, match: Match) -> list[str]:
        subject = subject_of(telling, match.contact.name if match.contact else None)
        whos = who_is_meant(match.account_id, self._domain(telling, match), telling.company)
        return [key for who in whos for key in event_keys(telling.kind, who, subject, telling.occurred_at)]

    def _load_events(self, keys: set[str]) -> None:
        columns = (Signal.key, Signal.id, Signal.occurred_at, Signal.custom, Signal.state, Signal.judgement)
        for some in chunked(keys):
            for key, identity, at, custom, state, judgement in self._session.execute(
                self._among(select(*columns), some)
            ):
                # What a person has decided stays decided.
                anew = state in ("judged", "review") and "decided_by" not in judgement
                self._events[key] = _Event(identity, at, custom.get("round"), custom, "new" if anew else state)

    def _among(self, query: Any, keys: list[str]) -> Any:
        if self._session.get_bind().dialect.name != "postgresql":
            return query.where(Signal.key.in_(keys))
        # PostgreSQL compares each row of a table that it knows no figures of with each value of a long list: a join it hashes.
        told = select(func.unnest(bindparam("keys", keys, type_=ARRAY(String))))
        return query.where(Signal.key.in_(told))

    def _keep(self, telling: Telling, match: Match, moved: dict[str, Any], keys: list[str], done: Ingested) -> None:
        round_ = _round(telling)
        for key in keys:
            event = self._events.get(key)
            if event and is_same_event(telling.kind, telling.occurred_at, event.at, round_, event.round):
                break
        else:
            event = self._begin(
                telling, match, moved, next((key for key in keys if key not in self._events), keys[0]), round_
            )
            done.signals.append(event.id)
            self._see(telling, event)
            return
        if event.row is None and event.id not in done.merged:
            done.merged.append(event.id)
        self._fill(event, telling, match, round_)
        self._see(telling, event)

    def _fill(self, event: _Event, telling: Telling, match: Match, round_: str | None) -> None:
        """Let another telling say what the ones before it left open."""
        target = event.fill if event.row is None else event.row
        for name, value in self._values(telling, match).items():
            if value and not target.get(name):
                target[name] = value
        about = {**_about(telling), **event.custom.get("about", {})}
        told = {**event.custom, **({"about": about} if about else {})}
        if event.round is None and round_:
            told["round"] = event.round = round_
        if told != event.custom:
            event.custom = target["custom"] = told

    def _values(self, telling: Telling, match: Match) -> dict[str, Any]:
        return {
            "company": telling.company if telling.company != match.account_id else None,
            "domain": self._domain(telling, match),
            "person": telling.person,
            "person_email": telling.person_email.lower() if telling.person_email else None,
            "title": telling.title,
            "text": telling.text,
            "url": telling.url,
            "contact_id": match.contact.id if match.contact else None,
            "lead_id": match.lead_id,
        }

    def _begin(self, telling: Telling, match: Match, moved: dict[str, Any], key: str, round_: str | None) -> _Event:
        custom: dict[str, Any] = {**moved}
        if telling.about:
            custom["about"] = _about(telling)
        if round_:
            custom["round"] = round_
        if telling.ends_at:
            custom["ends_at"] = telling.ends_at.isoformat()
        row = {
            "id": stable_id("sig", key),
            "key": key,
            "kind": str(telling.kind),
            "state": "new",
            "account_id": match.account_id,
            "owner_id": None,
            **self._values(telling, match),
            "occurred_at": telling.occurred_at,
            "received_at": self._now,
            "late_at": late_at(self._curves[telling.kind], telling.occurred_at, telling.ends_at),
            "expires_at": None,
            "strength": MEANINGS[telling.kind].strength,
            "custom": custom,
        }
        self._events[key] = event = _Event(row["id"], telling.occurred_at, round_, custom, row=row)
        return event

    def _see(self, telling: Telling, event: _Event) -> None:
        self._sightings.append(
            {
                "source": telling.source,
                "external_id": telling.external_id,
                "signal_id": event.id,
                "url": telling.url,
                "text": telling.text,
                "at": self._now,
            }
        )

    def _write(self) -> None:
        rows = [event.row for event in self._events.values() if event.row is not None]
        table = Base.metadata.tables["signals"]
        # By the tables, not the models: the models' bulk insert makes a statement for each set of columns that are not null.
        if rows:
            self._session.execute(insert(table), rows)
        if self._sightings:
            self._session.execute(insert(Base.metadata.tables["sightings"]), self._sightings)
        # Two sources tell of most events alike: only what the later one adds is written, and makes the event be judged anew.
        fills = [
            {
                "the_id": event.id,
                "new_state": event.state,
                "new_custom": event.custom,
                **{f"new_{name}": event.fill.get(name) for name in _FILLED},
            }
            for event in self._events.values()
            if event.fill
        ]
        if fills:
            values: dict[str, Any] = {
                name: func.coalesce(table.c[name], bindparam(f"new_{name}", type_=table.c[name].type))
                for name in _FILLED
            }
            values["custom"] = bindparam("new_custom", type_=table.c.custom.type)
            values["state"] = case((_is_open(table), bindparam("new_state")), else_=table.c.state)
            self._session.execute(update(table).where(table.c.id == bindparam("the_id")).values(values), fills)


def _is_open(table: Any) -> Any:
    # Written out, for a list of values can't be bound where many rows are written at once.
    return or_(table.c.state == "judged", table.c.state == "review")


def _about(telling: Telling) -> dict[str, str]:
    return {name: storable(value)[:400] for name, value in telling.about.items()}


def _round(telling: Telling) -> str | None:
    if telling.kind is not Kind.FUNDING:
        return None
    return telling.about.get("round") or round_of(telling.title) or round_of(telling.text)


def _parts(telling: Telling, match: Match) -> list[tuple[Telling, Match, dict[str, Any]]]:
    """Return the events that a telling is about: two where somebody whom we know moved, an opening and a risk."""
    if "moved_contact" in telling.about:
        # The spine saw it itself, and tells both sides by itself.
        return [(telling, match, dict(telling.about) if telling.kind is not Kind.JOB_CHANGE else {})]
    known = match.moved
    if known is None:
        return [(telling, match, {})]
    role = known.role or ""
    champion = any(word in role.lower() for word in _BUYING)
    if not match.sure and not champion:
        # Only the name is the same, and it is nobody whose going would matter: no reason to raise an alarm.
        return [(telling, match, {})]
    told = {"moved_contact": known.id, "moved_from": known.account_id, "was": role or None, "sure": match.sure}
    opening = replace(telling, kind=Kind.CHAMPION_JOINED)
    risk = replace(
        telling,
        kind=Kind.CHAMPION_LEFT,
        # An id that no source can give to another telling of its own.
        external_id=stable_id("left", telling.external_id),
        company=None,
        domain=None,
        person=known.name,
        person_email=known.email,
        title=known.title,
    )
    went = {**told, "moved_to": telling.company or telling.domain}
    return [(opening, match, told), (risk, Match(known.account_id, known), went)]
