"""Trying dead letters again: what could not be read is fetched as it is now, what could not be written is planned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from agents.crm import letters
from agents.crm.sync import Sync
from infra.spine.crm import DeadLetter
from infra.spine.database import Database
from integrations.connectors.stream import Connector
from sales.clock import Clock


@dataclass
class Replayed:
    """What became of letters: read after all, planned anew, or still dead."""

    read: int = 0
    planned: int = 0
    still_dead: int = 0


def replay(
    database: Database,
    clock: Clock,
    sync: Sync,
    connector: Connector | None,
    chosen: Sequence[DeadLetter],
    *,
    absent: bool = False,
) -> Replayed:
    """Try letters of one system again. Those that were to be read need the connector. `absent`: see `letters.replay_writes`. Raises DealwrightError where the system can't be reached."""
    done = Replayed()
    with database.transaction() as session:
        done.planned = letters.replay_writes(
            session, [session.merge(one) for one in chosen], clock.now(), absent=absent
        )
    by_stream: dict[str, list[str]] = defaultdict(list)
    for one in chosen:
        if one.direction == "read" and one.state == "waiting":
            by_stream[one.kind].append(one.key)
    streams = {one.name: one for one in connector.streams()} if connector is not None and by_stream else {}
    for name, keys in by_stream.items():
        stream = streams.get(name)
        if stream is None or connector is None:
            done.still_dead += len(keys)
            continue
        remotes = connector.some(stream.remote, keys)
        told = sync.apply_some(connector, stream, remotes)
        done.read += told.applied
        done.still_dead += told.set_aside
        deleted = [one.id for one in remotes if one.deleted]
        if deleted:
            with database.transaction() as session:
                letters.answered(session, connector.name, name, deleted, clock.now())
    return done
