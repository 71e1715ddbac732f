"""What every surface can have done with systems of record: reading them, their state, their fields, dead letters, connecting. All of it blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select

from bot.jobs import Job
from infra.errors import DealwrightError, Fatal

if TYPE_CHECKING:
    from agents.crm.sync import Sync, SyncReport
    from agents.crm.systems import Systems
    from bot.app import App
    from infra.spine.crm import DeadLetter
    from integrations.connectors.stream import Connector
    from integrations.connectors.writing import Writer


class Crm:
    """The systems of one process. Made once, by the composition root."""

    def __init__(self, app: App) -> None:
        from agents.crm.sync import Sync
        from agents.crm.systems import Systems
        from infra.crashing import crash_points

        self._app = app
        self._crash = crash_points(app.settings)
        self.systems: Systems = Systems(app.database, app.settings, app.clock)
        self.sync: Sync = Sync(app.database, app.settings, app.clock, crash=self._crash)
        self.on_conflict: list[Callable[[str], None]] = []
        """Who is told the key of each write that came into conflict: whoever put it forward, to ask again."""

    def read(self, name: str, job: Job) -> dict[str, Any]:
        """Read what is new of a system; return what became of each stream. Raises DealwrightError where nothing could be read at all."""
        connector = self.systems.open(name)
        try:
            with self._app.writing():
                report = self.sync.run(connector, say=job.say, stop=job.stop.is_set)
                self._app.index.forget([(passage, "") for passage in report.passages])
        except DealwrightError as error:
            self._tell(name, error)
            raise
        finally:
            connector.close()
        for failure in report.errors:
            self._tell(name, failure)
        if not report.errors:
            self.systems.mended(name)
        self._app.indexing.wake()
        return shown(report)

    def carry(self, name: str, most: int | None = None) -> dict[str, int]:
        """Carry out the writes that are due for a system. Raises Fatal where it no longer lets us in."""
        from agents.crm.executing import Executing

        writer = self.writer(name)
        try:
            executing = Executing(
                self._app.database,
                self._app.settings,
                self._app.clock,
                writer,
                on_conflict=self.conflicted,
                crash=self._crash,
            )
            done = executing.run(most=most)
        finally:
            writer.close()
        if done.total:
            self.systems.mended(name)
            self._app.indexing.wake()
        return asdict(done)

    def conflicted(self, key: str) -> None:
        """Let whoever asks again know that a write stands against somebody's change."""
        for tell in self.on_conflict:
            tell(key)

    def writer(self, name: str) -> Writer:
        """Open a system that is written to. Raises Fatal for another."""
        if not self.systems.named(name).writes:
            raise Fatal("That system is only read.", "Writes go to the CRM.", status=409)
        return cast("Writer", self.systems.open(name))

    def told(self, name: str) -> int:
        """Read what webhooks told of a system's records; return how many changes were settled."""
        from agents.crm.changes import settle_changes

        connector = self.systems.open(name)
        try:
            with self._app.writing():
                count = settle_changes(self._app.database, self._app.clock, self.sync, connector)
        finally:
            connector.close()
        if count:
            self._app.indexing.wake()
        return count

    def _tell(self, name: str, error: DealwrightError) -> None:
        from agents.crm.alarms import tell_of_failure

        with self._app.database.transaction() as session:
            tell_of_failure(session, name, error, self._app.clock.now())


def shown(report: SyncReport) -> dict[str, Any]:
    """Return a report as JSON: `{system, requests, stopped, streams: [{name, state, read, applied, set_aside, requests, trouble}]}`."""
    return {
        "system": report.system,
        "requests": report.requests,
        "stopped": report.stopped,
        "streams": [asdict(one) for one in report.streams],
    }


def status(app: App) -> dict[str, Any]:
    """Return how far every system is: connection, streams, writes by state, letters that wait."""
    from agents.crm.consent import may_be_asked
    from agents.crm.letters import waiting
    from agents.crm.systems import SYSTEMS
    from infra.spine.crm import Connection, CrmWrite, SyncState

    connected = set(app.crm.systems.connected())
    with app.database.session() as session:
        rows = {row.system: row for row in session.scalars(select(Connection))}
        states = session.scalars(select(SyncState).order_by(SyncState.system, SyncState.stream)).all()
        writes = session.execute(
            select(CrmWrite.system, CrmWrite.state, func.count()).group_by(CrmWrite.system, CrmWrite.state)
        ).all()
        letters = waiting(session)
    told = []
    for system in SYSTEMS.values():
        row = rows.get(system.name)
        told.append(
            {
                "system": system.name,
                "title": system.title,
                "state": row.state if row else ("connected" if system.name in connected else "not_connected"),
                "trouble": row.trouble if row else None,
                "ends_at": _iso(row.ends_at) if row else None,
                "next_step": None if row else system.needs,
                "writes_to": system.writes,
                "can_consent": may_be_asked(app.settings, system.name),
                "dead_letters": letters.get(system.name, 0),
                "writes": {state: count for name, state, count in writes if name == system.name},
                "streams": [
                    {
                        "stream": one.stream,
                        "state": one.state,
                        "started_at": _iso(one.started_at),
                        "finished_at": _iso(one.finished_at),
                        "read": one.read,
                        "applied": one.applied,
                        "set_aside": one.set_aside,
                        "requests": one.requests,
                        "trouble": one.trouble,
                    }
                    for one in states
                    if one.system == system.name
                ],
            }
        )
    waiting_writes = sum(count for name, state, count in writes if name is None and state == "waiting")
    return {"systems": told, "writes_waiting_for_a_crm": waiting_writes}


