"""Carrying planned writes out, each at most once, through faults, kills and restarts.

A write is marked `sending` before the system is touched. Whoever carries it out reads what stands there first: what is there already is done, what somebody
changed since is a conflict and stays theirs, the rest is sent and read back. So an attempt whose outcome is not known is simply carried out again: an update is
compared anew, a create is looked for by its marker. A create that carries none and broke off stands before a person.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from agents.crm.comparing import same
from agents.crm.creating import Creating
from agents.crm.ending import Ending
from agents.crm.rules import ownership_in_force
from agents.crm.taken import Taken, take
from infra.errors import DealwrightError, Fatal, Retriable
from infra.logs import logger
from infra.settings import Settings
from infra.spine.crm import CrmLink
from infra.spine.database import Database
from integrations.connectors.errors import Busy, NotThere, OutcomeUnknown, Refused
from integrations.connectors.writing import Present, Writer
from sales.clock import Clock
from sales.ownership import Ownership

_LOG = logger("crm")
_READ_BACK = 3
"""How often a value that was sent is read back before it counts as not arrived."""


@dataclass
class Carried:
    """What became of the writes of one run."""

    done: int = 0
    conflicts: int = 0
    later: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.conflicts + self.later + self.dead


class Executing:
    """Carries out the writes of one system. `on_conflict` is told the key of each write that somebody's change stands against, after it was recorded."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        writer: Writer,
        *,
        on_conflict: Callable[[str], None] = lambda _key: None,
        crash: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._writer = writer
        self._on_conflict = on_conflict
        self._crash = crash
        self._ending = Ending(database, settings, clock, writer.name)
        self._creating = Creating(database, clock, writer, self._ending, crash)
        with database.session() as session:
            self._rules: Ownership = ownership_in_force(session)

    def run(self, *, most: int | None = None, stop: Callable[[], bool] = lambda: False) -> Carried:
        """Carry out what is due, at most `most` writes. Raises Fatal where the system no longer lets us in; what was taken is put off then."""
        carried = Carried()
        while not stop() and (most is None or carried.total < most):
            holder = secrets.token_hex(8)
            some = self._writer.at_once if most is None else min(self._writer.at_once, most - carried.total)
            with self._database.transaction() as session:
                taken = take(session, self._writer.name, self._clock.now(), holder, some)
            if not taken:
                break
            self._crash("crm: marked")
            self._carry(taken, carried)
        return carried

    def _carry(self, taken: Sequence[Taken], carried: Carried) -> None:
        try:
            if taken[0].operation == "update":
                self._update(taken, carried)
            else:
                for one in taken:
                    self._count(carried, self._creating.carry(one, self._rules))
        except Busy as error:
            carried.later += self._ending.later(taken, after_s=error.after_s, counts=False)
        except Retriable:
            carried.later += self._ending.later(taken)
        except Fatal as error:
            carried.later += self._ending.later(taken, after_s=300, counts=False)
            self._ending.signed_out(error)
            raise

    def _count(self, carried: Carried, verdict: str) -> None:
        setattr(carried, verdict, getattr(carried, verdict) + 1)

    def _update(self, taken: Sequence[Taken], carried: Carried) -> None:
        """Compare, send and read back writes of one kind of record, each of another record."""
        kind = taken[0].kind
        links = self._links(taken)
        named = {one.key: self._named(kind, one) for one in taken}
        asked: list[Taken] = []
        for one in taken:
            if one.record_id not in links:
                carried.dead += self._ending.dead(one, "not_linked", "This record is not in the CRM (any more).")
            elif not named[one.key]:
                carried.done += self._ending.done(one, {}, only_here=tuple(one.fields))
            else:
                asked.append(one)
        if not asked:
            return
        names = sorted({name for one in asked for name in named[one.key].values()})
        present = self._writer.present(kind, [links[one.record_id] for one in asked], names)
        sent: list[Taken] = []
        for one in asked:
            there = present.get(links[one.record_id])
            if there is None:
                carried.dead += self._ending.dead(one, "not_there", "The CRM does not have this record any more.")
            elif self._stands(kind, one, named[one.key], there):
                carried.done += self._ending.done(one, self._receipt(one, there), only_here=self._only_here(one, named))
            elif found := self._changed(kind, one, named[one.key], there):
                carried.conflicts += self._ending.conflict(one, found)
                self._on_conflict(one.key)
            else:
                sent.append(one)
        if sent:
            self._send(kind, sent, links, named, carried)

    def _send(
        self,
        kind: str,
        sent: Sequence[Taken],
        links: Mapping[str, str],
        named: Mapping[str, Mapping[str, str]],
        carried: Carried,
    ) -> None:
        values = {links[one.record_id]: {name: one.fields[key] for key, name in named[one.key].items()} for one in sent}
        try:
            self._writer.update(kind, values)
        except OutcomeUnknown:
            _LOG.info("outcome unknown", system=self._writer.name, writes=len(sent))
        except (Refused, NotThere) as error:
            if len(sent) > 1:
                # One of them is to blame: each goes by itself.
                for one in sent:
                    self._send(kind, [one], links, named, carried)
                return
            code = error.code if isinstance(error, Refused) else "not_there"
            carried.dead += self._ending.dead(sent[0], code, f"{error.sentence} {error.next_step}")
            return
        self._crash("crm: sent")
        waiting = list(sent)
        for _ in range(_READ_BACK):
            names = sorted({name for one in waiting for name in named[one.key].values()})
            present = self._writer.present(kind, [links[one.record_id] for one in waiting], names)
            left: list[Taken] = []
            for one in waiting:
                there = present.get(links[one.record_id])
                if there is not None and self._stands(kind, one, named[one.key], there):
                    receipt = self._receipt(one, there)
                    carried.done += self._ending.done(one, receipt, only_here=self._only_here(one, named))
                else:
                    left.append(one)
            waiting = left
            if not waiting:
                break
        if waiting:
            carried.later += self._ending.later(waiting)
        self._crash("crm: recorded")

    def _links(self, taken: Sequence[Taken]) -> dict[str, str]:
        """Return the external ids of the records, our id → theirs; of two, the one that bears our id."""
        found: dict[str, list[str]] = defaultdict(list)
        with self._database.session() as session:
            query = select(CrmLink.record_id, CrmLink.external_id).where(
                CrmLink.system == self._writer.name,
                CrmLink.kind == taken[0].kind,
                CrmLink.record_id.in_([one.record_id for one in taken]),
                CrmLink.deleted.is_(False),
            )
            for record_id, external_id in session.execute(query.order_by(CrmLink.external_id)):
                found[record_id].append(external_id)
        return {record_id: record_id if record_id in ids else ids[0] for record_id, ids in found.items()}

    def _named(self, kind: str, one: Taken) -> dict[str, str]:
        """Return what the system calls the fields of a write; those that it has no name for are ours alone."""
        names = {key: self._rules.rule(kind, key).names.get(self._writer.name) for key in one.fields}
        return {key: name for key, name in names.items() if name}

    def _only_here(self, one: Taken, named: Mapping[str, Mapping[str, str]]) -> tuple[str, ...]:
        return tuple(key for key in one.fields if key not in named[one.key])

    def _receipt(self, one: Taken, there: Present) -> dict[str, Any]:
        return {"external_id": there.id}

    def _stands(self, kind: str, one: Taken, named: Mapping[str, str], there: Present) -> bool:
        return all(
            same(kind, key, one.fields[key], there.values.get(name), self._settings.zone) for key, name in named.items()
        )

    def _changed(self, kind: str, one: Taken, named: Mapping[str, str], there: Present) -> dict[str, Any]:
        """Return what the system has in the fields that are neither as the proposer saw them nor as they are to be."""
        zone = self._settings.zone
        return {
            key: there.values.get(name)
            for key, name in named.items()
            if key in one.expected
            and not same(kind, key, one.expected[key], there.values.get(name), zone)
            and not same(kind, key, one.fields[key], there.values.get(name), zone)
        }


def carry_out(executing: Executing) -> Carried:
    """Carry out what is due and say what came of it; a system that no longer lets us in has been told of already."""
    try:
        return executing.run()
    except DealwrightError as error:
        _LOG.warning("writes put off", error=type(error).__name__)
        return Carried()
