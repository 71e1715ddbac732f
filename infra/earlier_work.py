"""Taking up the durable work that an earlier version of Dealwright left.

DBOS gives work to its own application version alone, so what was handed over before an upgrade that raised it would wait for ever. Here it is given
the present version's name. Steps that stand recorded stay so; where the present code has other steps, DBOS ends that work as failed, and whoever
handed it over learns so by `Workflows.given_up` and plans it anew.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import and_, column, inspect, or_, table, update

if TYPE_CHECKING:
    from sqlalchemy import Engine

_TABLE = "workflow_status"
_WAITING = ("ENQUEUED", "DELAYED")


def take_up(engine: Engine, schema: str | None, version: str, others: Collection[str] = ()) -> int:
    """Give unfinished work of other versions to `version`, a whole number, and return how much that was.

    What one of the `others`, the workers that live besides this one, has under way stays with it; and while there are any, only work of earlier
    versions is taken: a later one may be among them. `engine` opens the database that DBOS keeps its tables in, under `schema`; before DBOS was
    ever launched there is nothing.
    """
    if not inspect(engine).has_table(_TABLE, schema=schema):
        return 0
    work = table(_TABLE, column("application_version"), column("status"), column("executor_id"), schema=schema)
    foreign = (
        work.c.application_version.in_([str(number) for number in range(1, int(version))])
        if others
        else work.c.application_version != version
    )
    abandoned = and_(work.c.status == "PENDING", work.c.executor_id.not_in(list(others)))
    with engine.begin() as connection:
        return connection.execute(
            update(work).where(foreign, or_(work.c.status.in_(_WAITING), abandoned)).values(application_version=version)
        ).rowcount
