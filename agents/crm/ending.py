"""Recording what became of a write: done, put off, in conflict, or dead with its reason. Each in one transaction, and only by whoever holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.crm import alarms, letters
from agents.crm.spine_side import change_in_spine
from agents.crm.taken import Taken
from infra.errors import DealwrightError
from infra.settings import Settings
from infra.spine.crm import CrmLink, CrmWrite
from infra.spine.database import Database
from sales.clock import Clock

MOST_TRIES = 8
"""So often a write is tried before it stands among the dead letters."""

NOTE = "note"
"""The kind of the link of a note about what stands there itself; also what systems call notes."""
SOURCE = "dealwright"
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)
_GIVEN_UP = "The CRM did not answer, time after time."


class Ending:
    """Records the ends of writes of one system."""

    def __init__(self, database: Database, settings: Settings, clock: Clock, system: str) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._system = system

    def done(self, one: Taken, receipt: Mapping[str, Any], *, only_here: tuple[str, ...] = ()) -> int:
        """Record that the system has it, and let the spine have it too. `only_here` are fields that the system has no name for. Returns 1."""
        now = self._clock.now()
        with self._database.transaction() as session:
            row = session.get(CrmWrite, one.key, with_for_update=True)
            if row is None or row.state == "done":
                return 1
            if one.operation == "update" and row.spine_at is None:
                change_in_spine(
                    session,
                    one.kind,
                    one.record_id,
                    one.fields,
                    settings=self._settings,
                    at=now,
                    by=row.by,
                    source=SOURCE,
                )
                row.spine_at = now
            row.state, row.done_at, row.holder, row.trouble = "done", now, None, None
            row.external_id = receipt.get("external_id")
            row.receipt = {**dict(receipt), **({"only_here": list(only_here)} if only_here else {})}
        return 1

    def made(self, one: Taken, remote: str, external_id: str, *, kind: str, existing: bool) -> int:
        """Record that a record was made there, with its link. Returns 1."""
        now = self._clock.now()
        with self._database.transaction() as session:
            if session.get(CrmLink, (self._system, remote, external_id)) is None:
                session.add(
                    CrmLink(
                        system=self._system,
                        remote=remote,
                        external_id=external_id,
                        kind=kind,
                        record_id=one.record_id,
                        seen={},
                        deleted=False,
                        at=now,
                    )
                )
            row = session.get_one(CrmWrite, one.key, with_for_update=True)
            row.state, row.done_at, row.holder, row.trouble = "done", now, None, None
            row.external_id, row.spine_at = external_id, row.spine_at or now
            beside = {"remote": remote} if kind == NOTE else {}
            row.receipt = {"external_id": external_id, **beside} | ({"existing": True} if existing else {})
        return 1

    def conflict(self, one: Taken, found: Mapping[str, Any]) -> int:
        """Record that somebody changed it since: nothing is overwritten. Returns 1."""
        with self._database.transaction() as session:
            row = self._mine(session, one)
            if row is not None:
                row.state, row.found, row.holder = "conflict", dict(found), None
                row.trouble = "It was changed in the CRM since this was proposed."
        return 1

    def later(self, some: Sequence[Taken], *, after_s: float | None = None, counts: bool = True) -> int:
        """Put writes off; those that were tried often enough are dead. Returns how many were put off."""
        now = self._clock.now()
        put_off = 0
        for one in some:
            with self._database.transaction() as session:
                row = self._mine(session, one)
                if row is None:
                    continue
                tries = int(row.receipt.get("tries", 0)) + (1 if counts else 0)
                row.receipt = {**row.receipt, "tries": tries}
                row.holder = None
                if tries >= MOST_TRIES:
                    self._bury(session, row, "unreachable", _GIVEN_UP, unknown=row.operation != "update")
                    continue
                pause = min(_FIRST_PAUSE * 2 ** max(0, tries - 1), _LONGEST_PAUSE)
                # It stays marked: whoever takes it up looks first.
                row.due_at = now + (timedelta(seconds=after_s) if after_s else pause)
                row.attempts += 1
                put_off += 1
        return put_off

    def dead(self, one: Taken, code: str, reason: str, *, unknown: bool = False) -> int:
        """Put a write among the dead letters, with its reason; `unknown` where it may have been carried out. Returns 1."""
        with self._database.transaction() as session:
            row = self._mine(session, one)
            if row is not None:
                self._bury(session, row, code, reason, unknown=unknown)
        return 1

    def _bury(self, session: Session, row: CrmWrite, code: str, reason: str, *, unknown: bool) -> None:
        now = self._clock.now()
        row.state, row.holder, row.trouble = "unknown" if unknown else "dead", None, reason
        record = {"write": row.key, "operation": row.operation, "record": row.record_id, "fields": row.fields}
        letter = letters.put(
            session, self._system, "write", row.kind, row.key, code=code, reason=reason, record=record, now=now
        )
        alarms.tell_of_letter(session, self._system, letter, row, now)

    def signed_out(self, error: DealwrightError) -> None:
        """Note that the system no longer lets us in, and let the admins know."""
        with self._database.transaction() as session:
            alarms.tell_of_failure(session, self._system, error, self._clock.now())

    def held(self, some: Sequence[Taken]) -> list[Taken]:
        """Return those that this run still holds: read right before the system is touched, so that a worker that was only stalled does no harm."""
        with self._database.session() as session:
            keys = set(
                session.scalars(
                    select(CrmWrite.key).where(
                        CrmWrite.key.in_([one.key for one in some]),
                        CrmWrite.state == "sending",
                        CrmWrite.holder == some[0].holder,
                    )
                )
            )
        return [one for one in some if one.key in keys]

    def _mine(self, session: Session, one: Taken) -> CrmWrite | None:
        """Return the row of a write that this run still holds."""
        row = session.get(CrmWrite, one.key, with_for_update=True)
        return row if row is not None and row.state == "sending" and row.holder == one.holder else None