def check_fields(app: App, name: str | None) -> dict[str, Any]:
    """Return `{system, drift: [{kind, field, name, what, sentence}]}` of a system; without a name, of the CRM that is connected."""
    from agents.crm.checking import check
    from agents.crm.rules import ownership_in_force

    system = name or _crm(app)
    _hear_file(app)
    writer = app.crm.writer(system)
    try:
        with app.database.session() as session:
            drift = check(session, ownership_in_force(session), writer, app.settings.stages or ())
    finally:
        writer.close()
    return {"system": system, "drift": [asdict(one) for one in drift]}


def create_fields(
    app: App,
    name: str | None,
    *,
    agreed: bool,
    by: str | None,
    surface: str = "terminal",
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the fields that would be added to a system, and add them where a person `agreed`; `only` those, as `kind.name`, that they were shown."""
    from agents.crm.checking import to_create
    from agents.crm.qualified import fields_there, keep_fields
    from agents.crm.rules import ownership_in_force
    from infra.spine.desk import AuditEntry

    system = name or _crm(app)
    _hear_file(app)
    writer = app.crm.writer(system)
    try:
        with app.database.session() as session:
            rules = ownership_in_force(session)
            wanted = [
                (kind, one) for kind, one in to_create(rules, writer) if only is None or f"{kind}.{one.name}" in only
            ]
        for kind, one in wanted if agreed else ():
            writer.create_property(kind, one)
        there = fields_there(rules, system, writer.properties("deal"))
    finally:
        writer.close()
    if agreed and wanted:
        app.crm_health.look_anew()
        with app.database.transaction() as session:
            keep_fields(session, system, there)
            session.add(
                AuditEntry(
                    at=app.clock.now(),
                    actor=by or surface,
                    surface=surface,
                    action="fields created",
                    subject=system,
                    detail={"fields": [f"{kind}.{one.name}" for kind, one in wanted]},
                )
            )
    fields = [{"kind": kind, "name": one.name, "label": one.label, "type": one.type} for kind, one in wanted]
    return {"system": system, "created": agreed, "fields": fields}


def list_letters(
    app: App, *, state: str = "waiting", system: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Return dead letters, the newest first."""
    from agents.crm.letters import listed

    if state not in ("waiting", "replayed", "dropped"):
        raise Fatal("There is no such state.", "It is waiting, replayed or dropped.", status=422)
    with app.database.session() as session:
        return [_letter(one) for one in listed(session, state=state, system=system, limit=limit)]


def replay_letters(app: App, ids: list[str] | None, *, absent: bool = False) -> dict[str, int]:
    """Try letters again, all that wait without `ids`; return `{read, planned, still_dead}`."""
    from agents.crm.letters import letter, listed
    from agents.crm.replaying import replay

    with app.database.session() as session:
        chosen = [letter(session, one) for one in ids] if ids else listed(session, limit=10_000)
    total = {"read": 0, "planned": 0, "still_dead": 0}
    for system in sorted({one.system for one in chosen}):
        some = [one for one in chosen if one.system == system]
        connector: Connector | None = None
        if any(one.direction == "read" for one in some):
            connector = app.crm.systems.open(system)
        try:
            with app.writing():
                done = replay(app.database, app.clock, app.crm.sync, connector, some, absent=absent)
        finally:
            if connector is not None:
                connector.close()
        for name, count in asdict(done).items():
            total[name] += count
        if done.planned:
            app.crm.carry(system)
    return total


def drop_letter(app: App, identity: str, *, by: str | None, surface: str) -> dict[str, Any]:
    """Let a letter go; what it held stays undone. Written down in the trail."""
    from agents.crm.letters import drop
    from infra.spine.desk import AuditEntry

    with app.database.transaction() as session:
        one = drop(session, identity, app.clock.now())
        session.add(
            AuditEntry(
                at=app.clock.now(), actor=by or surface, surface=surface, action="letter dropped", subject=identity
            )
        )
        return _letter(one)


def _letter(one: DeadLetter) -> dict[str, Any]:
    return {
        "id": one.id,
        "system": one.system,
        "direction": one.direction,
        "kind": one.kind,
        "key": one.key,
        "code": one.code,
        "reason": one.reason,
        "attempts": one.attempts,
        "state": one.state,
        "at": _iso(one.at),
        "last_at": _iso(one.last_at),
        "record": one.record,
    }


def _crm(app: App) -> str:
    """Return the CRM that is connected. Raises Fatal (409) where none is."""
    from agents.crm.systems import SYSTEMS

    for name in app.crm.systems.connected():
        if SYSTEMS[name].writes:
            return name
    raise Fatal("No CRM is connected.", "See docs/connectors.md.", status=409)


def _hear_file(app: App) -> None:
    """Let what somebody wrote into `fields.toml` by hand become the version in force."""
    from agents.crm.rules import field_rules

    field_rules(app.database, app.settings.home).current(app.clock.now())


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
