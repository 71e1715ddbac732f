"""What a system told of by itself: each change is stored before it is acknowledged, and settled by reading the record that it names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from agents.crm.sync import Sync
from agents.intake.writing import chunks
from infra.spine.crm import RemoteChange
from infra.spine.database import Database
from integrations.connectors.stream import Connector, Told
from sales.clock import Clock

_AT_ONCE = 500


def store(session: Session, system: str, told: Sequence[Told], now: datetime) -> int:
    """Keep changes; return how many were not known yet."""
    fresh = 0
    for one in {one.id: one for one in told}.values():
        if session.get(RemoteChange, one.id) is None:
            session.add(
                RemoteChange(
                    id=one.id,
                    system=system,
                    remote=one.remote,
                    external_id=one.external_id,
                    change=one.change,
                    detail={},
                    state="waiting",
                    happened_at=one.happened_at,
                    at=now,
                )
            )
            fresh += 1
    session.flush()
    return fresh


def waiting(session: Session) -> list[str]:
    """Return the systems that told of changes which were not settled yet."""
    return list(session.scalars(select(RemoteChange.system).where(RemoteChange.state == "waiting").distinct()))


def settle_changes(database: Database, clock: Clock, sync: Sync, connector: Connector) -> int:
    """Read the records that a system told of, as they are now; return how many changes were settled. What fails stays waiting."""
    with database.session() as session:
        rows = session.execute(
            select(RemoteChange.id, RemoteChange.remote, RemoteChange.external_id)
            .where(RemoteChange.system == connector.name, RemoteChange.state == "waiting")
            .order_by(RemoteChange.at, RemoteChange.id)
            .limit(_AT_ONCE)
        ).all()
    if not rows:
        return 0
    streams = {one.remote: one for one in connector.streams()}
    by_remote: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for identity, remote, external_id in rows:
        by_remote[remote][external_id].append(identity)
    for remote, ids in by_remote.items():
        stream = streams.get(remote)
        if stream is not None:
            sync.apply_some(connector, stream, connector.some(remote, list(ids)))
        with database.transaction() as session:
            for some in chunks([identity for found in ids.values() for identity in found]):
                session.execute(update(RemoteChange).where(RemoteChange.id.in_(some)).values(state="done"))
    return len(rows)
