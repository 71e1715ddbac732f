"""Planning what a CRM is to take. A write is a row: planned once under its key, carried out by durable work (`agents.crm.executing`).

Where no CRM is connected, or the record is not there, the spine's record is the record: it changes at once, and the write waits for a CRM.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm.rules import ownership_in_force
from agents.crm.spine_side import change_in_spine, make_in_spine
from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.crm import Connection, CrmLink, CrmWrite
from sales.fields import field_of
from sales.ownership import KINDS, LOG, SYSTEMS, Ownership

Operation = Literal["update", "create", "associate", "log"]
SOURCE = "dealwright"
"""`source` and `by` of what Dealwright changed in the spine."""


BODY = "body"
"""The words that a log carries, in `fields`, where the activity itself has none to be shown: the summary of a call."""


@dataclass(frozen=True)
class NewWrite:
    """A change that a CRM is to take.

    `fields` are the new values under the keys of `sales.fields`, as JSON values (numbers as plain text, days as YYYY-MM-DD, None clears); `expected` those that the
    proposer saw. `record_id` is our record's id, None for a create that has none yet. `links` are what a created record belongs to: our kind → our id.
    `row` names the line of a card, `by` who ticked it.
    """

    key: str
    operation: Operation
    kind: str
    record_id: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    proposal_id: str | None = None
    why: str | None = None
    row: str | None = None
    by: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def plan(session: Session, new: NewWrite, *, settings: Settings, now: datetime) -> str:
    """Plan a write and return its key; the same key twice is the same write.

    What `fields.toml` calls never becomes a write that failed, with the reason. Raises Fatal: 403 for what needs a person's proposal and has none, 422 for a field that there is not.
    """
    if session.get(CrmWrite, new.key) is not None:
        return new.key
    rules = ownership_in_force(session)
    if (forbidden := _forbidden(rules, new)) is not None:
        session.add(_row(new, new.record_id, None, "failed", now, trouble=forbidden))
        session.flush()
        return new.key
    system = crm_of(session)
    linked = system if system and new.record_id and _link(session, system, new) else None
    target = system if new.operation in ("create", "log") else linked
    record_id = new.record_id
    spine_at: datetime | None = None
    if new.operation == "create":
        record_id = make_in_spine(
            session, new.kind, new.record_id, {**new.fields, **new.links}, settings=settings, at=now, source=SOURCE
        )
        spine_at = now
    elif new.operation == "update" and target is None:
        changed = change_in_spine(
            session, new.kind, str(record_id), new.fields, settings=settings, at=now, by=new.by, source=SOURCE
        )
        spine_at = now if changed else None
    session.add(_row(new, record_id, target, "planned" if target else "waiting", now, spine_at=spine_at))
    session.flush()
    return new.key


def planned(new: NewWrite, system: str, now: datetime) -> CrmWrite:
    """Return the row of a write that the rules allow, of a record that a system has: for whoever plans many at once."""
    return _row(new, new.record_id, system, "planned", now)


def _row(
    new: NewWrite,
    record_id: str | None,
    system: str | None,
    state: str,
    now: datetime,
    *,
    spine_at: datetime | None = None,
    trouble: str | None = None,
) -> CrmWrite:
    return CrmWrite(
        key=new.key,
        system=system,
        operation=new.operation,
        kind=new.kind,
        record_id=record_id or "",
        fields=dict(new.fields),
        expected=dict(new.expected),
        found={},
        links=dict(new.links),
        marker=marker_of(new.key),
        state=state,
        proposal_id=new.proposal_id,
        row=new.row,
        why=new.why,
        by=new.by,
        due_at=now,
        attempts=1,
        receipt={},
        spine_at=spine_at,
        trouble=trouble,
        at=now,
    )


def marker_of(key: str) -> str:
    """Return what a record created for this write carries: the same for the same key, and of nobody else's making."""
    return f"dw-{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def crm_of(session: Session) -> str | None:
    """Return the system of record that is connected, None where none is."""
    return session.scalar(
        select(Connection.system).where(Connection.system.in_(SYSTEMS)).order_by(Connection.connected_at).limit(1)
    )


def _link(session: Session, system: str, new: NewWrite) -> bool:
    return (
        session.scalar(
            select(CrmLink.external_id)
            .where(
                CrmLink.kind == new.kind,
                CrmLink.record_id == new.record_id,
                CrmLink.system == system,
                CrmLink.deleted.is_(False),
            )
            .limit(1)
        )
        is not None
    )


def _forbidden(rules: Ownership, new: NewWrite) -> str | None:
    """Return in a sentence why the rules forbid a write, None where they don't. Raises Fatal for what may not even be asked."""
    if new.operation == "log":
        never = rules.rule("activity", LOG).writes == "never"
        return "fields.toml says that nothing is logged in the CRM." if never else None
    if new.kind not in KINDS:
        raise Fatal("There is no such kind of record.", "It is deal, contact or account.", status=422)
    for key in new.fields:
        if field_of(KINDS[new.kind], key) is None:
            raise Fatal(f"A {new.kind} has no field called {key[:40]}.", "See `dealwright fields check`.", status=422)
        writes = rules.rule(new.kind, key).writes
        if writes != "auto" and new.proposal_id is None:
            raise Fatal(f"{key} is written only with a person's approval.", "Put it forward as a proposal.", status=403)
        if writes == "never" and new.operation == "update":
            return f"fields.toml says that Dealwright never writes {key}."
    return None
