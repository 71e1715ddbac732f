"""Making records in a system: people and companies that were decided on, and what happened. Each carries a marker that is looked up before it is tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm.ending import NOTE, Ending
from agents.crm.taken import Taken
from agents.crm.writes import BODY
from infra.spine.activity import Activity, Participant
from infra.spine.crm import CrmLink
from infra.spine.database import Database
from integrations.connectors.errors import Clash, NotThere, OutcomeUnknown, Refused
from integrations.connectors.stream import Ref
from integrations.connectors.writing import Logged, NewRecord, Writer
from sales.clock import Clock
from sales.ownership import Ownership

_UNTITLED = "Call"
_SAME_CALL = timedelta(minutes=15)
_UNSURE = "Whether the CRM made this record is not known, and it bears no marker to find it by."


class Creating:
    """Carries out creates, logs and associations of one system."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        writer: Writer,
        ending: Ending,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._writer = writer
        self._ending = ending
        self._crash = crash

    def carry(self, one: Taken, rules: Ownership) -> str:
        """Carry one out and return its verdict: done, later or dead. Raises Retriable and Fatal for the system's own troubles."""
        with self._database.session() as session:
            linked = self._linked(session, one)
            if one.operation == "log" and one.fields.get(BODY) and (linked or self._stands_there(session, one)):
                # The call stands there already: what was said goes beside it, and the call is not doubled.
                linked, new = None, self._log(session, one, note=True)
            else:
                new = self._new(session, one, rules) if linked is None else None
        if one.operation == "associate":
            return self._associate(one)
        if linked is not None:
            self._ending.done(one, {"external_id": linked, "existing": True})
            return "done"
        if new is None:
            self._ending.dead(one, "gone", "What was to be written is not in the spine any more.")
            return "dead"
        return self._create(one, new)

    def _create(self, one: Taken, new: NewRecord) -> str:
        marked = self._writer.carries_marker(new.kind)
        if one.look_first:
            found = self._writer.find(new.kind, one.marker) if marked else self._writer.twin(new)
            if found is not None:
                return self._made(one, new, found, existing=False)
            if not marked and not self._tells_twins(new):
                self._ending.dead(one, "unknown", _UNSURE, unknown=True)
                return "dead"
        if not self._ending.held([one]):
            return "later"
        try:
            identity = self._writer.create(new)
        except OutcomeUnknown:
            return self._looked_for(one, new, marked)
        except Clash as error:
            found = (self._writer.find(new.kind, one.marker) if marked else None) or self._writer.twin(new)
            if found is not None:
                return self._made(one, new, found, existing=True)
            self._ending.dead(one, error.code, f"{error.sentence} {error.next_step}")
            return "dead"
        except (Refused, NotThere) as error:
            code = error.code if isinstance(error, Refused) else "not_there"
            self._ending.dead(one, code, f"{error.sentence} {error.next_step}")
            return "dead"
        self._crash("crm: made")
        return self._made(one, new, identity, existing=False)

    def _tells_twins(self, new: NewRecord) -> bool:
        """Whether a second one would be refused by the system itself."""
        return new.kind == "contact" and bool(new.values.get("email"))

    def _looked_for(self, one: Taken, new: NewRecord, marked: bool) -> str:
        """After a broken connection: look whether it was made, where that can be done."""
        if marked or self._tells_twins(new):
            found = self._writer.find(new.kind, one.marker) if marked else self._writer.twin(new)
            if found is not None:
                return self._made(one, new, found, existing=False)
            return "later" if self._ending.later([one]) else "dead"
        self._ending.dead(one, "unknown", _UNSURE, unknown=True)
        return "dead"

    def _made(self, one: Taken, new: NewRecord, identity: str, *, existing: bool) -> str:
        kind = one.kind if one.operation == "create" else "activity"
        if kind == "activity" and new.kind == NOTE and one.fields.get(BODY):
            # A note about a call is not the call: whoever deletes it there deletes nothing here.
            kind = NOTE
        # What happened is an object of its own kind there: a task, a note, a call.
        self._ending.made(one, self._writer.remote_of(new.kind) or new.kind, identity, kind=kind, existing=existing)
        return "done"

    def _linked(self, session: Session, one: Taken) -> str | None:
        """Return the external id of a record that the system has already: it came from there, or was made by an attempt before."""
        kind = "activity" if one.operation == "log" else one.kind
        return session.scalar(
            select(CrmLink.external_id)
            .where(
                CrmLink.system == self._writer.name,
                CrmLink.kind == kind,
                CrmLink.record_id == one.record_id,
                CrmLink.deleted.is_(False),
            )
            .limit(1)
        )

    def _stands_there(self, session: Session, one: Taken) -> bool:
        """Whether the system has the same call from somewhere else: with that account, begun within a quarter of an hour."""
        row = session.get(Activity, one.record_id)
        if row is None or row.kind != "call" or row.account_id is None or row.at is None:
            return False
        linked = select(CrmLink.record_id).where(
            CrmLink.system == self._writer.name, CrmLink.kind == "activity", CrmLink.deleted.is_(False)
        )
        theirs = select(Activity.id).where(
            Activity.id != row.id,
            Activity.kind == "call",
            Activity.account_id == row.account_id,
            Activity.source == self._writer.name,
            Activity.at.between(row.at - _SAME_CALL, row.at + _SAME_CALL),
            Activity.id.in_(linked),
        )
        return session.scalar(theirs.limit(1)) is not None

    def _new(self, session: Session, one: Taken, rules: Ownership) -> NewRecord | None:
        if one.operation == "log":
            return self._log(session, one)
        links = tuple(
            ref
            for kind, record_id in one.links.items()
            if (ref := self._ref(session, kind, str(record_id))) is not None
        )
        values: dict[str, Any] = {}
        for key, value in _split(one).items():
            name = rules.rule(one.kind, key).names.get(self._writer.name)
            if name and value is not None:
                values[name] = value
        return NewRecord(one.kind, values, one.marker, links) if values else None

    def _log(self, session: Session, one: Taken, *, note: bool = False) -> NewRecord | None:
        """Return the record that logs something that happened, as a note about it where it stands there itself."""
        row = session.get(Activity, one.record_id)
        if row is None:
            return None
        people = session.scalars(
            select(Participant).where(Participant.activity_id == row.id).order_by(Participant.id)
        ).all()
        found = [self._ref(session, "account", row.account_id), self._ref(session, "deal", row.deal_id)]
        found += [self._ref(session, "contact", person.contact_id) for person in people]
        owner = self._ref(session, "user", row.owner_id)
        happened = Logged(
            kind=NOTE if note else row.kind,
            subject=row.subject or (_UNTITLED if note else None),
            body=one.fields.get(BODY) or row.body,
            at=row.at or row.source_at,
            ended_at=row.ended_at,
            due_at=row.due_at,
            done=row.status == "done",
            inbound=row.direction == "inbound",
            owner=owner.id if owner else None,
            sender=next((one.email for one in people if one.role == "from"), None),
            recipients=tuple(one.email for one in people if one.role in ("to", "cc") and one.email),
            message_id=row.id if row.kind == "mail" else None,
            links=tuple(dict.fromkeys(ref for ref in found if ref is not None)),
        )
        return self._writer.logged(happened, one.marker)

    def _ref(self, session: Session, kind: str, record_id: str | None) -> Ref | None:
        if record_id is None:
            return None
        row = session.execute(
            select(CrmLink.remote, CrmLink.external_id)
            .where(
                CrmLink.system == self._writer.name,
                CrmLink.kind == kind,
                CrmLink.record_id == record_id,
                CrmLink.deleted.is_(False),
            )
            .order_by(CrmLink.external_id)
            .limit(1)
        ).first()
        return Ref(row[0], row[1]) if row else None

    def _associate(self, one: Taken) -> str:
        with self._database.session() as session:
            mine = self._ref(session, one.kind, one.record_id)
            others = [self._ref(session, kind, str(record_id)) for kind, record_id in one.links.items()]
        if mine is None or not others or any(other is None for other in others):
            self._ending.dead(one, "not_linked", "One of the two records is not in the CRM (any more).")
            return "dead"
        for other in others:
            if other is not None:
                self._writer.associate(one.kind, mine.id, other)
        self._ending.done(one, {"external_id": mine.id})
        return "done"


def _split(one: Taken) -> dict[str, Any]:
    """Return the fields of a create; a person's name in its two halves, which is how systems keep it."""
    fields = dict(one.fields)
    if one.kind == "contact" and fields.get("name") and not (fields.get("first_name") or fields.get("last_name")):
        first, _, last = str(fields.pop("name")).strip().rpartition(" ")
        fields |= {"first_name": first or None, "last_name": last}
    return fields
